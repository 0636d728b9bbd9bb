import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { stringify } from "yaml";
import { kinds } from "../src/api/kinds.ts";
import { definitionOf } from "./crd/definition.ts";
import { errorsPage } from "./docs/errors-page.ts";
import { metricsPage } from "./docs/metrics-page.ts";
import { statusPage } from "./docs/status-page.ts";
import { releaseFiles } from "./release/files.ts";

/**
 * Writes every generated file, or with --check says which differ from their source and exits 1.
 * Generated files are committed, since people read and apply them.
 */

interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

const banner = "# Generated from src/api by `npm run generate`; do not edit.\n";

const definitions = kinds.map((kind) => ({
  path: `crds/${kind.plural}.yaml`,
  text: banner + stringify(definitionOf(kind), { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false }),
}));

const files: readonly GeneratedFile[] = [
  ...definitions,
  { path: "docs/errors.md", text: errorsPage() },
  { path: "docs/status.md", text: statusPage() },
  { path: "docs/metrics.md", text: metricsPage() },
  ...releaseFiles(),
];

const root = new URL("../", import.meta.url);
const stale: string[] = [];
for (const { path, text } of files) {
  const url = new URL(path, root);
  const before = await readFile(url, "utf8").catch(() => undefined);
  if (before === text) continue;
  stale.push(path);
  if (process.argv.includes("--check")) continue;
  await mkdir(dirname(url.pathname), { recursive: true });
  await writeFile(url, text);
  console.log(`wrote ${path}`);
}
if (process.argv.includes("--check") && stale.length > 0) {
  console.error(`out of date: ${stale.join(", ")}; run npm run generate`);
  process.exitCode = 1;
}
