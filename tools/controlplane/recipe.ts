import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The Go module whose go.mod and go.sum pin everything that is built. */
export const moduleFolder = import.meta.dirname;

/** The programs of a control plane and their Go packages, in the order in which they are built. */
export const programs = {
  etcd: "go.etcd.io/etcd/server/v3",
  "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
  kubectl: "k8s.io/kubernetes/cmd/kubectl",
  "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
} as const;

export type Program = keyof typeof programs;

export interface Recipe {
  /** Flags of `go build`. */
  readonly flags: readonly string[];
  /** A folder name that differs whenever the programs would: by versions, dependencies, flags or platform. */
  readonly key: string;
}

/** How the programs are built, with the versions that go.mod requires. */
export async function readRecipe(): Promise<Recipe> {
  const [goMod, goSum] = await Promise.all([
    readFile(join(moduleFolder, "go.mod"), "utf8"),
    readFile(join(moduleFolder, "go.sum"), "utf8"),
  ]);
  const kubernetes = requiredVersion(goMod, "k8s.io/kubernetes");
  const etcd = requiredVersion(goMod, programs.etcd);
  const flags = ["-mod=readonly", "-trimpath", "-ldflags", linkerFlags(kubernetes)];
  const hash = createHash("sha256").update(goSum).update(JSON.stringify(flags)).digest("hex").slice(0, 12);
  return { flags, key: `kubernetes-${kubernetes}_etcd-${etcd}_${process.platform}-${process.arch}_${hash}` };
}

function requiredVersion(goMod: string, module: string): string {
  const line = goMod.split("\n").find((line) => line.trim().startsWith(`${module} v`));
  if (line === undefined) throw new Error(`go.mod does not require ${module}`);
  return line.trim().slice(module.length + 1);
}

/** Without its version in it the server calls itself v0.0.0-master, which clients take for a very old one. */
function linkerFlags(version: string): string {
  const [major, minor] = version.slice(1).split(".");
  const stamps = { gitVersion: version, gitMajor: major, gitMinor: minor };
  return [
    "-s -w",
    ...Object.entries(stamps).map(([name, text]) => `-X k8s.io/component-base/version.${name}=${text}`),
  ].join(" ");
}
