import { beforeEach, expect, onTestFinished, test } from "vitest";
import { createManualClock, type ManualClock } from "../../test/harness/manual-clock.ts";
import { iscsiCredentialKind } from "../api/kinds.ts";
import { objectMeta } from "../api/fields.ts";
import type { KubeProblem } from "../api/failure.ts";
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
const tell = (note: string): void =>
  recorder.emit(iscsiCredentialKind, regarding, { type: "Normal", reason: "Applied", action: "POST", note });

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

test("it lets work go first, for a while", async () => {
  busy = true;
  tell("first");
  await pass(9);
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
