import { describe, expect, test } from "vitest";
import { createManualClock } from "../../test/harness/manual-clock.ts";
import { parseOntapConnection, type OntapConnection } from "../api/parse.ts";
import { createProbeCuts } from "./probe-cut.ts";

function aConnection(metadata: object = {}): OntapConnection {
  const meta = { name: "prod", namespace: "storage", uid: "1", generation: 1, ...metadata };
  const parsed = parseOntapConnection({ metadata: meta, spec: {} });
  if (parsed === undefined) throw new Error("the connection does not parse");
  return parsed;
}

const { key } = aConnection();

describe("a probe under way", () => {
  test.each([
    { because: "the object goes", now: undefined, cutBy: "change" },
    { because: "its spec is edited", now: aConnection({ generation: 2 }), cutBy: "change" },
    { because: "another object has its name", now: aConnection({ uid: "2" }), cutBy: "change" },
    { because: "its status is written", now: aConnection({ resourceVersion: "7" }), cutBy: undefined },
  ])("is cut by $cutBy when $because", ({ now, cutBy }) => {
    const cuts = createProbeCuts(createManualClock());
    using probe = cuts.begin(aConnection(), 60_000, new AbortController().signal);
    cuts.changed(key, now);
    expect([probe.cutBy(), probe.signal.aborted]).toEqual([cutBy, cutBy !== undefined]);
  });

  test("is cut when its time is up", async () => {
    const clock = createManualClock();
    using probe = createProbeCuts(clock).begin(aConnection(), 60_000, new AbortController().signal);
    await clock.pass(59_999);
    expect(probe.signal.aborted).toBe(false);
    await clock.pass(1);
    expect([probe.cutBy(), probe.signal.aborted]).toEqual(["deadline", true]);
  });

  test("ends with its pass, which is no cut", () => {
    const pass = new AbortController();
    using probe = createProbeCuts(createManualClock()).begin(aConnection(), 60_000, pass.signal);
    pass.abort();
    expect([probe.cutBy(), probe.signal.aborted]).toEqual([undefined, true]);
  });

  test("that has ended is not cut by a later change, and leaves no timer", () => {
    const clock = createManualClock();
    const cuts = createProbeCuts(clock);
    const probe = cuts.begin(aConnection(), 60_000, new AbortController().signal);
    probe[Symbol.dispose]();
    cuts.changed(key, undefined);
    expect([probe.cutBy(), clock.sleepers()]).toEqual([undefined, 0]);
  });
});
