import { chmod, rm } from "node:fs/promises";
import { build } from "esbuild";
import { plainHttp } from "./plain-http.ts";
import { slimUndici } from "./slim-undici.ts";

/**
 * Bundles the product into files that need nothing but Node. Commands are chunks of their own, so that a running
 * operator carries neither the simulator nor the kubeconfig library in memory.
 */

const root = new URL("../../", import.meta.url).pathname;
const dist = `${root}dist`;

await rm(dist, { recursive: true, force: true });
await build({
  entryPoints: { "ontap-iscsi-operator": `${root}src/main.ts` },
  outdir: dist,
  outExtension: { ".js": ".mjs" },
  chunkNames: "chunks/[name]-[hash]",
  splitting: true,
  bundle: true,
  plugins: [plainHttp, slimUndici(root)],
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
await chmod(`${dist}/ontap-iscsi-operator.mjs`, 0o755);
