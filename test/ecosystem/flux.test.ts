import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { startSimulator, type Simulator } from "../../src/simulator/start.ts";
import { systemClock } from "../../src/std/clock.ts";
import { createProgress } from "../../tools/controlplane/progress.ts";
import { startControlPlane, type ControlPlane } from "../../tools/controlplane/start.ts";
import { fluxSourceDefinitions, foreignDefinitions } from "../../tools/ecosystem/foreign-definitions.ts";
import { findTool } from "../../tools/ecosystem/tools.ts";
import { eventually } from "../../tools/harness/cluster.ts";
import { install } from "../../tools/harness/install.ts";
import { type OperatorProcess, startOperatorProcess } from "../../tools/harness/process.ts";

/**
 * Flux's own kustomize-controller applies a repository with objects in each state, waits for their health, and gives its
 * verdict. Only the source is not Flux's: an ExternalArtifact, whose archive a server of the test has.
 */

const execute = promisify(execFile);
const password = "array-login-password";

/** Folders of the repository, by the state that their one credential comes to. */
const repository = {
  ready: { authenticationType: "deny" },
  progressing: { authenticationType: "chap", chap: { inbound: { secretRef: { name: "not-there-yet" } } } },
  stalled: { authenticationType: "chap", chap: { inbound: { secretRef: { name: "with-line-break" } } } },
  plan: { authenticationType: "deny", mode: "Plan" },
  suspended: { authenticationType: "deny", suspend: true },
  "suspended from the start": { authenticationType: "deny", suspend: true },
} as const;
type State = keyof typeof repository;
const states = Object.keys(repository) as readonly State[];

let folder: string;
let controlPlane: ControlPlane;
let array: Simulator;
let operator: OperatorProcess;
let server: Server;
let flux: ChildProcess;

beforeAll(async () => {
  const program = await findTool("kustomize-controller", {
    env: process.env,
    progress: createProgress(process.stderr),
  });
  folder = await mkdtemp(join(tmpdir(), "flux-"));
  controlPlane = await startControlPlane();
  await install(controlPlane.kubectl);
  for (const file of [...(await foreignDefinitions()), ...(await fluxSourceDefinitions())]) {
    await kubectl(["apply", "--server-side", "-f", file]);
  }
  array = await startSimulator(
    { svms: [{ name: "svm1" }], logins: [{ user: "admin", password }] },
    { clock: systemClock },
  );
  operator = await startOperatorProcess(
    await controlPlane.kubeconfigForServiceAccount("ontap-iscsi-operator", "ontap-iscsi-operator"),
  );
  await apply(...surroundings());
  await kubectl(["wait", "-n", "storage", "--for=condition=Ready", "ontapconnection/array", "--timeout=30s"]);
  await apply(credentialOf("suspended", { authenticationType: "deny" }));
  await kubectl(["wait", "-n", "storage", "--for=condition=Ready", "iscsicredential/suspended", "--timeout=30s"]);
  const artifact = await writeArtifact();
  server = createServer((_, response) => void response.end(artifact.bytes)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/repository.tar.gz`;
  await declareArtifact(url, artifact.digest);
  flux = spawn(
    program,
    [
      "--watch-all-namespaces=true",
      "--enable-leader-election=false",
      "--feature-gates=ExternalArtifact=true",
      "--metrics-addr=127.0.0.1:0",
      "--health-addr=127.0.0.1:0",
      "--interval-jitter-percentage=0",
    ],
    {
      env: { ...process.env, KUBECONFIG: controlPlane.adminKubeconfig, RUNTIME_NAMESPACE: "storage" },
      stdio: "ignore",
    },
  );
});
afterAll(async () => {
  const ended = once(flux, "exit");
  flux.kill("SIGTERM");
  await ended;
  server.close();
  await operator.end("SIGTERM");
  await array.stop();
  await controlPlane.stop();
  await rm(folder, { recursive: true, force: true });
});

async function kubectl(args: readonly string[], input = ""): Promise<string> {
  const { exitCode, stdout, stderr } = await controlPlane.kubectl(args, { input });
  expect({ args, exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({ args, exitCode: 0, stderr: "" });
  return stdout;
}

/** Kinds are served a moment after their definitions. */
const apply = (...objects: readonly object[]): Promise<true> =>
  eventually(async () => {
    const input = objects.map((object) => stringify(object)).join("---\n");
    const { exitCode } = await controlPlane.kubectl(["apply", "-f", "-"], { input });
    return exitCode === 0 ? true : undefined;
  }, "the objects are accepted");

const surroundings = (): readonly object[] => [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "storage" } },
  {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "login", namespace: "storage" },
    type: "kubernetes.io/basic-auth",
    stringData: { username: "admin", password },
  },
  {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "with-line-break", namespace: "storage" },
    type: "kubernetes.io/basic-auth",
    stringData: { username: "host", password: "with-a-line-break\n" },
  },
  {
    apiVersion: "ontap-iscsi.dev/v1alpha1",
    kind: "OntapConnection",
    metadata: { name: "array", namespace: "storage" },
    spec: { endpoint: array.url, auth: { basic: { secretRef: { name: "login" } } }, tls: { caBundle: array.caPem } },
  },
];

const nameOf = (state: State): string => state.replaceAll(" ", "-");

const credentialOf = (name: string, spec: object): object => ({
  apiVersion: "ontap-iscsi.dev/v1alpha1",
  kind: "IscsiCredential",
  metadata: { name, namespace: "storage" },
  spec: {
    connectionRef: { name: "array" },
    svm: { name: "svm1" },
    initiator: `iqn.1994-05.com.redhat:${name}`,
    ...spec,
  },
});

async function writeArtifact(): Promise<{ readonly bytes: Buffer; readonly digest: string }> {
  for (const state of states) {
    await mkdir(join(folder, "repository", nameOf(state)), { recursive: true });
    const text = stringify(credentialOf(nameOf(state), repository[state]));
    await writeFile(join(folder, "repository", nameOf(state), "credential.yaml"), text);
  }
  const archive = join(folder, "repository.tar.gz");
  await execute("tar", ["-czf", archive, "-C", join(folder, "repository"), "."]);
  const bytes = await readFile(archive);
  return { bytes, digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}` };
}

async function declareArtifact(url: string, digest: string): Promise<void> {
  const metadata = { name: "repository", namespace: "storage" };
  await apply({ apiVersion: "source.toolkit.fluxcd.io/v1", kind: "ExternalArtifact", metadata, spec: {} });
  const now = new Date().toISOString();
  const status = {
    artifact: { url, path: "repository.tar.gz", revision: "main@1", digest, lastUpdateTime: now },
    conditions: [{ type: "Ready", status: "True", reason: "Succeeded", message: "", lastTransitionTime: now }],
  };
  const patch = ["--subresource=status", "--type=merge", `--patch=${JSON.stringify({ status })}`];
  await kubectl(["patch", "externalartifact", "repository", "-n", "storage", ...patch]);
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** What a Kustomization says of itself. */
async function readyOf(state: State): Promise<Condition | undefined> {
  const text = await kubectl(["get", "kustomization", nameOf(state), "-n", "storage", "-o", "json"]);
  const { status = {} } = JSON.parse(text) as { readonly status?: { readonly conditions?: readonly Condition[] } };
  return status.conditions?.find(({ type }) => type === "Ready");
}

const timeoutMs = 20_000;

test("its verdict on each state is the one that docs/gitops.md tells", async () => {
  const startMs = performance.now();
  await apply(
    ...states.map((state) => ({
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: { name: nameOf(state), namespace: "storage" },
      spec: {
        interval: "1h",
        timeout: `${timeoutMs / 1000}s`,
        path: `./${nameOf(state)}`,
        prune: true,
        wait: true,
        sourceRef: { kind: "ExternalArtifact", name: "repository" },
      },
    })),
  );
  const seen = await Promise.all(
    states.map(async (state) => {
      const condition = await eventually(
        async () => {
          const now = await readyOf(state);
          return now === undefined || now.status === "Unknown" ? undefined : now;
        },
        `a verdict on ${state}`,
        60_000,
      );
      return { state, condition, seconds: (performance.now() - startMs) / 1000 };
    }),
  );
  for (const { state, condition, seconds } of seen) {
    const verdict = `Ready=${condition.status} ${condition.reason}`;
    process.stdout.write(
      `Flux: ${state.padEnd(24)} ${verdict.padEnd(36)} ${seconds.toFixed(1)} s  ${condition.message.slice(0, 160)}\n`,
    );
  }
  const verdicts = Object.fromEntries(
    seen.map(({ state, condition: { status, reason } }) => [state, `${status} ${reason}`]),
  );
  expect(verdicts).toEqual({
    ready: "True ReconciliationSucceeded",
    // The wait ends by its own timeout; what is Stalled ends it at once, and says so.
    progressing: "False HealthCheckFailed",
    stalled: "False HealthCheckFailed",
    plan: "False HealthCheckFailed",
    suspended: "True ReconciliationSucceeded",
    "suspended from the start": "False HealthCheckFailed",
  });
  const messages = Object.fromEntries(seen.map(({ state, condition }) => [state, condition.message]));
  expect(messages["progressing"]).toContain("status: 'InProgress'");
  expect(messages["suspended from the start"]).toContain("status: 'InProgress'");
  expect(messages["stalled"]).toContain("status: 'Failed'");
  expect(messages["plan"]).toContain("status: 'Failed'");
});
