import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { createManualClock, type ManualClock } from "../../test/harness/manual-clock.ts";
import { iscsiCredentialKind } from "../api/kinds.ts";
import { objectMeta } from "../api/fields.ts";
import type { KubeProblem } from "../api/failure.ts";
import type { ObjectEvent } from "../api/ports.ts";
import { err, ok } from "../std/result.ts";
import { createEventRecorder, type EventRecorder } from "./events.ts";
import type { KubeRequest, KubeTransport } from "./transport.ts";

/** What becomes of an Event that cannot be written now; what stands in one is seen on a real API server (test/world). */

let clock: ManualClock;
let recorder: EventRecorder;
let asked: KubeRequest[];
let dropped: string[];
/** What the API server does; undefined: what it is asked. */
let problem: KubeProblem | undefined;
let busy: boolean;

beforeEach(() => {
  clock = createManualClock();
  [asked, dropped, problem, busy] = [[], [], undefined, false];
  const transport: KubeTransport = {
    async send(request) {
      asked.push(request);
      const { method: verb, path } = request;
      if (problem === undefined) return ok({});
      return err({ kind: "kube", problem, verb, path, httpStatus: undefined, message: "", retryAfterMs: undefined });
    },
    stream: () => Promise.reject(new Error("Events are not watched")),
    close: () => Promise.resolve(),
  };
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const meter = { dropped: (why: string) => void dropped.push(why) };
  recorder = createEventRecorder({ transport, clock, log, meter, instance: "pod", isBusy: () => busy });
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  void recorder.run(stop.signal);
});

const regarding = objectMeta.parse({ name: "node-a", namespace: "databases", uid: "1" });
const tell = (note: string, more: Partial<ObjectEvent> = {}, name = "node-a"): void => {
  const meta = { ...regarding, name, uid: name };
  recorder.emit(iscsiCredentialKind, meta, { type: "Normal", reason: "Applied", action: "POST", note, ...more });
};

async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) await clock.pass(1000);
}

const namesAsked = (): readonly unknown[] =>
  asked.map(({ body }) => (body as { readonly metadata: { readonly name: string } }).metadata.name);

test("it waits for an API server that is away, under one name, and others behind it", async () => {
  problem = "unreachable";
  tell("first");
  tell("second");
  await pass(60);
  expect(new Set(namesAsked()).size).toBe(1);
  problem = undefined;
  asked = [];
  await pass(5);
  expect(namesAsked()).toHaveLength(2);
  expect(dropped).toEqual([]);
});

test("one whose first answer was lost is there already", async () => {
  problem = "unreachable";
  tell("first");
  await pass(1);
  problem = "conflict";
  await pass(5);
  expect(dropped).toEqual([]);
  expect(asked).toHaveLength(2);
});

test.each(["forbidden", "invalid"] as const)("one that is %s is dropped", async (refusal) => {
  problem = refusal;
  tell("first");
  await pass(5);
  expect(asked).toHaveLength(1);
  expect(dropped).toEqual(["refused"]);
});

test("it is dropped when the API server stays away", async () => {
  problem = "unreachable";
  tell("first");
  await pass(400);
  expect(dropped).toEqual(["refused"]);
});

test.each([
  { importance: "news", heldBackSeconds: 2 },
  { importance: "routine", heldBackSeconds: 10 },
] as const)("$importance lets work go first for $heldBackSeconds seconds", async ({ importance, heldBackSeconds }) => {
  busy = true;
  tell("first", { importance });
  await pass(heldBackSeconds - 1);
  expect(asked).toEqual([]);
  await pass(2);
  expect(asked).toHaveLength(1);
});

test("the same again is a series of one Event", async () => {
  tell("again");
  tell("again");
  await pass(2);
  expect(asked.map(({ method }) => method)).toEqual(["POST", "PATCH"]);
  expect(asked[1]?.body).toMatchObject({ series: { count: 2 } });
});

interface Written {
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly regarding: { readonly name: string };
}
const written = (): readonly Written[] => asked.map(({ body }) => body as Written);

describe("of many at once", () => {
  test("a few that are routine are written, and one that says how many there were", async () => {
    for (let index = 0; index < 1000; index += 1) tell(`credential ${index}`, { importance: "routine" }, `c${index}`);
    await pass(70);
    const [last, ...others] = written().toReversed();
    expect(others.length).toBeLessThanOrEqual(25);
    expect(last).toMatchObject({
      reason: "Applied",
      action: "Summarize",
      regarding: { name: "c999" },
      note: `Applied: ${1000 - others.length} IscsiCredentials in namespace databases, without an Event for each; see their conditions. The last one: credential 999`,
    });
    expect(new Set(dropped)).toEqual(new Set(["summarised"]));
    expect(dropped).toHaveLength(1000 - others.length);
  });

  test("routine that goes on for minutes is summed up once a minute, and nothing is counted twice", async () => {
    const all = 600;
    for (let index = 0; index < all; index += 1) {
      tell(`credential ${index}`, { importance: "routine" }, `c${index}`);
      if (index % 2 === 1) await pass(1);
    }
    await pass(10);
    const sums = written().filter(({ action }) => action === "Summarize");
    const counted = sums.map(({ note }) => Number(/: (\d+) IscsiCredential/.exec(note)?.[1]));
    expect(sums.length).toBeLessThanOrEqual(7);
    expect(counted.reduce((sum, count) => sum + count, 0) + written().length - sums.length).toBe(all);
  });

  test("news is written before what is routine, all of it, and not faster than its rate", async () => {
    busy = true;
    for (let index = 0; index < 20; index += 1) tell(`routine ${index}`, { importance: "routine" }, `r${index}`);
    for (let index = 0; index < 300; index += 1) tell(`news ${index}`, { reason: "DriftCorrected" }, `n${index}`);
    await pass(4);
    expect(written().length).toBeGreaterThanOrEqual(100);
    expect(written().length).toBeLessThanOrEqual(100 + 20 * 4);
    await pass(30);
    const reasons = written().map(({ reason }) => reason);
    expect(reasons).toEqual([
      ...Array.from({ length: 300 }, () => "DriftCorrected"),
      ...Array.from({ length: 20 }, () => "Applied"),
    ]);
    expect(dropped).toEqual([]);
  });

  test("news that finds no place is summed up too", async () => {
    problem = "unreachable";
    for (let index = 0; index < 1003; index += 1) tell(`news ${index}`, { reason: "SecretNotFound" }, `n${index}`);
    expect(dropped).toEqual(["full", "full", "full"]);
    await pass(20);
    problem = undefined;
    asked = [];
    await pass(80);
    expect(written()).toHaveLength(1001);
    expect(written().at(-1)?.note).toMatch(/^SecretNotFound: 3 IscsiCredentials in namespace databases/);
  });
});
