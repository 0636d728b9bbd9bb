import { mkdir, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { kubeWrites } from "../../../src/kube/writes.ts";
import type { Cluster } from "../../../tools/harness/cluster.ts";
import { connect } from "../harness.ts";
import { everyCall, isCutElsewhere, kubeCalls } from "./calls.ts";
import { differencesOf } from "./judge.ts";
import { boundaries, type CrashPoint } from "./life.ts";
import { run, type Run } from "./run.ts";
import { scenarios, type Scenario } from "./scenarios.ts";

/**
 * Stops the operator before, in and after every call that changes something, in every scenario, and starts it again:
 * the world ends as it does without the crash.
 */

interface Played {
  readonly scenario: string;
  readonly point: CrashPoint;
  /** Whether the process came to the point; how often a connection's status is written is a matter of timing. */
  readonly crashed: boolean;
  readonly differences: readonly string[];
}

/** Cases that are played beside each other; most of the time they wait. */
const atOnce = 16;
const summaryPath = new URL("../../../build/crash-matrix.json", import.meta.url);

let cluster: Cluster;
const played: Played[] = [];

beforeAll(async () => {
  cluster = await connect(inject("adminKubeconfig"));
});

afterAll(async () => {
  await cluster.close();
  const summary = summaryOf(played);
  await mkdir(new URL(".", summaryPath), { recursive: true });
  await writeFile(summaryPath, `${JSON.stringify(summary, undefined, 2)}\n`);
  process.stdout.write(`crash matrix: ${summary.run} run, ${summary.differing} differing\n`);
});

describe("stopped around any call and started again, it ends where it would have ended", () => {
  test.each(scenarios)("$name", { timeout: 120_000 }, async (scenario) => {
    const uncut = await run(scenario, cluster);
    const cases = await inParallel(pointsOf(uncut), (point) => play(scenario, point, uncut));
    played.push(...cases);
    expect(cases.filter(({ differences }) => differences.length > 0)).toEqual([]);
    const reached = cases
      .filter(({ crashed }) => crashed)
      .map(({ point: { call, boundary } }) => `${call}: ${boundary}`);
    for (const call of uncut.calls) {
      expect(reached).toEqual(expect.arrayContaining(boundaries.map((boundary) => `${call}: ${boundary}`)));
    }
  });

  test("every call of the code's own lists was among them", () => {
    expect(Object.keys(kubeCalls)).toEqual(Object.keys(kubeWrites).filter((write) => !isCutElsewhere(write)));
    const cut = new Set(played.filter(({ crashed }) => crashed).map(({ point }) => point.call));
    expect([...cut].toSorted()).toEqual(everyCall.toSorted());
  });
});

function pointsOf({ calls }: Run): readonly CrashPoint[] {
  return calls.flatMap((call, index) => {
    const occurrence = calls.slice(0, index + 1).filter((other) => other === call).length;
    return boundaries.map((boundary) => ({ call, occurrence, boundary }));
  });
}

async function play(scenario: Scenario, point: CrashPoint, uncut: Run): Promise<Played> {
  const about = { scenario: scenario.name, point };
  try {
    const cut = await run(scenario, cluster, point, uncut.end);
    return { ...about, crashed: cut.crashed, differences: differencesOf(cut, uncut) };
  } catch (error) {
    return { ...about, crashed: true, differences: [`it came to no end: ${String(error)}`] };
  }
}

async function inParallel<Item, R>(items: readonly Item[], work: (item: Item) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

function summaryOf(cases: readonly Played[]) {
  const crashes = cases.filter(({ crashed }) => crashed);
  const countIn = (some: readonly Played[]) => ({
    run: some.length,
    differing: some.filter(({ differences }) => differences.length > 0).length,
  });
  return {
    ...countIn(crashes),
    notReached: cases.length - crashes.length,
    calls: everyCall.map((call) => ({
      call,
      ...Object.fromEntries(
        scenarios.map(({ name }) => [
          name,
          countIn(crashes.filter(({ scenario, point }) => scenario === name && point.call === call)),
        ]),
      ),
    })),
  };
}
