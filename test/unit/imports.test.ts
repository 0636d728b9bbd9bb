import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

/**
 * Imports point one way: towards `std`, and nothing left of `ontap` and `kube` can reach a network.
 * The table is the architecture; DESIGN.md has the reasons.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  std: [],
  array: ["std"],
  api: ["std", "array"],
  authority: ["std", "array", "api"],
  controller: ["std"],
  connection: ["std", "array", "api", "authority", "controller"],
  credential: ["std", "array", "api", "authority", "controller", "connection"],
  http: ["std"],
  ontap: ["std", "array", "http"],
  kube: ["std", "api", "http"],
  lease: ["std", "api", "kube"],
  metrics: ["std", "array", "controller", "credential", "kube"],
  health: ["std", "kube"],
  simulator: ["std"],
  operator: [
    "std",
    "array",
    "api",
    "authority",
    "controller",
    "connection",
    "credential",
    "ontap",
    "kube",
    "lease",
    "metrics",
  ],
  cli: [
    "std",
    "array",
    "api",
    "controller",
    "connection",
    "credential",
    "ontap",
    "kube",
    "metrics",
    "health",
    "lease",
    "simulator",
    "operator",
  ],
  main: ["cli"],
};

/** Packages that reach out of the process, and the only files that may name them. */
const keptTo: Readonly<Record<string, readonly string[]>> = {
  undici: [
    "src/ontap/transport.ts",
    "src/kube/transport.ts",
    "src/kube/connector.ts",
    "src/http/fenced.ts",
    "src/http/exchange.ts",
  ],
  "@kubernetes/client-node": ["src/kube/kubeconfig.ts"],
  pino: ["src/cli/log.ts"],
  "prom-client": ["src/metrics/registry.ts", "src/metrics/prom-client.d.ts"],
};

const root = resolve(import.meta.dirname, "../..");
const src = join(root, "src");
const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
  .map((file) => join(src, file));

/** The folder of a file of src, or the name of a file at its top. */
const partOf = (file: string): string => relative(src, file).split("/")[0]?.replace(/\.ts$/, "") ?? "";

/** The package that an import names, also by one of its files. */
const packageOf = (target: string): string =>
  target
    .split("/")
    .slice(0, target.startsWith("@") ? 2 : 1)
    .join("/");

function importsOf(file: string): readonly string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)"|\bimport\("([^"]+)"\)/gm)].map(
    ([, fixed, lazy]) => fixed ?? lazy ?? "",
  );
}

describe("imports", () => {
  test("point towards std", () => {
    const against = files
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => target.startsWith("."))
          .map((target) => partOf(join(dirname(file), target)))
          .filter(
            (part) => part !== partOf(file) && part !== "version" && !(mayImport[partOf(file)] ?? []).includes(part),
          )
          .map((part) => `${relative(root, file)} imports ${part}`),
      )
      .filter((line) => !line.startsWith("src/version.ts"));
    expect(against).toEqual([]);
  });

  test("of packages that reach out stay where they belong", () => {
    const elsewhere = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => keptTo[packageOf(target)]?.includes(relative(root, file)) === false)
        .map((target) => `${relative(root, file)} imports ${target}`),
    );
    expect(elsewhere).toEqual([]);
  });

  test("of zod are of the whole: its export z brings every language into the bundle, 460 kB of source", () => {
    const byName = files.filter((file) => /^import \{[^}]*\} from "zod"/m.test(readFileSync(file, "utf8")));
    expect(byName.map((file) => relative(root, file))).toEqual([]);
  });

  test("end in .ts, so that Node runs the sources as they are", () => {
    const unfinished = files.flatMap((file) =>
      importsOf(file).filter((target) => target.startsWith(".") && !/\.(ts|json)$/.test(target)),
    );
    expect(unfinished).toEqual([]);
  });
});
