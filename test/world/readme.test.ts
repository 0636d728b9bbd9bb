import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { AccessLevel } from "../../src/simulator/model/cluster.ts";
import type { Simulator } from "../../src/simulator/start.ts";
import { startControlPlane, type ControlPlane } from "../../tools/controlplane/start.ts";
import { startInProcess, type InProcessOperator } from "../../tools/harness/in-process.ts";
import { install } from "../../tools/harness/install.ts";
import { startArray } from "./harness.ts";

/** README.md as a newcomer follows it, from the login's role to the first credential, in a cluster of its own. */

const root = new URL("../../", import.meta.url).pathname;
const password = "the newcomer's password";

let page: string;
let folder: string;
let controlPlane: ControlPlane;
let array: Simulator;
let operator: InProcessOperator;

beforeAll(async () => {
  page = await readFile(join(root, "README.md"), "utf8");
  folder = await mkdtemp(join(tmpdir(), "readme-"));
  controlPlane = await startControlPlane({ controllerManager: true });
  array = await startArray();
  await install(controlPlane.kubectl);
  const kubeconfig = await controlPlane.kubeconfigForServiceAccount("ontap-iscsi-operator", "ontap-iscsi-operator");
  const silence = { debug() {}, info() {}, warn() {}, error() {} };
  operator = await startInProcess({ kubeconfig, log: silence });
});
afterAll(async () => {
  await operator.stop();
  await array.stop();
  await controlPlane.stop();
  await rm(folder, { recursive: true });
});

/** The block of code that has these words in it. */
function blockWith(words: string): string {
  const blocks = [...page.matchAll(/^( *)```\w*\n(.*?)\n\1```$/gms)].map(([, , block = ""]) => block);
  const found = blocks.find((block) => block.includes(words));
  if (found === undefined) throw new Error(`README.md has no block with "${words}"`);
  return found;
}

/** Runs commands in a folder that has what the page says a person has by now. */
async function shell(commands: string): Promise<string> {
  const env = {
    PATH: `${dirname(inject("kubectlPath"))}:${process.env["PATH"]}`,
    HOME: folder,
    KUBECONFIG: controlPlane.adminKubeconfig,
  };
  return (await promisify(execFile)("bash", ["-euo", "pipefail", "-c", commands], { env, cwd: folder })).stdout;
}

/** The role and the login that the page has a storage administrator make. */
async function createLogin(): Promise<void> {
  const commands = blockWith("security login rest-role create");
  const privileges = [...commands.matchAll(/-api (\S+) -access (\S+)/g)].map(([, path = "", access = ""]) => ({
    path,
    access: access as AccessLevel,
  }));
  const [, user = "", role = ""] = /security login create -user-or-group-name (\S+) .*-role (\S+)/.exec(commands) ?? [];
  await array.sideDoor.act({ do: "put-role", name: role, privileges });
  await array.sideDoor.act({ do: "put-login", user, password, role });
}

/** The sample with the reader's own endpoint, and the certificate that is fetched from it. */
async function prepareFolder(): Promise<void> {
  const sample = await readFile(join(root, "deploy/samples/connection.yaml"), "utf8");
  await mkdir(join(folder, "deploy/samples"), { recursive: true });
  await writeFile(
    join(folder, "deploy/samples/connection.yaml"),
    sample.replace(/endpoint: .*/, `endpoint: ${array.url}`),
  );
  await writeFile(join(folder, "ca.crt"), array.caPem);
}

/** What a terminal shows, but for times. */
const withoutAges = (text: string): string => text.replaceAll(/ \d+s$/gm, "").trim();

test("a newcomer gets from the role of a login to the first credential on the array", async () => {
  await createLogin();
  await prepareFolder();
  await shell(blockWith("kubectl create secret generic ontap-login").replace("password=...", `"password=${password}"`));

  await shell("kubectl create namespace databases");
  await writeFile(join(folder, "credential.yaml"), blockWith("kind: IscsiCredential"));
  await shell("kubectl apply -f credential.yaml");
  const until = (condition: string): Promise<string> =>
    shell(`kubectl wait -n databases iscsicredential/node-a --timeout=30s --for=${condition}`);
  await until("jsonpath='{.status.conditions[?(@.type==\"Ready\")].reason}'=PlanPending");

  const [look, plan, enforce, lookAgain, applied] = blockWith("$ kubectl get iscsicredentials")
    .split(/^(\$ .*)\n/m)
    .filter((part) => part !== "");
  const command = (line = ""): string => line.replace("$ ", "");
  expect(withoutAges(await shell(command(look)))).toBe(withoutAges(plan ?? ""));
  await shell(command(enforce));
  await until("condition=Ready");
  expect(withoutAges(await shell(command(lookAgain)))).toBe(withoutAges(applied ?? ""));
  expect(await array.sideDoor.credentials()).toContainEqual(
    expect.objectContaining({
      initiator: "iqn.1994-05.com.redhat:databases:node-a",
      inbound: { user: "node-a", password: "sample-inbound-1" },
      outbound: { user: "array-a", password: "sample-outbnd-1" },
    }),
  );
}, 120_000);
