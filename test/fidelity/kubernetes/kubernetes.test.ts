import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { loadClusterAccess } from "../../../src/kube/access.ts";
import { createKubeTransport, type KubeTransport } from "../../../src/kube/transport.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { eventually } from "../../../tools/harness/cluster.ts";
import { createChance } from "../../model/clock.ts";
import { runSequences, type Side } from "../sequences.ts";
import { createNormaliser, plainOutcome } from "./normalise.ts";
import { playOnModel, type Played } from "./on-model.ts";
import { asker, play } from "./play.ts";
import { drawSteps, type Step } from "./steps.ts";
import { watchAll, type Watching } from "./watching.ts";

/**
 * The in-memory API server against the real one: the same random sequences of all that the operator and the people around it
 * ask for, and the same answers, objects and watch events in the same order. What is tested on the model is worth what
 * this test is.
 */
const sequences = Number(process.env["FIDELITY_SEQUENCES"] ?? 2000);
const seed = Number(process.env["FIDELITY_SEED"] ?? 1);
const atOnce = 16;

let transport: KubeTransport;
let watching: Watching;

beforeAll(async () => {
  transport = createKubeTransport(await loadClusterAccess({ KUBECONFIG: inject("adminKubeconfig") }), systemClock);
  // The storage of a new kind is made at its first request.
  watching = await eventually(() => watchAll(transport).catch(() => undefined), "all kinds can be watched");
});
afterAll(async () => {
  watching.stop();
  await transport.close();
});

let namespaces = 0;

const real: Side<Step> = async (steps, wanted) => {
  const namespace = `fidelity-${++namespaces}`;
  const ask = asker(transport);
  const created = await ask({ method: "POST", path: "/api/v1/namespaces", body: { metadata: { name: namespace } } });
  if (!created.ok) throw new Error(created.error.message);
  const outcomes = await play(transport, namespace, steps);
  const comparableNow = (): unknown => comparable(namespace, { outcomes, events: watching.events(namespace) });
  const asWanted = async (): Promise<unknown> => {
    const now = comparableNow();
    return JSON.stringify(now) === JSON.stringify(wanted) ? now : undefined;
  };
  // Events come a little later than answers.
  return eventually(asWanted, "the events of the model", 2000).catch(comparableNow);
};

const model: Side<Step> = async (steps) => comparable("in-memory", await playOnModel("in-memory", steps));

function comparable(namespace: string, { outcomes, events }: Played): unknown {
  const normal = createNormaliser(namespace);
  const answers = outcomes.map((outcome) => normal(plainOutcome(outcome)));
  const kinds = Object.keys(events).toSorted();
  return { answers, events: kinds.map((kind) => [kind, normal(events[kind])]) };
}

test(`${sequences} random sequences`, { timeout: 300_000 }, async () => {
  const chance = createChance(seed);
  const drawn = Array.from({ length: sequences }, () => drawSteps(chance, 10));
  expect((await runSequences(drawn, { model, real }, atOnce)).join("\n\n")).toBe("");
});
