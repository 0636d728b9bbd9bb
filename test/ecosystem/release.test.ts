import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { version } from "../../src/version.ts";
import { createProgress } from "../../tools/controlplane/progress.ts";
import { startControlPlane, type ControlPlane } from "../../tools/controlplane/start.ts";
import { findTool } from "../../tools/ecosystem/tools.ts";
import { type Registry, startRegistry } from "./registry.ts";

/** What `make release` writes: the same twice, and fit for the tools that take it. */

const root = new URL("../../", import.meta.url).pathname;
const execute = promisify(execFile);
const image = "registry.example.com/ontap-iscsi-operator";

async function release(out: string, ...more: readonly string[]): Promise<string> {
  await execute(process.execPath, ["tools/release/main.ts", "--image", image, "--out", out, ...more], { cwd: root });
  return out;
}

let folder: string;
let out: string;
let helm: string;
let registry: Registry;
beforeAll(async () => {
  helm = await findTool("helm", { env: process.env, progress: createProgress(process.stderr) });
  registry = await startRegistry();
  folder = await mkdtemp(join(tmpdir(), "release-"));
  out = await release(join(folder, "one"));
});
afterAll(async () => {
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
});

test("is the same for the same sources", async () => {
  const again = await release(join(folder, "two"));
  const sums = await readFile(join(out, "SHA256SUMS"), "utf8");
  expect(await readFile(join(again, "SHA256SUMS"), "utf8")).toBe(sums);
  const listed = sums
    .trim()
    .split("\n")
    .map((line) => line.split("  ")[1] ?? "");
  expect(listed).toEqual((await readdir(out)).filter((file) => file !== "SHA256SUMS").toSorted());
  await expect(execute("sha256sum", ["--check", "SHA256SUMS"], { cwd: out })).resolves.toBeDefined();
});

test("has the bill of materials of its program", async () => {
  const bill = await readFile(join(out, `ontap-iscsi-operator-${version}.cdx.json`), "utf8");
  expect(JSON.parse(bill)).toMatchObject({ bomFormat: "CycloneDX", metadata: { component: { version } } });
});

test("names one image, in the manifests as in images.txt", async () => {
  expect(await readFile(join(out, "images.txt"), "utf8")).toBe(`${image}:${version}\n`);
  const manifests = await readFile(join(out, "install.yaml"), "utf8");
  expect([...manifests.matchAll(/image: (.*)/g)].map(([, name]) => name)).toEqual([`${image}:${version}`]);
});

test("refuses an image whose base may change under its name", async () => {
  await expect(release(join(folder, "never"), "--base-image", "node:24")).rejects.toThrow(
    "names no digest (@sha256:...)",
  );
});

test("has charts that Helm takes, with the image of the release", async () => {
  const { stdout } = await execute(helm, ["template", "x", join(out, `ontap-iscsi-operator-${version}.tgz`)]);
  expect(stdout).toContain("kind: Deployment");
  const images = [...stdout.matchAll(/image: (.*)/g)].map(([, name]) => name);
  expect(new Set(images)).toEqual(new Set([`${image}:${version}`]));
  expect(stdout).toContain("kind: CustomResourceDefinition");
  const alone = await execute(helm, ["template", "x", join(out, `ontap-iscsi-operator-crds-${version}.tgz`)]);
  expect(alone.stdout.match(/^kind: .*$/gm)).toEqual([
    "kind: CustomResourceDefinition",
    "kind: CustomResourceDefinition",
  ]);
});

test("has charts that a registry takes, and Helm installs from there as they are", async () => {
  const charts = `oci://${registry.address}/charts`;
  for (const name of ["ontap-iscsi-operator", "ontap-iscsi-operator-crds"]) {
    const file = join(out, `${name}-${version}.tgz`);
    await execute(helm, ["push", file, charts, "--plain-http"]);
    const pulled = await mkdtemp(join(folder, "pulled-"));
    await execute(helm, ["pull", `${charts}/${name}`, "--version", version, "--plain-http", "--destination", pulled]);
    expect(await readFile(join(pulled, `${name}-${version}.tgz`))).toEqual(await readFile(file));
    const remote = await execute(helm, ["template", "x", `${charts}/${name}`, "--version", version, "--plain-http"]);
    expect(remote.stdout).toBe((await execute(helm, ["template", "x", file])).stdout);
  }
});

test("has a program that runs without anything installed", async () => {
  await execute("tar", ["-xzf", `ontap-iscsi-operator-cli-${version}.tgz`], { cwd: out });
  const program = join(out, "ontap-iscsi-operator/dist/ontap-iscsi-operator.mjs");
  expect((await execute(process.execPath, [program, "--version"])).stdout.trim()).toBe(version);
});

const pytest = await execute("python3", ["-m", "pytest", "--version"]).then(
  () => true,
  () => false,
);

test.skipIf(!pytest)(
  "has a package that npm installs from nothing else, and the recipe for pytest works with it",
  async () => {
    const project = await mkdtemp(join(folder, "project-"));
    const offline = { cwd: project, env: { ...process.env, npm_config_registry: "http://127.0.0.1:9/" } };
    const archive = join(out, `ontap-iscsi-operator-cli-${version}.tgz`);
    await execute("npm", ["install", "--no-save", "--no-audit", "--no-fund", archive], offline);
    expect(await readdir(join(project, "node_modules"))).toEqual([
      ".bin",
      ".package-lock.json",
      "ontap-iscsi-operator",
    ]);
    const page = await readFile(join(root, "docs/simulator-in-tests.md"), "utf8");
    for (const [, file = "", text = ""] of page.matchAll(/```python\n# (\S+)\n(.*?)```/gs)) {
      await writeFile(join(project, file), text);
    }
    const { stdout } = await execute("python3", ["-m", "pytest", "-p", "no:cacheprovider"], offline);
    expect(stdout).toContain("2 passed");
  },
);

describe("on a cluster", () => {
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    controlPlane = await startControlPlane();
  });
  afterAll(() => controlPlane.stop());

  test("its two files install all, and deleting the second one leaves the definitions", async () => {
    const both = ["crds.yaml", "install.yaml"].flatMap((file) => ["-f", join(out, file)]);
    expect((await controlPlane.kubectl(["apply", "--server-side", ...both])).exitCode).toBe(0);
    const { stdout } = await controlPlane.kubectl(["delete", "--wait=false", "-f", join(out, "install.yaml")]);
    expect(stdout).toContain("deployment.apps");
    expect((await controlPlane.kubectl(["get", "iscsicredentials", "-A"])).exitCode).toBe(0);
  });
});
