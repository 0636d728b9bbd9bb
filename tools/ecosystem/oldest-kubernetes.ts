import { mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBinaries } from "../controlplane/binaries.ts";
import { type CacheOptions, programsFromCache } from "../controlplane/cache.ts";
import { keyOf, linkerFlags, readPins, requiredVersion } from "../controlplane/recipe.ts";

/** The oldest Kubernetes that docs/versions.md promises. */
export const oldestKubernetes = "1.31";

/**
 * A folder, fit for `KUBEBUILDER_ASSETS`, with the API server and kubectl of the oldest supported Kubernetes; built the first
 * time. etcd and the controller manager are those of the newest: the oldest API server works with either. The caller
 * removes the folder. Throws an error fit to be read if there is no way to have it.
 */
export async function findOldestKubernetes(options: CacheOptions): Promise<string> {
  const module = join(import.meta.dirname, `kubernetes-${oldestKubernetes}`);
  const { goMod, goSum } = await readPins(module);
  const version = requiredVersion(goMod, "k8s.io/kubernetes");
  const flags = ["-mod=readonly", "-trimpath", "-ldflags", linkerFlags(version)];
  const programs = {
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    kubectl: "k8s.io/kubernetes/cmd/kubectl",
  };
  const recipe = {
    what: `Kubernetes ${version} (once, about five minutes on two cores)`,
    module,
    programs,
    flags,
    key: keyOf(`kubernetes-${version}`, goSum, flags),
  };
  const found = await programsFromCache(recipe, "ecosystem", options);
  if (!found.ok) throw new Error(`There is no Kubernetes ${version}: ${found.error.goProblem}`);
  const newest = await findBinaries(options);
  const assets = await mkdtemp(join(tmpdir(), "oldest-kubernetes-"));
  for (const name of Object.keys(programs)) await symlink(join(found.value, name), join(assets, name));
  for (const name of ["etcd", "kube-controller-manager"]) await symlink(join(newest.folder, name), join(assets, name));
  return assets;
}
