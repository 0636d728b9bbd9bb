import { setTimeout as sleep } from "node:timers/promises";
import { hostileKinds, startHostileArray, type HostileKind } from "../tools/harness/hostile-arrays.ts";
import { watchVitals, type Vitals } from "../tools/harness/vitals.ts";
import { createFleet } from "./fleet.ts";
import { settle } from "./progress.ts";
import { arrayLatencyMs, editSteadily } from "./rotation.ts";
import { arrayPassword, onStage, type Stage } from "./stage.ts";
import type { Measured } from "./targets.ts";

/** What hostile arrays cost the process and an honest tenant: each kind alone in a process of its own, then all at once. */

const honestCredentials = 100;
const waitingCredentials = 5;

interface Borne extends Vitals {
  readonly longestEditMs: number;
}

export function measureSurvival(): Promise<Measured> {
  return onStage({ svms: ["svm1"], latencyMs: arrayLatencyMs }, async (stage) => {
    await stage.fleet.createPlace("bench");
    await stage.fleet.createCredentials("bench", honestCredentials);
    const { operator } = await settle(stage, "bench", honestCredentials);
    await operator.end("SIGTERM");
    const none = await bear(stage, []);
    const notes = [noteOf("none", none)];
    for (const kind of hostileKinds) notes.push(noteOf(kind, await bear(stage, [kind])));
    const all = await bear(stage, hostileKinds);
    return {
      figures: {
        "hostile-rss": all.peakRss,
        "hostile-silence": all.longestSilenceMs,
        "hostile-edit": all.longestEditMs,
      },
      notes: [...notes, noteOf(`all ${hostileKinds.length} at once`, all)],
    };
  });
}

/** Namespaces are not deleted without their controller. */
let places = 0;

/** An operator of its own meets arrays of these kinds while every honest Secret is edited once, 20 a second. */
async function bear(stage: Stage, kinds: readonly HostileKind[]): Promise<Borne> {
  await using cleanUp = new AsyncDisposableStack();
  for (const kind of kinds) {
    const { url, caPem } = cleanUp.use(await startHostileArray(kind));
    const namespace = `hostile-${(places += 1)}`;
    const fleet = createFleet(stage.cluster, { url, caPem, password: arrayPassword });
    cleanUp.defer(() => clear(stage, namespace));
    await fleet.createPlace(namespace);
    await fleet.createCredentials(namespace, waitingCredentials);
  }
  const operator = await stage.startOperator();
  cleanUp.defer(async () => void (await operator.end("SIGKILL")));
  const vitals = watchVitals(operator);
  cleanUp.defer(() => vitals.stop());
  await sleep(2000);
  const { delaysMs } = await editSteadily(stage, "bench", honestCredentials);
  const figures = await vitals.figures();
  if (!operator.running()) throw new Error(`the operator ended beside arrays that ${kinds.join(", ")}`);
  return { ...figures, longestEditMs: Math.max(...delaysMs) - arrayLatencyMs };
}

const noteOf = (what: string, { peakRss, longestSilenceMs, longestEditMs }: Borne): string =>
  `hostile array: ${what}: RSS ${peakRss.toFixed(0)} MB at most, /livez silent for ${longestSilenceMs.toFixed(0)} ms at most, an honest edit took ${longestEditMs.toFixed(0)} ms at most`;

/** No operator has to agree: what a hostile array holds is of no interest. */
async function clear({ cluster }: Stage, namespace: string): Promise<void> {
  for (const resource of ["iscsicredentials", "ontapconnections"]) {
    for (const { metadata } of await cluster.list(resource, namespace)) {
      await cluster.patch(resource, namespace, metadata.name, { metadata: { finalizers: null } });
      await cluster.delete(resource, namespace, metadata.name);
    }
  }
  await cluster.delete("secrets", namespace, "login");
}
