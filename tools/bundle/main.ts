import { chmod, rm } from "node:fs/promises";
import { build } from "esbuild";
import { builtinsByRequire } from "./builtins-by-require.ts";
import { leaveOut } from "./left-out.ts";
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
  plugins: [slimUndici(root), leaveOut, builtinsByRequire],
  minifyWhitespace: true,
  minifySyntax: true,
  // Names stay as they are: they appear in what a defect logs, and renaming them saves no memory.
  minifyIdentifiers: false,
  // undici asks this of itself: true leaves out the second HTTP parser that it is trying.
  define: { esbuildDetection: "true" },
  platform: "node",
  format: "esm",
  target: "node24",
  legalComments: "none",
  banner: {
    js: '#!/usr/bin/env node\nconst require = process.getBuiltinModule("node:module").createRequire(import.meta.url);',
  },
});
await chmod(`${dist}/ontap-iscsi-operator.mjs`, 0o755);
