import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { createProgress } from "../../tools/controlplane/progress.ts";
import { findTool } from "../../tools/ecosystem/tools.ts";

/** GitHub's workflows, which do not run here: their syntax, expressions and the inputs of the actions they use. */

const folder = new URL("../../.github/workflows/", import.meta.url).pathname;
let actionlint: string;
let files: readonly string[];

beforeAll(async () => {
  actionlint = await findTool("actionlint", { env: process.env, progress: createProgress(process.stderr) });
  files = (await readdir(folder)).map((file) => join(folder, file));
});

test("are workflows to GitHub", async () => {
  const { stdout } = await promisify(execFile)(actionlint, ["-no-color", ...files]);
  expect(stdout).toBe("");
});

test("use actions by commit, since a tag can be moved", async () => {
  const used = await Promise.all(
    files.map(async (file) => [...(await readFile(file, "utf8")).matchAll(/uses: (.*)/g)].map(([, action]) => action)),
  );
  expect(used.flat().length).toBeGreaterThan(0);
  for (const action of used.flat()) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});
