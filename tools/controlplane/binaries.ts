import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

import { buildPrograms, goProblem } from "./build.ts";
import { lockHolder, tryLock, waitForLock } from "./lock.ts";
import type { Progress } from "./progress.ts";
import { type Program, programs, readRecipe } from "./recipe.ts";

/** Where the programs of a control plane are. */
export interface Binaries {
  /** The folder that holds them all; fit to be somebody's `KUBEBUILDER_ASSETS`. */
  readonly folder: string;
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubectl: string;
  /** Only missing from a `KUBEBUILDER_ASSETS`, which by convention has none. */
  readonly kubeControllerManager: string | undefined;
}

export interface BinariesOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
}

/**
 * Finds the programs in `KUBEBUILDER_ASSETS` or else in the user's cache, which is filled with Go the first time.
 * Any number of processes may ask at once: one of them builds, the others wait for it.
 * Throws an error fit to be read if there is no way to have them.
 */
export async function findBinaries({ env, progress }: BinariesOptions): Promise<Binaries> {
  const assets = env["KUBEBUILDER_ASSETS"];
  if (assets !== undefined && assets !== "") return binariesOfAssets(resolve(assets));

  const recipe = await readRecipe();
  const cache = cacheFolder(env);
  const folder = join(cache, recipe.key);
  const isCached = async (): Promise<boolean> => (await missingPrograms(folder)).length === 0;
  if (await isCached()) return binariesIn(folder);

  const problem = await goProblem(env);
  if (problem !== undefined) throw new Error(noWay(folder, problem));

  await mkdir(cache, { recursive: true });
  const path = join(cache, "lock");
  const lock =
    tryLock(path) ??
    (await progress.during(`Waiting for ${lockHolder(path)}, which is building the control plane`, () =>
      waitForLock(path),
    ));
  try {
    // Whoever held the lock may have built it.
    if (!(await isCached())) await buildPrograms({ folder, recipe, env, progress });
  } finally {
    lock.release();
  }
  return binariesIn(folder);
}

async function binariesOfAssets(folder: string): Promise<Binaries> {
  const missing = await missingPrograms(folder);
  const needed = missing.filter((program) => program !== "kube-controller-manager");
  if (needed.length > 0) {
    throw new Error(`KUBEBUILDER_ASSETS is ${folder}, which has no executable ${needed.join(" and no ")}`);
  }
  const binaries = binariesIn(folder);
  return missing.length === 0 ? binaries : { ...binaries, kubeControllerManager: undefined };
}

function binariesIn(folder: string): Binaries {
  return {
    folder,
    etcd: join(folder, "etcd"),
    kubeApiserver: join(folder, "kube-apiserver"),
    kubectl: join(folder, "kubectl"),
    kubeControllerManager: join(folder, "kube-controller-manager"),
  };
}

async function missingPrograms(folder: string): Promise<readonly Program[]> {
  const names = Object.keys(programs) as Program[];
  const executable = await Promise.all(names.map((name) => isExecutable(join(folder, name))));
  return names.filter((_, index) => executable[index] === false);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function cacheFolder(env: NodeJS.ProcessEnv): string {
  const home = env["HOME"] ?? homedir();
  const xdg = env["XDG_CACHE_HOME"];
  // The XDG specification has relative paths ignored.
  const root = xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, ".cache");
  return join(root, "ontap-iscsi-operator", "controlplane");
}

function noWay(folder: string, goProblem: string): string {
  return [
    "There is no Kubernetes control plane to run. Any one of these provides it:",
    "  1. KUBEBUILDER_ASSETS, set to a folder that holds kube-apiserver, etcd and kubectl, such as setup-envtest makes:",
    "     it is not set.",
    "  2. The cache, filled by an earlier run or copied from another machine of this kind:",
    `     ${folder} is not there or not complete.`,
    "  3. Go, which builds it once from pinned modules, in about ten minutes on two cores:",
    `     ${goProblem}`,
  ].join("\n");
}
