import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { builtinsByRequire } from "./builtins-by-require.ts";
import { bundledPackages, type BundledPackage } from "./bundled-packages.ts";
import { leaveOut } from "./left-out.ts";
import { noticesOf } from "./notices.ts";
import { sbomOf } from "./sbom.ts";
import { slimUndici } from "./slim-undici.ts";

const root = new URL("../../", import.meta.url).pathname;

/**
 * Bundles the product into files that need nothing but Node, with the licences of what they hold and a bill of materials.
 * Commands are chunks of their own, so that a running operator carries neither the simulator nor the kubeconfig library in
 * memory. Gives the packages of which code is in the bundle.
 */
export async function bundleInto(folder: string): Promise<readonly BundledPackage[]> {
  await rm(folder, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { "ontap-iscsi-operator": "src/main.ts" },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunks/[name]-[hash]",
    splitting: true,
    bundle: true,
    metafile: true,
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
    // They are in THIRD_PARTY_NOTICES.txt, whole.
    legalComments: "none",
    banner: {
      js: '#!/usr/bin/env node\nconst require = process.getBuiltinModule("node:module").createRequire(import.meta.url);',
    },
  });
  await chmod(join(folder, "ontap-iscsi-operator.mjs"), 0o755);
  const packages = await bundledPackages(root, metafile);
  const product = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { name: string; version: string };
  await writeFile(join(folder, "THIRD_PARTY_NOTICES.txt"), noticesOf(packages));
  await writeFile(join(folder, "sbom.cdx.json"), `${JSON.stringify(sbomOf(product, packages), undefined, 2)}\n`);
  return packages;
}
