import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleInto } from "./bundle.ts";
import type { BundledPackage } from "./bundled-packages.ts";

interface Sbom {
  readonly serialNumber: string;
  readonly components: readonly { readonly name: string; readonly version: string; readonly purl: string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

let folder: string;
let packages: readonly BundledPackage[];
let notices: string;
let sbom: Sbom;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bundle-"));
  packages = await bundleInto(join(folder, "first"));
  notices = await readFile(join(folder, "first/THIRD_PARTY_NOTICES.txt"), "utf8");
  sbom = JSON.parse(await readFile(join(folder, "first/sbom.cdx.json"), "utf8")) as Sbom;
}, 30_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Packages that the bundled code names itself: esbuild keeps the path of each CommonJS module. */
async function namedInTheBundle(): Promise<readonly string[]> {
  const chunks = await readdir(join(folder, "first/chunks"));
  const texts = await Promise.all(chunks.map((chunk) => readFile(join(folder, "first/chunks", chunk), "utf8")));
  const names = texts.flatMap((text) =>
    [...text.matchAll(/node_modules\/((?:@[a-z0-9-]+\/)?[a-z0-9.-]+)\//g)].map(([, name = ""]) => name),
  );
  return [...new Set(names)];
}

describe("every package of which the bundle holds code", () => {
  test("is noticed: its name, version, licence and the whole text of it", async () => {
    const names = packages.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["undici", "zod", "pino", "prom-client", "@kubernetes/client-node"]));
    const named = await namedInTheBundle();
    expect(named.length).toBeGreaterThan(20);
    expect(names).toEqual(expect.arrayContaining([...named]));
    for (const { name, version, license, notices: files } of packages) {
      expect(notices).toContain(`\n${name} ${version} (${license})\n`);
      for (const { text } of files) expect(notices).toContain(text.trim().replaceAll("\r\n", "\n"));
    }
  });

  test("is in the bill of materials, and nothing else", () => {
    expect(sbom.components.map(({ purl }) => purl)).toEqual(
      packages.map(({ name, version }) => `pkg:npm/${name.replace("@", "%40")}@${version}`),
    );
    expect(new Set(sbom.dependencies.map(({ ref }) => ref)).size).toBe(packages.length + 1);
    const undici = sbom.components.find(({ name }) => name === "undici");
    expect(undici).toMatchObject({
      type: "library",
      licenses: [{ license: { id: "MIT" } }],
      hashes: [{ alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) as string }],
    });
  });

  test("has a licence that may be bundled with Apache-2.0 code", () => {
    const allowed = new Set([
      "MIT",
      "Apache-2.0",
      "ISC",
      "BSD-2-Clause",
      "BSD-3-Clause",
      "0BSD",
      "Unlicense",
      "Python-2.0",
    ]);
    expect(packages.filter(({ license }) => !allowed.has(license)).map(({ name, license }) => [name, license])).toEqual(
      [],
    );
  });
});

test("the same sources make the same files, byte by byte", async () => {
  await bundleInto(join(folder, "second"));
  const files = (await readdir(join(folder, "first"), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  expect(files.length).toBeGreaterThan(8);
  for (const file of files) {
    const again = await readFile(file.replace("/first/", "/second/"));
    expect(again.equals(await readFile(file))).toBe(true);
  }
  expect(sbom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
}, 30_000);
