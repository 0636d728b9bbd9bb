import { chmod, rm } from "node:fs/promises";
import { build } from "esbuild";

/** Bundles the product into one file that needs nothing but Node. */

const root = new URL("../", import.meta.url).pathname;
const outfile = `${root}dist/ontap-iscsi-operator.mjs`;

await rm(`${root}dist`, { recursive: true, force: true });
await build({
  entryPoints: [`${root}src/main.ts`],
  outfile,
  bundle: true,
  minifyWhitespace: true,
  minifySyntax: true,
  // Names stay as they are: they appear in what a defect logs, and renaming them saves no memory.
  minifyIdentifiers: false,
  platform: "node",
  format: "esm",
  target: "node24",
  legalComments: "none",
  banner: {
    js: '#!/usr/bin/env node\nimport { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);',
  },
});
await chmod(outfile, 0o755);
