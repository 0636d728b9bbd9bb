import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { parseDocument } from "yaml";
import { version } from "../../src/version.ts";
import { findBinaries } from "../controlplane/binaries.ts";
import { createProgress } from "../controlplane/progress.ts";
import { product } from "./manifests/names.ts";

/** `npm run release`: everything that a release has, in build/release/. The same sources give the same files. */

const usage = `npm run release -- --image REGISTRY/ontap-iscsi-operator [--base-image NAME@sha256:...] [--out FOLDER]

Writes crds.yaml, install.yaml, both charts, the command line program, its bill of materials, images.txt and SHA256SUMS into build/release/.
With --base-image it builds the image as well, by buildah, as an OCI layout, and the manifests name it by its digest.`;

const root = new URL("../../", import.meta.url).pathname;
const execute = promisify(execFile);

interface Release {
  /** The image without tag, as the manifests name it. */
  readonly image: string;
  /** From what the image is built; undefined if it is not. */
  readonly base: string | undefined;
  readonly folder: string;
}

/** What was asked for, or a sentence about what is wrong with it. */
function parse(): Release | string {
  const { values } = parseArgs({
    options: { image: { type: "string" }, "base-image": { type: "string" }, out: { type: "string" } },
  });
  const { image, "base-image": base, out = "build/release" } = values;
  if (image === undefined) return usage;
  if (base !== undefined && !/@sha256:[0-9a-f]{64}$/.test(base)) {
    return `--base-image ${base} names no digest (@sha256:...): what is released must not change under its name`;
  }
  return { image, base, folder: resolve(root, out) };
}

async function release({ image, base, folder }: Release): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const digest = base === undefined ? undefined : await buildImage(base, folder);
  const reference = digest === undefined ? `${image}:${version}` : `${image}@${digest}`;
  await writeManifests(folder, reference);
  const chart = join(root, "charts", product);
  await packChart(chart, { image, digest, folder });
  await pack(join(chart, "charts", `${product}-crds`), join(folder, `${product}-crds-${version}.tgz`));
  await packProgram(folder);
  await cp(join(root, "dist/sbom.cdx.json"), join(folder, `${product}-${version}.cdx.json`));
  await writeFile(join(folder, "images.txt"), `${reference}\n`);
  await writeChecksums(folder);
}

/** Builds the image into an OCI layout; its digest, which two builds of the same sources share. */
async function buildImage(base: string, folder: string): Promise<string> {
  const layout = join(folder, "image");
  const options = [
    "--isolation=chroot",
    "--timestamp=0",
    `--build-arg=BASE_IMAGE=${base}`,
    `--build-arg=VERSION=${version}`,
  ];
  const { stdout: revision } = await execute("git", ["rev-parse", "HEAD"], { cwd: root });
  const args = [...options, `--build-arg=REVISION=${revision.trim()}`, `--tag=localhost/${product}:${version}`, root];
  await execute("buildah", ["build", ...args], { maxBuffer: 2 ** 26 });
  await execute("buildah", ["push", `localhost/${product}:${version}`, `oci:${layout}:${version}`]);
  const index = JSON.parse(await readFile(join(layout, "index.json"), "utf8")) as {
    readonly manifests: readonly { readonly digest: string }[];
  };
  return index.manifests[0]?.digest ?? "";
}

/** install.yaml has no definitions: deleting what it installed must not take every object along. */
async function writeManifests(folder: string, reference: string): Promise<void> {
  const { kubectl } = await findBinaries({ env: process.env, progress: createProgress(process.stderr) });
  for (const [file, source] of Object.entries({ "crds.yaml": "crds", "install.yaml": "deploy" })) {
    const { stdout } = await execute(kubectl, ["kustomize", join(root, source)], { maxBuffer: 2 ** 26 });
    await writeFile(join(folder, file), stdout.replaceAll(`image: ${product}:${version}`, `image: ${reference}`));
  }
}

/** The operator's chart, whose values name the image of this release. */
async function packChart(chart: string, { image, digest = "", folder }: ChartImage): Promise<void> {
  const copy = join(folder, product);
  await cp(chart, copy, { recursive: true });
  const file = join(copy, "values.yaml");
  const values = parseDocument(await readFile(file, "utf8"), { version: "1.1" });
  values.setIn(["image", "repository"], image);
  values.setIn(["image", "digest"], digest);
  await writeFile(file, values.toString({ lineWidth: 0 }));
  await pack(copy, join(folder, `${product}-${version}.tgz`));
  await rm(copy, { recursive: true });
}

interface ChartImage {
  readonly image: string;
  /** Of a release without an image: the chart then names it by its tag. */
  readonly digest: string | undefined;
  readonly folder: string;
}

/** The bundle with its license, as a package that npm and npx take. */
async function packProgram(folder: string): Promise<void> {
  const program = join(folder, product);
  await cp(join(root, "dist"), join(program, "dist"), { recursive: true });
  await cp(join(root, "LICENSE"), join(program, "LICENSE"));
  const { name, description, license, bin, type, engines } = JSON.parse(
    await readFile(join(root, "package.json"), "utf8"),
  ) as Record<string, unknown>;
  const manifest = { name, version, description, license, bin, type, engines };
  await writeFile(join(program, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await pack(program, join(folder, `${product}-cli-${version}.tgz`));
  await rm(program, { recursive: true });
}

/** Packs a folder so that only its content decides the bytes: no times, no owners, names in order. */
async function pack(folder: string, archive: string): Promise<void> {
  const normal = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX"];
  const args = [
    ...normal,
    "--use-compress-program=gzip --no-name --best",
    "-cf",
    archive,
    "-C",
    dirname(folder),
    basename(folder),
  ];
  await execute("tar", args);
}

async function writeChecksums(folder: string): Promise<void> {
  const files = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
  const lines = await Promise.all(
    files.map(async ({ name }) => {
      const hash = createHash("sha256").update(await readFile(join(folder, name)));
      return `${hash.digest("hex")}  ${name}\n`;
    }),
  );
  await writeFile(
    join(folder, "SHA256SUMS"),
    lines.toSorted((one, other) => (one.slice(64) < other.slice(64) ? -1 : 1)).join(""),
  );
}

const asked = parse();
if (typeof asked === "string") {
  console.error(asked);
  process.exitCode = 2;
} else {
  await release(asked);
  console.log(asked.folder);
}
