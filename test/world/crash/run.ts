import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Cluster } from "../../../tools/harness/cluster.ts";
import { aPlace, startArray, startOperator, type Place, type RunningOperator } from "../harness.ts";
import { alike, endStateOf, eventsOf, timeless, type EndState } from "./end-state.ts";
import { createLife, withinNamespace, type CrashPoint, type Life } from "./life.ts";
import type { Scenario } from "./scenarios.ts";

/** A scenario, played to its end. */
export interface Run {
  /** What the operator's first process called after `given`, in order. */
  readonly calls: readonly string[];
  /** Whether the crash point was reached. */
  readonly crashed: boolean;
  readonly end: EndState;
  readonly events: readonly string[];
  /** What changed the array after `given`, as the array logged it. */
  readonly arrayWrites: readonly string[];
  /** What changed objects of ours after `given`, with what was sent. */
  readonly kubeWrites: readonly string[];
}

/** A connection counts its credentials a second after they changed; nothing that is due comes later than that. */
const quietMs = 1500;
const convergesWithinMs = 15_000;

/**
 * Plays a scenario in a world of its own: an array, a namespace, and an operator that sees no other. One that is
 * stopped is started again at once, with nothing but what the world holds. With `expected`, waits until the world
 * ends as it did there; anyone who compares says what differs.
 */
export async function run(scenario: Scenario, cluster: Cluster, crash?: CrashPoint, expected?: EndState): Promise<Run> {
  const array = await startArray();
  const place = await aPlace({ cluster, array });
  const [first, second] = [createLife(), createLife()];
  let operator: RunningOperator | undefined;
  try {
    if (scenario.given === undefined) first.arm(crash);
    operator = await startOperatorIn(place, first);
    if (scenario.given !== undefined) {
      await scenario.given(place);
      await quiet(first);
      first.arm(crash);
    }
    await array.sideDoor.forgetRequests();
    second.arm(undefined);
    const restart = async (): Promise<void> => {
      await first.ended;
      await operator?.abandon();
      operator = await startOperatorIn(place, second);
    };
    const restarted = restart();
    await scenario.when(place);
    await quiet(first);
    const crashed = first.hasEnded();
    if (crashed) await restarted;
    const end = await endOf(place, expected);
    if (crashed) await quiet(second);
    const accepted = [...first.accepted, ...second.accepted].filter(({ path }) => !path.includes("/events"));
    return {
      calls: first.begun,
      crashed,
      end,
      events: await eventsOf(place),
      arrayWrites: await arrayWritesIn(place),
      kubeWrites: accepted.map(({ path, body }) => alike(JSON.stringify([path, timeless(body)]), place)),
    };
  } finally {
    await operator?.abandon();
    await clear(place);
    await array.stop();
  }
}

/** With the least of chance: retries come soon, and a restarted operator looks at everything at once. */
const startOperatorIn = ({ namespace }: Place, life: Life): Promise<RunningOperator> =>
  startOperator({
    kube: (real) => life.kube(withinNamespace(real, namespace)),
    openTransport: (real) => life.openTransport(real),
    random: () => 0,
  });

async function quiet(life: Life): Promise<void> {
  const leftMs = (): number => life.lastWriteMs() + quietMs - performance.now();
  while (leftMs() > 0) await sleep(leftMs());
}

async function endOf(place: Place, expected: EndState | undefined): Promise<EndState> {
  const deadlineMs = performance.now() + convergesWithinMs;
  for (;;) {
    const end = await endStateOf(place);
    const settled = expected === undefined || isDeepStrictEqual(end, expected);
    if (settled || performance.now() > deadlineMs) return end;
    await sleep(50);
  }
}

async function arrayWritesIn(place: Place): Promise<readonly string[]> {
  const requests = await place.array.sideDoor.requests();
  return requests
    .filter(({ method }) => method !== "GET")
    .map(({ method, path, query }) => alike(`${method} ${decodeURIComponent(path)} ${query}`, place));
}

/** No one is left to take finalizers off. */
async function clear({ cluster, namespace }: Place): Promise<void> {
  for (const resource of ["iscsicredentials", "ontapconnections"]) {
    for (const { metadata } of await cluster.list(resource, namespace)) {
      await cluster.patch(resource, namespace, metadata.name, { metadata: { finalizers: null } });
      const left = await cluster.get(resource, namespace, metadata.name);
      if (left !== undefined) await cluster.delete(resource, namespace, metadata.name);
    }
  }
}
