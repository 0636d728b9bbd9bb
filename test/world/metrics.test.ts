import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import type { Simulator } from "../../src/simulator/start.ts";
import { createKubectl } from "../../tools/controlplane/kubectl.ts";
import { writeKubeconfig } from "../../tools/controlplane/kubeconfig.ts";
import type { Cluster } from "../../tools/harness/cluster.ts";
import { startOperatorProcess, startProduct, type OperatorProcess } from "../../tools/harness/process.ts";
import { scrape, type Scrape } from "../../tools/harness/scrape.ts";
import { aPlace, arrayPassword, chapFrom, connect, eventually, startArray } from "./harness.ts";

/** The pages of the built product, compared with what really happened. */

/** One process after the other, and two beside each other: the fail-over test is about who of them writes. */
const alone = ["--leader-elect=false"];
let cluster: Cluster;
let array: Simulator;
let operator: OperatorProcess;

beforeAll(async () => {
  cluster = await connect(inject("adminKubeconfig"));
  array = await startArray();
  operator = await startOperatorProcess(inject("operatorKubeconfig"), alone);
});
afterAll(async () => {
  await operator.end("SIGTERM");
  await array.stop();
  await cluster.close();
});

/** Waits until the metrics say so; the last word is an expectation of the caller. */
const untilMetrics = (what: string, holds: (seen: Scrape) => boolean): Promise<Scrape> =>
  eventually(async () => {
    const seen = await scrape(operator.url);
    return holds(seen) ? seen : undefined;
  }, what);

async function get(path: string, init?: RequestInit): Promise<string> {
  const answer = await fetch(`${operator.url}${path}`, init);
  return `${answer.status} ${await answer.text()}`;
}

describe("/metrics", () => {
  test("counts what the array was asked, how fast Secrets got there, and drift", async () => {
    const place = await aPlace({ cluster, array }, { resyncInterval: "5s" });
    const connection = `${place.namespace}/array`;
    const calls = (seen: Scrape, verb: string, code = "2xx"): number =>
      seen.sum("ontap_iscsi_array_requests_total", { connection, verb, code });
    const edits = (seen: Scrape): number => seen.sum("ontap_iscsi_secret_propagation_seconds_count", { connection });
    const names = ["one", "two", "three"];
    for (const name of names) {
      await place.createSecret(name, { username: name, password: `password-of-${name}` });
      await place.createCredential(name, chapFrom(name));
    }
    for (const name of names) await place.untilReady(name);

    const created = await untilMetrics(
      "three credentials are applied",
      (seen) => seen.sum("ontap_iscsi_credentials", { connection, ready: "True", reason: "Applied" }) === 3,
    );
    expect(calls(created, "POST")).toBe(3);
    expect(calls(created, "PATCH")).toBe(0);
    expect(edits(created)).toBe(0);
    expect(created.sum("ontap_iscsi_array_request_duration_seconds_count", { connection, verb: "POST" })).toBe(3);

    for (const [index, name] of ["one", "one", "two"].entries()) {
      const stringData = { password: `rotated-${name}-${index}` };
      await cluster.patch("secrets", place.namespace, name, { stringData });
      await untilMetrics(`edit ${index} has arrived`, (seen) => edits(seen) === index + 1);
      expect((await place.stored(name))?.inbound?.password).toBe(stringData.password);
    }
    // A label does not edit a value: nothing is written, and nothing propagates.
    await cluster.patch("secrets", place.namespace, "two", { metadata: { labels: { team: "storage" } } });
    await cluster.patch("iscsicredentials", place.namespace, "three", {
      spec: { authenticationType: "deny", chap: null },
    });
    const rotated = await untilMetrics("the spec edit has arrived", (seen) => calls(seen, "PATCH") === 4);
    expect(edits(rotated)).toBe(3);
    expect(rotated.sum("ontap_iscsi_drift_corrected_total", { connection })).toBe(0);

    const initiator = place.initiator("three");
    await array.sideDoor.act({ do: "put-credential", svm: "svm1", initiator, authenticationType: "none" });
    const drifted = await untilMetrics(
      "the drift is corrected",
      (seen) => seen.sum("ontap_iscsi_drift_corrected_total", { connection }) > 0,
    );
    expect(drifted.sum("ontap_iscsi_drift_corrected_total", { connection })).toBe(1);
    expect(calls(drifted, "PATCH")).toBe(5);
    expect(edits(drifted)).toBe(3);

    // The log tells the same: a line for each decision that changed something, and none for all the quiet passes.
    const told = await eventually(async () => {
      const lines = operator.lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
      const ours = lines.filter(({ credential }) => credential === `${place.namespace}/three`);
      return ours.at(-1)?.["drift"] === true ? ours : undefined;
    }, "the drift is in the log");
    expect(told.map(({ msg, step, verb, changed, drift }) => ({ msg, step, verb, changed, drift }))).toEqual([
      { msg: "written", step: "create", verb: "POST", changed: ["initiator"], drift: false },
      {
        msg: "written",
        step: "change",
        verb: "PATCH",
        changed: ["authentication_type", "chap.inbound.user"],
        drift: false,
      },
      { msg: "written", step: "change", verb: "PATCH", changed: ["authentication_type"], drift: true },
    ]);

    expect(drifted.sum("ontap_iscsi_defects_total")).toBe(0);
    expect(drifted.sum("ontap_iscsi_leader")).toBe(1);
    expect(drifted.sum("ontap_iscsi_kube_requests_total", { verb: "WATCH", code: "2xx" })).toBeGreaterThanOrEqual(5);
    expect(drifted.page).not.toMatch(/password-of|rotated-/);
    expect(drifted.page).not.toContain(arrayPassword);
    for (const name of names) expect(drifted.page).not.toContain(place.initiator(name));
  });

  test("tells ONTAP's own code of a refusal, and the reason that credentials got", async () => {
    const place = await aPlace({ cluster, array });
    const connection = `${place.namespace}/array`;
    await place.createCredential("unserved", { svm: { name: "svm3" } });
    await place.untilReady("unserved", "IscsiServiceMissing");
    const seen = await untilMetrics(
      "the refusal is counted",
      (now) => now.sum("ontap_iscsi_credentials", { connection, ready: "False", reason: "IscsiServiceMissing" }) === 1,
    );
    const refusals = seen
      .seriesOf(connection)
      .filter((line) => line.startsWith("ontap_iscsi_array_requests_total") && !line.includes('code="2xx"'));
    expect(refusals).toEqual([expect.stringMatching(/verb="POST",code="\d{5,}"} [1-9]/)]);
  });

  test("shows an array that is away, and that it is back", async () => {
    const place = await aPlace({ cluster, array });
    const connection = `${place.namespace}/array`;
    await place.createCredential("waiting", {});
    await place.untilReady("waiting");
    await array.sideDoor.act({ do: "refuse-connections" });
    await cluster.patch("iscsicredentials", place.namespace, "waiting", { spec: { authenticationType: "deny" } });
    const down = await untilMetrics(
      "the breaker is open",
      (seen) => seen.sum("ontap_iscsi_connection_session", { connection, state: "down" }) === 1,
    );
    expect(down.sum("ontap_iscsi_connection_session", { connection })).toBe(1);
    await untilMetrics("the connection is not ready", (seen) =>
      seen.seriesOf(connection).some((line) => /^ontap_iscsi_connection_ready\{.*\} 0$/.test(line)),
    );
    await array.sideDoor.act({ do: "accept-connections" });
    const up = await untilMetrics(
      "the breaker is closed",
      (seen) => seen.sum("ontap_iscsi_connection_session", { connection, state: "open" }) === 1,
    );
    expect(up.sum("ontap_iscsi_array_requests_total", { connection, verb: "GET", code: "refused" })).toBeGreaterThan(0);
    await place.untilReady("waiting");
  });

  test("forgets the series of connections that are gone", async () => {
    // Credentials of the places before may still be on their way out; those of this one are looked for by name.
    const seriesOfConnections = ({ page }: Scrape): number =>
      page.split("\n").filter((line) => line.includes("connection=") && !line.startsWith("ontap_iscsi_credentials{"))
        .length;
    await untilMetrics("those of the tests before are gone", (seen) => seriesOfConnections(seen) === 0);
    const places = [
      await aPlace({ cluster, array }),
      await aPlace({ cluster, array }),
      await aPlace({ cluster, array }),
    ];
    for (const place of places) {
      await place.createCredential("used", {});
      await place.untilReady("used");
    }
    await untilMetrics("each connection has series", (seen) =>
      places.every(({ namespace }) => seen.seriesOf(`${namespace}/array`).length > 10),
    );
    for (const { namespace } of places) {
      await cluster.delete("iscsicredentials", namespace, "used");
      await cluster.delete("ontapconnections", namespace, "array");
    }
    const after = await untilMetrics("their series are gone", (seen) =>
      places.every(({ namespace }) => !seen.page.includes(namespace)),
    );
    expect(seriesOfConnections(after)).toBe(0);
  });
});

describe("--metrics-auth", () => {
  test("serves scrapers that may get /metrics, and no others; probes stay open", async () => {
    const kubectl = createKubectl(inject("kubectlPath"), inject("adminKubeconfig"));
    const namespace = "scrapers";
    const serviceAccount = "system:serviceaccount:ontap-iscsi-operator:ontap-iscsi-operator";
    const run = async (...args: readonly string[]): Promise<string> => {
      const { exitCode, stdout, stderr } = await kubectl(args);
      if (exitCode !== 0) throw new Error(stderr);
      return stdout.trim();
    };
    await run("create", "namespace", namespace);
    for (const name of ["prometheus", "stranger"]) await run("create", "serviceaccount", name, "-n", namespace);
    await run("create", "clusterrole", "scrape", "--verb=get", "--non-resource-url=/metrics");
    await run(
      "create",
      "clusterrolebinding",
      "scrape",
      "--clusterrole=scrape",
      `--serviceaccount=${namespace}:prometheus`,
    );
    const guarded = await startOperatorProcess(inject("operatorPod"), [...alone, "--metrics-auth"]);
    onTestFinished(async () => void (await guarded.end("SIGTERM")));
    const statusFor = async (authorization?: string): Promise<number> => {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      return (await fetch(`${guarded.url}/metrics`, { headers })).status;
    };
    const bearer = async (name: string): Promise<string> =>
      `Bearer ${await run("create", "token", name, "-n", namespace)}`;

    // Without the right to ask, nothing is served, and the log says which right is missing.
    expect(await statusFor(await bearer("prometheus"))).toBe(503);
    await guarded.line(/"resource":"tokenreviews"/);
    await run(
      "create",
      "clusterrolebinding",
      "delegator",
      "--clusterrole=system:auth-delegator",
      `--user=${serviceAccount}`,
    );
    onTestFinished(async () => void (await run("delete", "clusterrolebinding", "delegator", "scrape")));
    const granted = await eventually(async () => {
      const status = await statusFor(await bearer("prometheus"));
      return status === 503 ? undefined : status;
    }, "the operator may ask");
    expect(granted).toBe(200);
    expect(await statusFor(await bearer("stranger"))).toBe(403);
    expect(await statusFor("Bearer made-up")).toBe(401);
    expect(await statusFor("Basic YTpi")).toBe(401);
    expect(await statusFor()).toBe(401);
    expect((await fetch(`${guarded.url}/livez`)).status).toBe(200);
    expect((await fetch(`${guarded.url}/readyz`)).status).toBe(200);
    expect(guarded.lines.join("\n")).not.toMatch(/made-up|eyJ/);
  });
});

describe("the probes", () => {
  test("say ok in two letters, or what they looked at", async () => {
    expect(await get("/livez")).toBe("200 ok");
    expect(await get("/readyz")).toBe("200 ok");
    expect(await get("/readyz?verbose")).toBe("200 [+]ping ok\n[+]caches ok\n[+]running ok\nreadyz check passed\n");
    expect(await get("/livez?verbose")).toMatch(/^200 \[\+\]ping ok\n/);
  });

  test("tell a process that is alive from one that could work: no API server", async () => {
    const folder = await mkdtemp(join(tmpdir(), "no-api-server-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const kubeconfig = join(folder, "kubeconfig");
    const access = { url: "https://127.0.0.1:1", caPem: array.caPem, token: "none", namespace: "default" };
    await writeKubeconfig(kubeconfig, access);
    const lonely = startProduct(["run"], { KUBECONFIG: kubeconfig });
    const [, address] = await lonely.line(/"address":"([^"]+)"/);
    expect((await fetch(`http://${address}/livez`)).status).toBe(200);
    const readyz = await fetch(`http://${address}/readyz`);
    expect(readyz.status).toBe(500);
    expect(await readyz.text()).toContain("[-]caches failed: not complete yet");
    expect(await lonely.end("SIGTERM")).toBe(0);
  });

  test("readyz is over as soon as the process is told to stop, livez is not", async () => {
    const place = await aPlace({ cluster, array });
    const stopping = await startOperatorProcess(inject("operatorKubeconfig"), alone);
    await array.sideDoor.addFault({ effect: "hang", when: { method: "POST" } });
    await place.createCredential("hanging", {});
    await eventually(
      // The process of this whole file writes too.
      async () => ((await array.sideDoor.faults()).some(({ struck }) => struck > 1) ? true : undefined),
      "a write of each of the two processes hangs",
    );
    const ended = stopping.end("SIGTERM");
    const readyz = await eventually(async () => {
      const answer = await fetch(`${stopping.url}/readyz`);
      return answer.status === 500 ? answer.text() : undefined;
    }, "it is no longer ready");
    expect(readyz).toContain("[-]running failed: the process stops");
    expect((await fetch(`${stopping.url}/livez`)).status).toBe(200);
    await array.sideDoor.clearFaults();
    expect(await ended).toBe(0);
    await expect(fetch(`${stopping.url}/livez`)).rejects.toThrow("fetch failed");
  });

  test("there is nothing else to ask for", async () => {
    expect(await get("/")).toBe("404 there is /livez, /readyz, /metrics\n");
    expect(await get("/metrics", { method: "POST", body: "x".repeat(1000) })).toBe("405 only GET\n");
    expect(await get("/../etc/passwd")).toMatch(/^404 /);
  });
});

describe("--listen", () => {
  test("an address in use is one line and exit code 2", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const listen = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
    const product = startProduct(["run", "--listen", listen], { KUBECONFIG: inject("operatorKubeconfig") });
    await expect(product.line(/never/)).rejects.toThrow("ended with 2");
    taken.close();
  });

  test("an empty value serves nothing, and a terminal's form of the log tells the same", async () => {
    const args = ["run", ...alone, "--listen", "", "--log-format", "text"];
    const product = startProduct(args, { KUBECONFIG: inject("operatorKubeconfig") });
    await product.line(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}reconciling group=ontap-iscsi\.dev /);
    expect(product.lines.filter((line) => line.includes("serving"))).toEqual([]);
    expect(await product.end("SIGTERM")).toBe(0);
  });
});
