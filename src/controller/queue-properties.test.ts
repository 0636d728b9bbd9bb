import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createQueue, urgencies, type Queue, type Urgency } from "./queue.ts";

/** Whatever is added, taken, finished and moved between lanes, in whatever order: what the queue promises holds. */

type Step =
  | { readonly do: "add"; readonly key: string; readonly afterMs: number; readonly urgency: Urgency }
  /** As when a credential is edited to name another connection: the lane is another one, and then it is looked at. */
  | { readonly do: "move"; readonly key: string; readonly lane: string }
  /** Of lanes that have fewer than `most` under way. */
  | { readonly do: "take"; readonly most: number | undefined }
  /** Ends the pass that has been under way for so many others. */
  | { readonly do: "done"; readonly nth: number }
  | { readonly do: "pass"; readonly ms: number };

const key = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
const lane = fc.constantFrom("x", "y", "z");
const urgency = fc.constantFrom(...urgencies);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("add"), key, afterMs: fc.nat(6), urgency }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("move"), key, lane }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("take"), most: fc.constantFrom(undefined, 1, 2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("done"), nth: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pass"), ms: fc.nat(4) }) },
);
const steps = fc.array(step, { maxLength: 80 });
const lanes = fc.record({ a: lane, b: lane, c: lane, d: lane, e: lane, f: lane, g: lane, h: lane });
const laneLimit = fc.constantFrom(1, 2, Infinity);

const rank = (of: Urgency): number => urgencies.indexOf(of);

interface Wanted {
  dueMs: number;
  urgency: Urgency;
}

type Candidate = Readonly<Wanted> & { readonly key: string };

/** What is wanted and what runs, as two lists: it says what may be taken, and does not choose. */
function createLedger(laneOf: (key: string) => string, limit: number) {
  const wanted = new Map<string, Wanted>();
  const underway = new Map<string, string>();
  /** How often other lanes had their turn while this lane waited for its own in this urgency. */
  const overtaken = new Map<string, Map<string, number>>();
  const load = (lane: string): number => [...underway.values()].filter((other) => other === lane).length;
  const dueBy = (nowMs: number): readonly Candidate[] =>
    [...wanted]
      .filter(([key, { dueMs }]) => dueMs <= nowMs && !underway.has(key))
      .map(([key, entry]) => ({ key, ...entry }));
  const takeable = (nowMs: number, most = limit) =>
    dueBy(nowMs).filter(({ key }) => load(laneOf(key)) < Math.min(most, limit));

  return {
    wanted,
    underway,
    dueBy,
    takeable,
    add(key: string, entry: Wanted): void {
      const before = wanted.get(key) ?? entry;
      wanted.set(key, {
        dueMs: Math.min(before.dueMs, entry.dueMs),
        urgency: rank(entry.urgency) < rank(before.urgency) ? entry.urgency : before.urgency,
      });
    },
    take(key: string, urgency: Urgency, candidates: readonly Candidate[]): void {
      const turn = laneOf(key);
      const waiting = candidates.filter((other) => other.urgency === urgency && laneOf(other.key) !== turn);
      for (const line of new Set(waiting.map((other) => `${urgency} ${laneOf(other.key)}`))) {
        const turns = overtaken.get(line) ?? new Map<string, number>();
        overtaken.set(line, turns.set(turn, (turns.get(turn) ?? 0) + 1));
        expect(turns.get(turn), `${turn} has a second turn while ${line} waits`).toBe(1);
      }
      overtaken.delete(`${urgency} ${turn}`);
      wanted.delete(key);
      underway.set(key, turn);
      expect(load(turn)).toBeLessThanOrEqual(limit);
    },
    /** A lane that has nothing to wait for does not keep its place. */
    forgetIdleLines(nowMs: number): void {
      const lines = new Set(dueBy(nowMs).map(({ key, urgency }) => `${urgency} ${laneOf(key)}`));
      for (const line of overtaken.keys()) if (!lines.has(line)) overtaken.delete(line);
    },
  };
}

function takeFrom(
  queue: Queue<string>,
  ledger: ReturnType<typeof createLedger>,
  nowMs: number,
  most?: number,
): string | undefined {
  const candidates = ledger.takeable(nowMs, most);
  const taken = queue.take(nowMs, most);
  expect(taken === undefined, "something is given out exactly if something may be").toBe(candidates.length === 0);
  if (taken === undefined) return undefined;
  expect(ledger.underway.has(taken.key), "a second pass of one key").toBe(false);
  const entry = candidates.find(({ key }) => key === taken.key);
  expect(taken).toEqual({ key: taken.key, urgency: entry?.urgency, waitedMs: nowMs - (entry?.dueMs ?? NaN) });
  const mostUrgent = Math.min(...candidates.map(({ urgency }) => rank(urgency)));
  expect(rank(taken.urgency), "nothing more urgent waits").toBe(mostUrgent);
  ledger.take(taken.key, taken.urgency, candidates);
  return taken.key;
}

test("what the queue promises holds for whatever happens to it", () => {
  fc.assert(
    fc.property(steps, lanes, laneLimit, (happening, lanesAtFirst, limit) => {
      const laneNow = new Map<string, string>(Object.entries(lanesAtFirst));
      const laneOf = (key: string): string => laneNow.get(key) ?? "";
      const queue = createQueue<string>({ laneOf, laneLimit: limit });
      const ledger = createLedger(laneOf, limit);
      let nowMs = 0;

      const add = (key: string, entry: Wanted): void => {
        ledger.add(key, entry);
        queue.add(key, entry.dueMs, entry.urgency);
      };
      const done = (key: string): void => {
        ledger.underway.delete(key);
        queue.done(key);
      };
      const happen = (step: Step): void => {
        switch (step.do) {
          case "add":
            return add(step.key, { dueMs: nowMs + step.afterMs, urgency: step.urgency });
          case "move":
            laneNow.set(step.key, step.lane);
            return add(step.key, { dueMs: nowMs, urgency: "change" });
          case "take":
            return void takeFrom(queue, ledger, nowMs, step.most);
          case "done": {
            const key = [...ledger.underway.keys()][step.nth];
            return key === undefined ? undefined : done(key);
          }
          case "pass":
            nowMs += step.ms;
        }
      };

      for (const step of happening) {
        happen(step);
        const dueNow = ledger.dueBy(nowMs);
        expect(queue.depth(nowMs)).toBe(dueNow.length);
        expect(queue.oldestWaitMs(nowMs)).toBe(Math.max(0, ...dueNow.map(({ dueMs }) => nowMs - dueMs)));
        const later = [...ledger.wanted].filter(([key, { dueMs }]) => dueMs > nowMs && !ledger.underway.has(key));
        expect(queue.nextDueMs() ?? Infinity).toBe(Math.min(Infinity, ...later.map(([, { dueMs }]) => dueMs)));
        ledger.forgetIdleLines(nowMs);
      }

      nowMs += 100;
      for (const key of ledger.underway.keys()) done(key);
      const owed = new Set(ledger.wanted.keys());
      const given: string[] = [];
      for (let key = takeFrom(queue, ledger, nowMs); key !== undefined; key = takeFrom(queue, ledger, nowMs)) {
        given.push(key);
        done(key);
      }
      expect(given.toSorted(), "each that was added since its last pass is given out once").toEqual(
        [...owed].toSorted(),
      );
    }),
    { numRuns: 1000 },
  );
});
