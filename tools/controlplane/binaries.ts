import { join, resolve } from "node:path";

import { type CacheOptions, missingPrograms, type NoPrograms, programsFromCache } from "./cache.ts";
import { programs, readRecipe } from "./recipe.ts";

/** Where the programs of a control plane are. */
export interface Binaries {
  /** The folder that holds them all; fit to be someone's `KUBEBUILDER_ASSETS`. */
  readonly folder: string;
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubectl: string;
  /** Only missing from a `KUBEBUILDER_ASSETS`, which by convention has none. */
  readonly kubeControllerManager: string | undefined;
}

/**
 * Finds the programs in `KUBEBUILDER_ASSETS` or else in the user's cache, which is filled with Go the first time.
 * Any number of processes may ask at once: one of them builds, the others wait for it.
 * Throws an error fit to be read if there is no way to have them.
 */
export async function findBinaries({ env, progress }: CacheOptions): Promise<Binaries> {
  const assets = env["KUBEBUILDER_ASSETS"];
  if (assets !== undefined && assets !== "") return binariesOfAssets(resolve(assets));

  const found = await programsFromCache(await readRecipe(), "controlplane", { env, progress });
  if (!found.ok) throw new Error(noWay(found.error));
  return binariesIn(found.value);
}

async function binariesOfAssets(folder: string): Promise<Binaries> {
  const missing = await missingPrograms(folder, Object.keys(programs));
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

function noWay({ folder, goProblem }: NoPrograms): string {
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
