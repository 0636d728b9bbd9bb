import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The programs of a control plane and their Go packages, in the order in which they are built. */
export const programs = {
  etcd: "go.etcd.io/etcd/server/v3",
  "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
  kubectl: "k8s.io/kubernetes/cmd/kubectl",
  "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
} as const;

/** What Go builds from one module whose go.mod and go.sum pin all of it. */
export interface Recipe {
  /** What the programs are together, as in "Building etcd of the control plane". */
  readonly what: string;
  /** The folder of go.mod. */
  readonly module: string;
  /** Names of programs and their Go packages, in the order in which they are built. */
  readonly programs: Readonly<Record<string, string>>;
  /** Flags of `go build`. */
  readonly flags: readonly string[];
  /** A folder name that differs whenever the programs would: by versions, dependencies, flags or platform. */
  readonly key: string;
}

/** How the control plane is built, with the versions that go.mod requires. */
export async function readRecipe(): Promise<Recipe> {
  const module = import.meta.dirname;
  const { goMod, goSum } = await readPins(module);
  const kubernetes = requiredVersion(goMod, "k8s.io/kubernetes");
  const etcd = requiredVersion(goMod, programs.etcd);
  const flags = ["-mod=readonly", "-trimpath", "-ldflags", linkerFlags(kubernetes)];
  const key = keyOf(`kubernetes-${kubernetes}_etcd-${etcd}`, goSum, flags);
  return { what: "the control plane", module, programs, flags, key };
}

/** What pins a module's dependencies. */
export async function readPins(module: string): Promise<{ readonly goMod: string; readonly goSum: string }> {
  const [goMod, goSum] = await Promise.all(["go.mod", "go.sum"].map((file) => readFile(join(module, file), "utf8")));
  return { goMod: goMod ?? "", goSum: goSum ?? "" };
}

/** A folder name that says what is in it, and differs whenever that would. */
export function keyOf(name: string, goSum: string, flags: readonly string[]): string {
  const hash = createHash("sha256").update(goSum).update(JSON.stringify(flags)).digest("hex").slice(0, 12);
  return `${name}_${process.platform}-${process.arch}_${hash}`;
}

/** The version of a module that this go.mod requires. */
export function requiredVersion(goMod: string, module: string): string {
  const lines = goMod.split("\n").map((line) => line.trim().replace(/^require /, ""));
  const line = lines.find((line) => line.startsWith(`${module} v`));
  if (line === undefined) throw new Error(`go.mod does not require ${module}`);
  return line.slice(module.length + 1);
}

/** Without its version in it the server calls itself v0.0.0-master, which clients take for a very old one. */
export function linkerFlags(version: string): string {
  const [major, minor] = version.slice(1).split(".");
  const stamps = { gitVersion: version, gitMajor: major, gitMinor: minor };
  return [
    "-s -w",
    ...Object.entries(stamps).map(([name, text]) => `-X k8s.io/component-base/version.${name}=${text}`),
  ].join(" ");
}
