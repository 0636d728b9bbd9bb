import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import { describe, expect, test, vi } from "vitest";

import { type Binaries, findBinaries } from "../../../tools/controlplane/binaries.ts";
import { createProgress } from "../../../tools/controlplane/progress.ts";
import { readRecipe } from "../../../tools/controlplane/recipe.ts";
import { built, quickGo, startNode, temporaryFolder, toolFolder, until, writePrograms } from "./fixtures.ts";

vi.setConfig({ testTimeout: 30_000 });

const needed = ["etcd", "kube-apiserver", "kubectl"] as const;
const all = [...needed, "kube-controller-manager"] as const;

const quiet = createProgress(new Writable({ write: (_chunk, _encoding, done) => done() }));
const find = (env: NodeJS.ProcessEnv): Promise<Binaries> => findBinaries({ env, progress: quiet });

/** A machine with an empty cache, whose Go is this script; without a script there is none. */
async function machine(go?: string) {
  const folder = await temporaryFolder();
  const goFolder = join(folder, "go");
  await writePrograms(goFolder, go === undefined ? [] : ["go"], go);
  const cache = join(folder, "cache", "ontap-iscsi-operator", "controlplane");
  const { key } = await readRecipe();
  return {
    folder,
    goFolder,
    cache,
    cached: join(cache, key),
    env: {
      XDG_CACHE_HOME: join(folder, "cache"),
      PATH: go === undefined ? goFolder : `${goFolder}:/usr/bin:/bin`,
    },
  };
}

describe("where the programs come from", () => {
  test("KUBEBUILDER_ASSETS goes before a filled cache", async () => {
    const { folder, cached, env } = await machine();
    await writePrograms(cached, all);
    const assets = join(folder, "assets");
    await writePrograms(assets, needed);

    expect(await find({ ...env, KUBEBUILDER_ASSETS: assets })).toEqual({
      folder: assets,
      etcd: join(assets, "etcd"),
      kubeApiserver: join(assets, "kube-apiserver"),
      kubectl: join(assets, "kubectl"),
      kubeControllerManager: undefined,
    });
  });

  test("KUBEBUILDER_ASSETS may have a kube-controller-manager", async () => {
    const { folder, env } = await machine();
    await writePrograms(folder, all);
    const { kubeControllerManager } = await find({ ...env, KUBEBUILDER_ASSETS: folder });
    expect(kubeControllerManager).toBe(join(folder, "kube-controller-manager"));
  });

  test("KUBEBUILDER_ASSETS that lacks a program is an error, not a reason to look elsewhere", async () => {
    const { folder, cached, env } = await machine(quickGo);
    await writePrograms(cached, all);
    await writePrograms(folder, ["kube-apiserver"]);
    await expect(find({ ...env, KUBEBUILDER_ASSETS: folder })).rejects.toThrow(
      `KUBEBUILDER_ASSETS is ${folder}, which has no executable etcd and no kubectl`,
    );
  });

  test("an empty KUBEBUILDER_ASSETS counts as none, and a filled cache needs no Go", async () => {
    const { cached, env } = await machine();
    await writePrograms(cached, all);
    expect((await find({ ...env, KUBEBUILDER_ASSETS: "" })).folder).toBe(cached);
  });

  test("without XDG_CACHE_HOME the cache is in ~/.cache", async () => {
    const { folder, env } = await machine();
    const { key } = await readRecipe();
    const cached = join(folder, ".cache", "ontap-iscsi-operator", "controlplane", key);
    await writePrograms(cached, all);
    expect((await find({ PATH: env.PATH, HOME: folder })).folder).toBe(cached);
  });

  test("Go builds what no cache has, once", async () => {
    const { goFolder, cached, env } = await machine(quickGo);
    const { folder } = await find(env);
    expect(folder).toBe(cached);
    expect((await readdir(cached)).toSorted()).toEqual([...all].toSorted());
    await find(env);
    expect((await built(goFolder)).toSorted()).toEqual([...all].toSorted());
  });

  test("a damaged cache is built again", async () => {
    const { cached, env } = await machine(quickGo);
    await find(env);
    await rm(join(cached, "kubectl"));
    await find(env);
    expect((await readdir(cached)).toSorted()).toEqual([...all].toSorted());
  });
});

describe("what is said when there is no way", () => {
  test("all three ways are named, and that there is no Go", async () => {
    const { cached, env } = await machine();
    await expect(find(env)).rejects.toThrow(
      [
        "There is no Kubernetes control plane to run. Any one of these provides it:",
        "  1. KUBEBUILDER_ASSETS, set to a folder that holds kube-apiserver, etcd and kubectl, such as setup-envtest makes:",
        "     it is not set.",
        "  2. The cache, filled by an earlier run or copied from another machine of this kind:",
        `     ${cached} is not there or not complete.`,
        "  3. Go, which builds it once from pinned modules, in about ten minutes on two cores:",
        "     there is no go on the PATH.",
      ].join("\n"),
    );
  });

  test("Go's own words are passed on if it is too old", async () => {
    const { env } = await machine(`echo "go: go.mod requires go >= 1.26.0 (running go 1.21.0)" >&2; exit 1`);
    await expect(find(env)).rejects.toThrow(
      "the go on the PATH says: go: go.mod requires go >= 1.26.0 (running go 1.21.0)",
    );
  });

  test("a build that fails shows the end of what Go said, and leaves nothing behind", async () => {
    const { cache, env } = await machine(`[ "$1" = build ] || exit 0; echo "no space left on device"; exit 1`);
    await expect(find(env)).rejects.toThrow(
      "go build failed (exit code 1); its output ends with:\nno space left on device",
    );
    expect((await readdir(cache)).filter((name) => !name.startsWith("lock"))).toEqual([]);
  });

  test("the command says it plainly, on stderr, with exit code 1", async () => {
    const { env } = await machine();
    const { ended, output } = startNode([join(toolFolder, "main.ts")], env);
    expect(await ended).toBe(1);
    expect(output.stdout).toBe("");
    expect(output.stderr).toMatch(/^There is no Kubernetes control plane to run\./u);
    expect(output.stderr).not.toMatch(/^\s+at /mu);
  });
});

describe("two processes that find no programs", () => {
  const main = join(toolFolder, "main.ts");

  test("build them once, and both get them", async () => {
    const { goFolder, cached, env } = await machine(`${quickGo} sleep 0.1`);
    const runs = [startNode([main], env), startNode([main], env)];
    expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(runs.map(({ output }) => output.stdout)).toEqual([`${cached}\n`, `${cached}\n`]);
    expect((await built(goFolder)).toSorted()).toEqual([...all].toSorted());
  });

  test("do not wait for each other's ghost: when the builder is killed, the other one builds", async () => {
    const { folder, goFolder, cache, cached, env } = await machine(quickGo);
    const endlessGo = join(folder, "endless-go");
    await writePrograms(endlessGo, ["go"], `[ "$1" = build ] || exit 0; sleep 1000`);
    await mkdir(cache, { recursive: true });

    const builder = startNode([main], { ...env, PATH: `${endlessGo}:${env.PATH}` });
    await until(() => builder.output.stderr.includes("Building"));
    const waiter = startNode([main], env);
    await until(() => waiter.output.stderr.includes(`Waiting for process ${builder.child.pid}`));
    builder.child.kill("SIGKILL");

    expect(await waiter.ended).toBe(0);
    expect(waiter.output.stdout).toBe(`${cached}\n`);
    expect(await built(goFolder)).toHaveLength(all.length);
    await until(async () => (await readdir(cache)).every((name) => !name.includes("building")));
  });
});
