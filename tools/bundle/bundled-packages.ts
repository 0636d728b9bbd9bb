import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Metafile } from "esbuild";

/** A package of which the bundle holds code, with what its distribution says. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly license: string;
  /** Licence and notice files, whole, in the order of their names. */
  readonly notices: readonly { readonly file: string; readonly text: string }[];
  /** The digest of its archive, by package-lock.json: the algorithm and base64. */
  readonly integrity: string;
  /** Names of the packages that it asks for. */
  readonly dependencies: readonly string[];
}

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}
interface LockedPackage {
  readonly version: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const noticeFile = /^((un)?licen[cs]e|copying|notice)(\.|-|$)/i;

/** Every package that esbuild put into an output, by name. Throws for one without a licence: it cannot be shipped. */
export async function bundledPackages(root: string, { outputs }: Metafile): Promise<readonly BundledPackage[]> {
  const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as Lock;
  const folders = new Set(
    Object.values(outputs)
      .flatMap(({ inputs }) => Object.keys(inputs))
      .flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []),
  );
  return Promise.all([...folders].toSorted().map((folder) => read(root, folder, lock.packages[folder])));
}

async function read(root: string, folder: string, locked: LockedPackage | undefined): Promise<BundledPackage> {
  const path = join(root, folder);
  const manifest = JSON.parse(await readFile(join(path, "package.json"), "utf8")) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const files = (await readdir(path)).filter((file) => noticeFile.test(file)).toSorted();
  const { name, version, license } = manifest;
  if (locked?.integrity === undefined || locked.version !== version) {
    throw new Error(`${folder} is not what package-lock.json names; run npm ci`);
  }
  if (license === undefined || files.length === 0) throw new Error(`${name} ${version} comes without a licence`);
  const notices = files.map(async (file) => ({ file, text: await readFile(join(path, file), "utf8") }));
  return {
    name,
    version,
    license,
    notices: await Promise.all(notices),
    integrity: locked.integrity,
    dependencies: Object.keys(locked.dependencies ?? {}),
  };
}
