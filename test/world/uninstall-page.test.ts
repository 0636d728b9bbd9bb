import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import type { Simulator } from "../../src/simulator/start.ts";
import { startControlPlane, type ControlPlane } from "../../tools/controlplane/start.ts";
import { startInProcess, type InProcessOperator } from "../../tools/harness/in-process.ts";
import { install } from "../../tools/harness/install.ts";
import { connect, type Cluster } from "../../tools/harness/cluster.ts";
import { builtBundle } from "../../tools/harness/process.ts";
import { aPlace, eventually, startArray, type Place } from "./harness.ts";

/** docs/uninstall.md, command by command, in a cluster of its own; the array and the cluster before and after. */

const root = new URL("../../", import.meta.url).pathname;
/** A folder with the program that the page calls. */
let programs: string;
let controlPlane: ControlPlane;
let cluster: Cluster;
let array: Simulator;

beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), "programs-"));
  await writeFile(
    join(programs, "ontap-iscsi-operator"),
    `#!/bin/sh\nexec "${process.execPath}" "${builtBundle}" "$@"\n`,
    { mode: 0o755 },
  );
  controlPlane = await startControlPlane({ controllerManager: true });
  cluster = await connect(controlPlane.adminKubeconfig);
  array = await startArray();
});
afterAll(async () => {
  await array.stop();
  await cluster.close();
  await controlPlane.stop();
  await rm(programs, { recursive: true, force: true });
});

/** The commands that the page gives under a heading or a paragraph that begins so. */
async function commandsAfter(words: string): Promise<string> {
  const page = await readFile(`${root}docs/uninstall.md`, "utf8");
  const [, after = ""] = page.split(words);
  const [, commands] = /```sh\n(.*?)```/s.exec(after) ?? [];
  if (commands === undefined) throw new Error(`docs/uninstall.md has no commands after "${words}"`);
  return commands;
}

/** Runs commands as a person does, in the product's folder. */
async function shell(commands: string): Promise<void> {
  const env = {
    PATH: `${programs}:${dirname(inject("kubectlPath"))}:${process.env["PATH"]}`,
    HOME: dirname(controlPlane.adminKubeconfig),
    KUBECONFIG: controlPlane.adminKubeconfig,
  };
  await promisify(execFile)("bash", ["-euo", "pipefail", "-c", commands], { env, cwd: root });
}

const silence = { debug() {}, info() {}, warn() {}, error() {} };

/** The operator that the installed Deployment would run: with the ServiceAccount that is there now. */
async function startOperator(): Promise<InProcessOperator> {
  const kubeconfig = await controlPlane.kubeconfigForServiceAccount("ontap-iscsi-operator", "ontap-iscsi-operator");
  const operator = await startInProcess({ kubeconfig, log: silence });
  onTestFinished(() => operator.stop());
  return operator;
}

/** A credential on the array, which the operator wrote. */
async function installed(): Promise<{ readonly operator: InProcessOperator; readonly place: Place }> {
  await install(controlPlane.kubectl);
  const operator = await startOperator();
  const place = await aPlace({ cluster, array });
  // The place is cleared up after this, and for that its kinds have to be known.
  onTestFinished(definitionsAreBack);
  await place.createCredential("host", { authenticationType: "deny" });
  await place.untilReady("host");
  return { operator, place };
}

async function definitionsAreBack(): Promise<void> {
  await shell("kubectl apply -k crds");
  await eventually(async () => ((await isThere("iscsicredentials", "-A")) ? true : undefined), "the kind is served");
}

const isThere = async (...args: readonly string[]): Promise<boolean> =>
  (await controlPlane.kubectl(["get", ...args])).exitCode === 0;
const untilGone = (what: string): Promise<true> =>
  eventually(async () => ((await isThere(...what.split(" "))) ? undefined : true), `${what} is gone`, 60_000);

const nothingIsLeft = async (): Promise<void> => {
  await untilGone("crd iscsicredentials.ontap-iscsi.dev");
  await untilGone("crd ontapconnections.ontap-iscsi.dev");
  await untilGone("namespace ontap-iscsi-operator");
};

test.each(["## Leave the arrays as they are", "By kubectl alone, which needs each object edited"])(
  "in order (%s): the array is as it was, and nothing is left in the cluster",
  async (words) => {
    const { place } = await installed();
    await shell(await commandsAfter(words));
    await nothingIsLeft();
    expect(await place.stored("host")).toMatchObject({ authenticationType: "deny" });
  },
  180_000,
);

test.each(["## Take everything off the arrays", "By kubectl alone:"])(
  "in order (%s): nothing is left on the array or in the cluster",
  async (words) => {
    const { place } = await installed();
    await shell(await commandsAfter(words));
    await nothingIsLeft();
    expect(await place.stored("host")).toBeUndefined();
  },
  180_000,
);

test("the operator went first: installed again it does what is left to do", async () => {
  const { operator, place } = await installed();
  await operator.stop();
  await shell("kubectl delete -k deploy && kubectl delete iscsicredentials -A --all --wait=false");
  expect(await isThere("iscsicredential", "host", "-n", place.namespace)).toBe(true);
  expect(await place.stored("host")).toBeDefined();

  await shell(await commandsAfter("**The operator is gone, and objects hang in deletion.**"));
  await startOperator();
  await untilGone(`iscsicredential host -n ${place.namespace}`);
  expect(await place.stored("host")).toBeUndefined();
}, 180_000);

test("the definitions went after the operator: installed again it lets them go", async () => {
  const { operator, place } = await installed();
  await operator.stop();
  await shell("kubectl delete -k deploy && kubectl delete -k crds --wait=false");
  expect(await isThere("crd", "iscsicredentials.ontap-iscsi.dev")).toBe(true);

  await shell("kubectl apply -k deploy");
  await startOperator();
  await untilGone("crd iscsicredentials.ontap-iscsi.dev");
  await untilGone("crd ontapconnections.ontap-iscsi.dev");
  expect(await place.stored("host")).toBeUndefined();
  await definitionsAreBack();
}, 180_000);

test.each(["**The operator will not come back", "By kubectl alone, for objects that are deleted already"])(
  "%s: finalizers go without it, and the array stays as it is",
  async (words) => {
    const { operator, place } = await installed();
    await operator.stop();
    await shell("kubectl delete -k deploy && kubectl delete iscsicredentials,ontapconnections -A --all --wait=false");
    await shell(await commandsAfter(words));
    await untilGone(`iscsicredential host -n ${place.namespace}`);
    await untilGone(`ontapconnection array -n ${place.namespace}`);
    expect(await place.stored("host")).toMatchObject({ authenticationType: "deny" });
  },
  180_000,
);
