import { createChance, createVirtualClock } from "../../model/clock.ts";
import { createModelCluster } from "../../model/kubernetes/cluster.ts";
import { play, type Outcome } from "./play.ts";
import type { Step } from "./steps.ts";
import { watchAll } from "./watching.ts";
import type { WatchEvent } from "../../../src/kube/watch-events.ts";

export interface Played {
  readonly outcomes: readonly Outcome[];
  readonly events: Readonly<Record<string, readonly WatchEvent[]>>;
}

/** A sequence on an API server in memory, of its own. */
export async function playOnModel(namespace: string, steps: readonly Step[]): Promise<Played> {
  const clock = createVirtualClock();
  const cluster = createModelCluster({
    clock,
    chance: createChance(1),
    latencyMs: { from: 0, to: 0 },
    watchLagMs: { from: 0, to: 20 },
  });
  cluster.people.create({ kind: "Namespace", metadata: { name: namespace } });
  const transport = cluster.connect({ name: "fidelity", clock });
  const pumped = async <T>(promise: Promise<T>): Promise<T> => {
    let done = false;
    void promise.then(
      () => (done = true),
      () => (done = true),
    );
    await clock.advanceUntil(() => done, 60_000);
    return promise;
  };
  const watching = await pumped(watchAll(transport));
  const outcomes = await pumped(play(transport, namespace, steps));
  await clock.advance(1000);
  watching.stop();
  return { outcomes, events: watching.events(namespace) };
}
