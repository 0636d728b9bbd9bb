import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

/** What must hold at every write to the API server is checked over `kubeWrites`, so nothing may write beside it. */

const root = resolve(import.meta.dirname, "../..");
const src = join(root, "src");

/** The list, the type of all requests; reviews, which store nothing; and what a person sends by a command, not the operator. */
const mayName: ReadonlySet<string> = new Set([
  "src/kube/writes.ts",
  "src/kube/transport.ts",
  "src/kube/review.ts",
  "src/cli/desk-writes.ts",
]);

const reachesApiServer = (file: string, text: string): boolean =>
  file.startsWith("src/kube/") || text.includes("kube/transport.ts");

test("requests to the API server that are no GET are built in writes.ts only", () => {
  const elsewhere = readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => relative(root, join(src, file)))
    .filter((file) => !mayName.has(file))
    .flatMap((file) => {
      const text = readFileSync(join(root, file), "utf8");
      if (!reachesApiServer(file, text)) return [];
      return [...text.matchAll(/"(?:POST|PUT|PATCH|DELETE)"/g)].map(([line]) => `${file}: ${line}`);
    });
  expect(elsewhere).toEqual([]);
});
