import { mkdir, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import type { Simulator } from "../../src/simulator/start.ts";
import type { Cluster } from "../../tools/harness/cluster.ts";
import {
  hostileKinds,
  startHostileArray,
  type HostileArray,
  type HostileKind,
} from "../../tools/harness/hostile-arrays.ts";
import { startOperatorProcess } from "../../tools/harness/process.ts";
import { watchVitals } from "../../tools/harness/vitals.ts";
import { aPlace, conditionOf, connect, eventually, startArray, type Place } from "./harness.ts";

/**
 * One process, with the image's flags and the heap of its pod, and side by side every array that wants to end it, each with
 * credentials that wait for it. One honest tenant edits all the time.
 */

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

/** What a person reads of each, on the connection or on its credentials. */
const told: Readonly<Record<HostileKind, string>> = {
  "never begins TLS": "OntapConnection ConnectTimeout",
  "says nothing": "OntapConnection AnswerTimeout",
  "hangs up": "OntapConnection ConnectionLost",
  "stops after the headers": "OntapConnection AnswerTimeout",
  "stops within the body": "OntapConnection ConnectionLost",
  "sends a byte now and then": "OntapConnection AnswerTimeout",
  "sends headers without end": "OntapConnection AnswerTooLarge",
  "sends interim answers without end": "OntapConnection ConnectionLost",
  "sends a body without end": "OntapConnection AnswerTooLarge",
  "announces a terabyte": "OntapConnection AnswerTooLarge",
  "sends a bomb of gzip": "OntapConnection AnswerUnreadable",
  "sends two megabytes of nothing": "OntapConnection AnswerUnreadable",
  "nests deeply": "OntapConnection AnswerTooLarge",
  "sends a million empty objects": "OntapConnection AnswerTooLarge",
  "counts in numbers of a megabyte": "IscsiCredential SvmNotFound",
  "redirects in a circle": "OntapConnection Redirected",
  "refuses every login": "OntapConnection LoginRefused",
  "asks for a pause of a century": "OntapConnection ResourceBusy",
  "repeats the login in its error": "OntapConnection ServerError",
  "shows pages of SVMs without end": "OntapConnection AnswerTooLarge",
  "shows other SVMs each time": "IscsiCredential SvmNotFound",
  "shows the same page of credentials for ever": "IscsiCredential AnswerTooLarge",
  "answers every other request with an error": "IscsiCredential ServiceUnavailable",
  // These say that they accepted what is declared, to nobody's harm but their tenant's; the next resync tells.
  "shows credentials of another SVM": "IscsiCredential Applied",
  "accepts every write and keeps none": "IscsiCredential Applied",
};

interface Tenant {
  readonly hostile: HostileArray;
  readonly place: Place;
}

async function aTenantOf(kind: HostileKind): Promise<Tenant> {
  const hostile = await startHostileArray(kind);
  onTestFinished(() => hostile[Symbol.asyncDispose]());
  const place = await aPlace(
    { cluster, array },
    { endpoint: hostile.url, tls: { caBundle: hostile.caPem }, limits: { requestTimeout: "2s" } },
  );
  await Promise.all(
    ["one", "two", "three"].map((name) => place.createCredential(name, { authenticationType: "deny" })),
  );
  return { hostile, place };
}

async function saysOf({ place }: Tenant): Promise<string> {
  const connection = conditionOf(await cluster.get("ontapconnections", place.namespace, "array"), "Ready");
  if (connection?.status === "False") return `OntapConnection ${connection.reason}`;
  return `IscsiCredential ${conditionOf(await place.credential("one"), "Ready")?.reason}`;
}

/** Edits one object after the other, each as soon as the array has the edit before, and gives how long each took. */
async function editAllTheTime(place: Place, names: readonly string[], stop: AbortSignal): Promise<readonly number[]> {
  const delaysMs: number[] = [];
  for (let edit = 0; !stop.aborted; edit += 1) {
    const name = names[edit % names.length] ?? "";
    const authenticationType = Math.floor(edit / names.length) % 2 === 0 ? "none" : "deny";
    const startedMs = performance.now();
    await place.edit("iscsicredentials", name, { spec: { authenticationType } });
    await eventually(
      async () => ((await place.stored(name))?.authenticationType === authenticationType ? true : undefined),
      `the array has edit ${edit}`,
    );
    delaysMs.push(performance.now() - startedMs);
  }
  return delaysMs;
}

test("arrays of every hostile kind end nothing, starve nobody, and each is told", { timeout: 120_000 }, async () => {
  const honest = await aPlace({ cluster, array });
  const names = Array.from({ length: 40 }, (_, index) => `honest-${index}`);
  await Promise.all(names.map((name) => honest.createCredential(name, { authenticationType: "deny" })));
  const tenants = await Promise.all(hostileKinds.map(aTenantOf));

  const operator = await startOperatorProcess(inject("operatorKubeconfig"));
  onTestFinished(async () => void (await operator.end("SIGKILL")));
  const vitals = watchVitals(operator);
  onTestFinished(() => vitals.stop());
  for (const name of names) await honest.untilReady(name);

  const enough = new AbortController();
  const editing = editAllTheTime(honest, names, enough.signal);
  for (const tenant of tenants) {
    const { kind } = tenant.hostile;
    await eventually(
      async () => ((await saysOf(tenant)) === told[kind] ? true : undefined),
      `an array that ${kind} is told as ${told[kind]}`,
      30_000,
    );
  }
  // All of them have been met; they go on for a while.
  await sleep(5000);
  enough.abort();
  const delaysMs = await editing;

  expect(operator.running()).toBe(true);
  expect(delaysMs.length).toBeGreaterThan(0);
  // The most pages of one collection, for as many probes as fit into this test.
  const hammered = tenants.filter(({ hostile }) => hostile.asked() > 200 * 30);
  expect(hammered.map(({ hostile }) => hostile.kind)).toEqual([]);
  const { peakRss, longestSilenceMs, asked } = await vitals.figures();
  const figures = {
    arrays: tenants.length,
    peakRssMb: Math.round(peakRss),
    livez: { asked, longestSilenceMs: Math.round(longestSilenceMs) },
    honest: { edits: delaysMs.length, longestMs: Math.round(Math.max(...delaysMs)) },
    requests: Object.fromEntries(tenants.map(({ hostile }) => [hostile.kind, hostile.asked()])),
  };
  await mkdir(new URL(".", figuresPath), { recursive: true });
  await writeFile(figuresPath, `${JSON.stringify(figures, undefined, 2)}\n`);
  process.stdout.write(
    `survival: ${figures.arrays} hostile arrays, RSS ${figures.peakRssMb} MB at most, /livez silent for ${figures.livez.longestSilenceMs} ms at most, an honest edit took ${figures.honest.longestMs} ms at most of ${figures.honest.edits}\n`,
  );
});

const figuresPath = new URL("../../build/survival.json", import.meta.url);
