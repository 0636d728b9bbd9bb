import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { stringify } from "yaml";
import { kinds } from "../src/api/kinds.ts";
import { definitionOf } from "./crd/definition.ts";
import { fieldPathsOf } from "./crd/field-paths.ts";
import { errorsPage } from "./docs/errors-page.ts";
import { metricsPage } from "./docs/metrics-page.ts";
import { sideDoorOpenApi } from "./docs/side-door-openapi.ts";
import { statusPage } from "./docs/status-page.ts";
import { objectsOf, policyComponents } from "./policies/policies.ts";
import { releaseFiles } from "./release/files.ts";

/**
 * Writes every generated file, or with --check says which differ from their source and exits 1.
 * Generated files are committed, since people read and apply them.
 */

interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

const yaml = (value: object): string =>
  stringify(value, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });

const banner = "# Generated from src/api by `npm run generate`; do not edit.\n";

const definitions = kinds.map((kind) => ({
  path: `crds/${kind.plural}.yaml`,
  text: banner + yaml(definitionOf(kind)),
}));

/** The operator compares these with what the API server has; the schemas themselves stay out of the bundle. */
const fieldPaths = {
  path: "src/api/field-paths.ts",
  text: [
    "// Generated from src/api by `npm run generate`; do not edit.",
    "",
    "/** Every field below `spec` and `status`, by kind; `[]` stands for an entry of a list. */",
    "export const fieldPaths = {",
    ...kinds.flatMap((kind) => [`  ${kind.kind}: [`, ...fieldPathsOf(kind).map((path) => `    "${path}",`), "  ],"]),
    "} as const;",
    "",
  ].join("\n"),
};

const policies = policyComponents.flatMap(({ folder, comment, policies: members }) => {
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1alpha1",
    kind: "Component",
    resources: members.map(({ name }) => `${name}.yaml`),
  };
  const fromTable = "# Generated from tools/policies by `npm run generate`; do not edit.\n";
  return [
    { path: `${folder}/kustomization.yaml`, text: `${fromTable}# ${comment}\n${yaml(kustomization)}` },
    ...members.map((policy) => ({
      path: `${folder}/${policy.name}.yaml`,
      text: fromTable + objectsOf(policy).map(yaml).join("---\n"),
    })),
  ];
});

const files: readonly GeneratedFile[] = [
  ...definitions,
  fieldPaths,
  ...policies,
  { path: "docs/errors.md", text: errorsPage() },
  { path: "docs/status.md", text: statusPage() },
  { path: "docs/metrics.md", text: metricsPage() },
  { path: "docs/side-door.openapi.json", text: sideDoorOpenApi() },
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
