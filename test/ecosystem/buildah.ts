import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

export interface Buildah {
  /** Runs `buildah ARGS`; its standard output, trimmed. */
  run(...args: readonly string[]): Promise<string>;
  /** Removes all images and containers made here. */
  remove(): Promise<void>;
}

/** Why images cannot be built and run here, as a sentence; undefined if they can. */
export async function buildahProblem(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "images are built and run as root only";
  try {
    await execute("buildah", ["--version"]);
    return undefined;
  } catch {
    return "there is no buildah (apt-get install buildah)";
  }
}

/** A buildah with a store of its own, which leaves those of the machine alone. */
export async function openBuildah(): Promise<Buildah> {
  const store = await mkdtemp(join(tmpdir(), "image-store-"));
  const driver = (await readFile("/proc/filesystems", "utf8")).includes("overlay") ? "overlay" : "vfs";
  const global = ["--root", join(store, "root"), "--runroot", join(store, "run"), "--storage-driver", driver];
  const run = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await execute("buildah", [...global, ...args], { maxBuffer: 2 ** 26 });
    return stdout.trim();
  };
  return {
    run,
    async remove() {
      await run("rm", "--all");
      await run("rmi", "--all", "--force");
      await rm(store, { recursive: true, force: true });
    },
  };
}

/** What the Dockerfile's build needs of its base, besides Node and npm. */
const packages = `bash coreutils dash grep libc-bin libc6 mawk sed util-linux
  libacl1 libattr1 libblkid1 libcap-ng0 libcrypt1 libgcc-s1 libgmp10 libmount1 libpam0g libpcre2-8-0 libselinux1 libsmartcols1
  libstdc++6 libtinfo6 libuuid1 zlib1g`.split(/\s+/);

/**
 * Makes an image of Debian packages, the Node of this project and the npm of this machine: what the official Node image is,
 * where that cannot be pulled.
 */
export async function buildBase(buildah: Buildah, name: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "base-"));
  try {
    const root = join(folder, "root");
    for (const merged of ["bin", "lib", "lib64", "sbin"]) {
      await mkdir(join(root, "usr", merged), { recursive: true });
      await symlink(`usr/${merged}`, join(root, merged));
    }
    await execute("apt-get", ["download", ...packages], { cwd: folder });
    await execute(
      "bash",
      ["-c", "for deb in *.deb; do dpkg-deb --fsys-tarfile $deb | tar -x --keep-directory-symlink -C root; done"],
      {
        cwd: folder,
      },
    );
    await symlink("dash", join(root, "usr/bin/sh")).catch(() => undefined);
    await mkdir(join(root, "tmp"), { recursive: true });
    await writeFile(join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
    const npm = (await execute("npm", ["root", "--global"])).stdout.trim();
    const container = await buildah.run("from", "scratch");
    await buildah.run("copy", container, root, "/");
    await buildah.run("copy", container, process.execPath, "/usr/local/bin/node");
    await buildah.run("copy", container, join(npm, "npm"), "/usr/local/lib/node_modules/npm");
    await buildah.run("config", "--env", "PATH=/usr/local/bin:/usr/bin:/bin", container);
    await buildah.run(
      "run",
      "--isolation",
      "chroot",
      container,
      "--",
      "ln",
      "-s",
      "../lib/node_modules/npm/bin/npm-cli.js",
      "/usr/local/bin/npm",
    );
    await buildah.run("commit", "--rm", container, name);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
