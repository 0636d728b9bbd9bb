import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import type { Simulator } from "../../src/simulator/start.ts";
import { operatorRequests, writesOf } from "../../tools/harness/audit.ts";
import type { Cluster } from "../../tools/harness/cluster.ts";
import { builtBundle, nodeFlags, startOperatorProcess, startProduct } from "../../tools/harness/process.ts";
import { aPlace, chapFrom, conditionOf, connect, eventually, startArray, type Place } from "./harness.ts";

/** The built product as a process: killed, stopped, restarted, left alone. */

let cluster: Cluster;
let array: Simulator;

beforeAll(async () => {
  cluster = await connect(inject("adminKubeconfig"));
  array = await startArray();
});
afterAll(async () => {
  await array.stop();
  await cluster.close();
});

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `n${index}`);

async function createMany(place: Place, count: number): Promise<void> {
  for (const name of names(count)) {
    await place.createSecret(name, { username: name, password: `secret-of-${name}-1` });
    await place.createCredential(name, chapFrom(name));
  }
}

async function allReady(place: Place, count: number): Promise<void> {
  await eventually(
    async () => {
      const objects = await cluster.list("iscsicredentials", place.namespace);
      const ready = objects.filter((object) => conditionOf(object, "Ready")?.status === "True");
      return ready.length === count ? true : undefined;
    },
    `${count} credentials are ready`,
    40_000,
  );
}

async function arrayEqualsSecrets(place: Place, count: number): Promise<void> {
  const stored = await array.sideDoor.credentials();
  for (const name of names(count)) {
    const credential = stored.find(({ initiator }) => initiator === place.initiator(name));
    expect(credential?.inbound).toEqual({ user: name, password: `secret-of-${name}-1` });
  }
}

/** One after the other, the killed ones without giving back a Lease: the fail-over test is about that. */
const alone = ["--leader-elect=false"];

describe("the operator as a process", () => {
  test("killed in the middle of its work and started again, it ends where it would have ended", async () => {
    const place = await aPlace({ cluster, array });
    // The Lease of one that was killed would hold up the next.
    const first = await startOperatorProcess(inject("operatorPod"), alone);
    const creating = createMany(place, 30);
    await eventually(
      async () => ((await array.sideDoor.credentials()).length > 10 ? true : undefined),
      "some credentials are on the array",
    );
    await first.end("SIGKILL");
    await creating;
    const second = await startOperatorProcess(inject("operatorPod"), alone);
    await allReady(place, 30);
    await arrayEqualsSecrets(place, 30);
    expect(await second.end("SIGTERM")).toBe(0);
  });

  test("left alone, or started again, it writes nothing on either side", async () => {
    const place = await aPlace({ cluster, array }, { resyncInterval: "5s" });
    const operator = await startOperatorProcess(inject("operatorPod"), alone);
    await createMany(place, 10);
    await allReady(place, 10);
    await sleep(2500);

    const quiet = async (): Promise<{ api: number; array: number }> => ({
      api: writesOf(await operatorRequests(inject("auditLogPath"))).length,
      array: (await array.sideDoor.requests()).filter(({ method }) => method !== "GET").length,
    });
    const before = await quiet();
    await sleep(8000);
    expect(await quiet()).toEqual(before);

    await operator.end("SIGTERM");
    const again = await startOperatorProcess(inject("operatorPod"), alone);
    await sleep(8000);
    expect(await quiet()).toEqual(before);
    await again.end("SIGTERM");
  });

  test("a spec that was edited meanwhile to name another key of the same Secret is written", async () => {
    const place = await aPlace({ cluster, array });
    const first = await startOperatorProcess(inject("operatorPod"), alone);
    const values = { username: "node", password: "first-key-pass", other: "other-key-pass" };
    await place.createSecret("keys", values, "Opaque", { labels: { "ontap-iscsi.dev/use": "chap" } });
    await place.createCredential("rekeyed", chapFrom("keys"));
    await place.untilReady("rekeyed");
    await first.end("SIGTERM");
    const chap = { inbound: { secretRef: { name: "keys", passwordKey: "other" } } };
    await cluster.patch("iscsicredentials", place.namespace, "rekeyed", { spec: { chap } });
    const second = await startOperatorProcess(inject("operatorPod"), alone);
    await eventually(
      async () => ((await place.stored("rekeyed"))?.inbound?.password === "other-key-pass" ? true : undefined),
      "the array has the password of the other key",
    );
    await second.end("SIGTERM");
  });

  test("it stops within ten seconds of SIGTERM, also while the array hangs", async () => {
    const place = await aPlace({ cluster, array });
    const operator = await startOperatorProcess(inject("operatorPod"), alone);
    await place.createCredential("first", {});
    await place.untilReady("first");
    await array.sideDoor.addFault({ effect: "hang", when: { method: "POST" } });
    await place.createCredential("hanging", {});
    await sleep(500);
    const startedMs = performance.now();
    expect(await operator.end("SIGTERM")).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    await array.sideDoor.clearFaults();
  });
});

describe("a bad start that only a person can fix is one line and exit code 2", () => {
  test.each<{ because: string; args: readonly string[]; env?: Readonly<Record<string, string>>; says: RegExp }>([
    { because: "an unknown command", args: ["walk"], says: /^no command walk; there are run,/ },
    { because: "an unknown flag", args: ["run", "--fast"], says: /Unknown option '--fast'.*; see .* --help$/ },
    { because: "a bad value", args: ["run", "--log-level", "loud"], says: /--log-level: must be one of/ },
    {
      because: "a bad environment value",
      args: ["run"],
      env: { LOG_LEVEL: "loud" },
      says: /LOG_LEVEL: must be one of/,
    },
    { because: "a bad simulator flag", args: ["simulator", "--listen", "nowhere"], says: /nowhere/ },
    { because: "an unknown code", args: ["explain", "12"], says: /12/ },
    {
      because: "a kubeconfig that is not there",
      args: ["run"],
      env: { KUBECONFIG: "/nowhere/kubeconfig" },
      says: /cannot read kubeconfig \/nowhere\/kubeconfig .*; set KUBECONFIG/,
    },
    {
      because: "a pod that mounts no token",
      args: ["run"],
      env: {
        KUBECONFIG: "",
        KUBERNETES_SERVICE_HOST: "127.0.0.1",
        ONTAP_ISCSI_SERVICE_ACCOUNT_FOLDER: "/nowhere",
      },
      says: /cannot read \/nowhere\/ca\.crt; does the pod mount its ServiceAccount token\?$/,
    },
    {
      because: "a flag of Node that writes memory to disk",
      args: ["run"],
      env: { NODE_OPTIONS: "--heapsnapshot-signal=SIGUSR2" },
      says: /--heapsnapshot-signal writes memory to disk; remove it from NODE_OPTIONS/,
    },
    {
      because: "a flag of Node that writes the keys of its connections",
      args: ["run"],
      env: { NODE_OPTIONS: "--tls-keylog=/dev/null" },
      says: /--tls-keylog shows the keys or bytes of TLS connections/,
    },
    {
      because: "code that is injected into every pod",
      args: ["run"],
      env: { NODE_OPTIONS: "--require=node:fs" },
      says: /--require in NODE_OPTIONS loads code that can read every secret; remove it/,
    },
  ])("$because", async ({ args, env = {}, says }) => {
    const product = startProduct(args, env);
    expect(await product.exit()).toBe(2);
    expect(product.errors).toEqual([expect.stringMatching(says)]);
  });
});

describe("standard output", () => {
  /** A command of the product, with this as its standard output. */
  async function ended(
    output: number | "pipe",
    args: readonly string[],
    then?: (child: ChildProcess) => Promise<void>,
  ) {
    const env = { ...process.env, KUBECONFIG: inject("operatorKubeconfig"), LISTEN: "127.0.0.1:0" };
    const child = spawn(process.execPath, [...nodeFlags, builtBundle, ...args], {
      env,
      stdio: ["ignore", output, "pipe"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const errors = text(child.stderr as Readable);
    const exited = once(child, "exit") as Promise<[code: number | null, signal: string | null]>;
    await then?.(child);
    const [code, signal] = await exited;
    return { code, signal, errors: await errors };
  }

  test("on a full disk ends the operator with one line and exit code 1", async () => {
    const full = await open("/dev/full", "w");
    onTestFinished(() => full.close());
    expect(await ended(full.fd, ["run", ...alone])).toEqual({
      code: 1,
      signal: null,
      errors: "ontap-iscsi-operator run: standard output cannot be written (ENOSPC)\n",
    });
    expect(await ended(full.fd, ["explain", "--list"])).toEqual({
      code: 1,
      signal: null,
      errors: "standard output cannot be written (ENOSPC)\n",
    });
  });

  test("whose reader is gone ends the operator with one line and exit code 1", async () => {
    const { code, errors } = await ended("pipe", ["run", ...alone], async ({ stdout }) => {
      await once(stdout as Readable, "data");
      stdout?.destroy();
    });
    expect({ code, errors }).toEqual({
      code: 1,
      errors: "ontap-iscsi-operator run: standard output cannot be written (EPIPE)\n",
    });
  });

  test("whose reader has had enough ends a command without a word", async () => {
    const { code, errors } = await ended("pipe", ["explain", "--list"], ({ stdout }) => {
      stdout?.destroy();
      return Promise.resolve();
    });
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
  });

  test("whose reader stalls holds up neither the work nor the end", async () => {
    const folder = await mkdtemp(join(tmpdir(), "stalled-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const fifo = join(folder, "fifo");
    execFileSync("mkfifo", [fifo]);
    // Both ends are ours: it is full, and no process reads it.
    const pipe = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(pipe));
    expect(() => {
      for (;;) writeSync(pipe, "x".repeat(4096));
    }).toThrow("EAGAIN");
    const blocking = openSync(fifo, constants.O_WRONLY);
    onTestFinished(() => closeSync(blocking));
    const place = await aPlace({ cluster, array });
    const startedMs = performance.now();
    const { errors } = await ended(blocking, ["run", ...alone], async (child) => {
      await place.createCredential("quiet", {});
      await place.untilReady("quiet");
      child.kill("SIGTERM");
    });
    expect(errors).toBe("");
    expect(performance.now() - startedMs).toBeLessThan(15_000);
  });
});

describe("an unexpected error ends the process with exit code 1, and tells its place without its words", () => {
  test.each([
    { event: "unhandledRejection", what: "Promise.reject(new Error('canary'))" },
    { event: "uncaughtException", what: "throw new Error('canary')" },
  ])("$event", async ({ event, what }) => {
    const folder = await mkdtemp(join(tmpdir(), "defect-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const defect = join(folder, "defect.mjs");
    await writeFile(defect, `setTimeout(() => { ${what}; }, 2000);`);
    const env = { KUBECONFIG: inject("operatorKubeconfig") };
    const operator = startProduct(["run", ...alone], env, builtBundle, [...nodeFlags, `--import=${defect}`]);
    expect(await operator.exit()).toBe(1);
    expect(operator.errors[0]).toBe(`fatal ${event}: Error`);
    expect(operator.errors[1]).toContain(defect);
    expect([...operator.lines, ...operator.errors].join("\n")).not.toContain("canary");
  });
});
