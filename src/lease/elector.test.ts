import { beforeEach, describe, expect, test } from "vitest";
import { createManualClock, type ManualClock } from "../../test/harness/manual-clock.ts";
import type { KubeFailure, KubeProblem } from "../api/failure.ts";
import type { KubeRequest, KubeTransport } from "../kube/transport.ts";
import { err, ok } from "../std/result.ts";
import { createElector } from "./elector.ts";
import type { Elector } from "./leadership.ts";

/** Electors against an API server in memory, on a clock that moves only when told to. Watches are refused: polls must do. */

interface Spec {
  readonly holderIdentity: string;
  readonly renewTime: string;
  readonly leaseTransitions: number;
}

/** The way of one elector to the API server. */
type Line = "up" | "down" | "answers are lost";

let clock: ManualClock;
let lease: { metadata: Record<string, unknown>; spec: Spec } | undefined;
let version: number;
/** Time that went by while the processes were stopped: no timer has noticed. */
let stoppedMs: number;

beforeEach(() => {
  clock = createManualClock();
  lease = undefined;
  version = 0;
  stoppedMs = 0;
});

const failure = (problem: KubeProblem, { method: verb, path }: KubeRequest): KubeFailure => ({
  kind: "kube",
  verb,
  path,
  problem,
  httpStatus: undefined,
  message: problem,
  retryAfterMs: undefined,
});

function answer(request: KubeRequest) {
  const body = request.body as typeof lease;
  if (request.method === "GET") return lease === undefined ? err(failure("not-found", request)) : ok(lease);
  const raced =
    request.method === "POST"
      ? lease !== undefined
      : lease?.metadata["resourceVersion"] !== body?.metadata["resourceVersion"];
  if (raced || body === undefined) return err(failure("conflict", request));
  store({ ...body });
  return ok(lease);
}

function store(object: NonNullable<typeof lease>): void {
  version += 1;
  lease = { ...object, metadata: { uid: "1", ...object.metadata, resourceVersion: String(version) } };
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

interface Instance {
  readonly elector: Elector;
  readonly stop: AbortController;
  line: Line;
  led: boolean;
}

function start(me: string): Instance {
  const transport: KubeTransport = {
    async send(request, signal) {
      const isList = request.method === "GET" && request.query?.["fieldSelector"] !== undefined;
      if (isList) return err(failure("unavailable", request));
      if (instance.line === "down") return untilAborted(signal);
      const reply = answer(request);
      return instance.line === "answers are lost" ? err(failure("unreachable", request)) : structuredClone(reply);
    },
    stream: async (request) => err(failure("unavailable", request)),
    close: async () => undefined,
  };
  const stoppable = { ...clock, monotonic: () => clock.monotonic() + stoppedMs };
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const timing = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 };
  const elector = createElector({
    transport,
    clock: stoppable,
    random: () => 0,
    log,
    namespace: "ns",
    name: "lease",
    me,
    timing,
  });
  const instance: Instance = { elector, stop: new AbortController(), line: "up", led: false };
  void elector.whenHeld.then(() => (instance.led = true));
  void elector.run(instance.stop.signal);
  return instance;
}

/** Lets seconds go by, in steps that no timer is late for. */
async function pass(seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left -= 0.25) await clock.pass(250);
}

const holder = (): string | undefined => lease?.spec.holderIdentity;
const maySend = ({ elector }: Instance): boolean => {
  try {
    elector.fence();
    return true;
  } catch {
    return false;
  }
};

test("the first leads at once and renews; the second waits, and its clock of others' times does not matter", async () => {
  const first = start("first");
  await pass(0.5);
  expect([first.led, holder(), lease?.spec.leaseTransitions]).toEqual([true, "first", 0]);
  const second = start("second");
  await pass(60);
  expect([first.elector.held(), second.elector.held(), maySend(second)]).toEqual([true, false, false]);
  expect(maySend(first)).toBe(true);
});

test("a leader without answers sends nothing after ten seconds, and the next one leads when its time is over", async () => {
  const first = start("first");
  await pass(4);
  const second = start("second");
  await pass(4);
  first.line = "down";
  await pass(8);
  expect([first.elector.held(), second.led]).toEqual([true, false]);
  await pass(2);
  expect([first.elector.held(), maySend(first), first.elector.lost.aborted, second.led]).toEqual([
    false,
    false,
    true,
    false,
  ]);
  expect((first.elector.lost.reason as Error).message).toMatch(
    /^lost Lease ns\/lease: it could not be renewed for 10 s/,
  );
  await pass(5);
  expect([second.led, holder(), lease?.spec.leaseTransitions]).toEqual([true, "second", 1]);
});

test("after a restore of etcd the next one leads when its time is over, although the Lease is older than what it knew", async () => {
  const first = start("first");
  await pass(2);
  const snapshot = structuredClone({ lease, version });
  const second = start("second");
  await pass(60);
  first.line = "down";
  ({ lease, version } = structuredClone(snapshot));
  await pass(20);
  expect([first.elector.held(), second.led, holder()]).toEqual([false, true, "second"]);
});

test("a leader goes on after a restore of etcd that shows it as the holder", async () => {
  const first = start("first");
  await pass(2);
  const snapshot = structuredClone({ lease, version });
  await pass(60);
  ({ lease, version } = structuredClone(snapshot));
  await pass(30);
  expect([first.elector.held(), maySend(first), holder()]).toEqual([true, true, "first"]);
});

test("a process that was stopped may not write when it goes on, before any timer of its own has run", async () => {
  const first = start("first");
  await pass(4);
  expect(maySend(first)).toBe(true);
  stoppedMs = 60_000;
  expect([maySend(first), first.elector.lost.aborted]).toEqual([false, true]);
});

test("renewals whose answers are lost are found to have arrived", async () => {
  const first = start("first");
  await pass(2.5);
  first.line = "answers are lost";
  await pass(5);
  first.line = "up";
  await pass(30);
  expect([first.elector.held(), holder()]).toEqual([true, "first"]);
});

test("given back, it is led by the next one at its next look; labels and annotations of others stay", async () => {
  const first = start("first");
  await pass(1);
  if (lease !== undefined) store({ ...lease, metadata: { ...lease.metadata, labels: { team: "storage" } } });
  await pass(3);
  const second = start("second");
  await pass(3);
  await first.elector.release();
  expect([holder(), maySend(first)]).toEqual(["", false]);
  await pass(2.5);
  expect([second.led, holder(), lease?.metadata["labels"]]).toEqual([true, "second", { team: "storage" }]);
});

describe("a Lease that another client", () => {
  test("deleted is made again by its leader, and no candidate is faster", async () => {
    const first = start("first");
    const second = start("second");
    await pass(5);
    lease = undefined;
    await pass(30);
    expect([first.elector.held(), second.led, holder()]).toEqual([true, false, "first"]);
  });

  test("gave to another ends the leader at its next renewal", async () => {
    const first = start("first");
    await pass(1);
    if (lease !== undefined) store({ ...lease, spec: { ...lease.spec, holderIdentity: "other" } });
    await pass(3);
    expect([maySend(first), (first.elector.lost.reason as Error).message]).toEqual([
      false,
      expect.stringContaining("it is held by other"),
    ]);
  });

  test("labels again and again does not prolong the time of a dead leader", async () => {
    const first = start("first");
    await pass(2);
    const second = start("second");
    await pass(2);
    first.line = "down";
    for (let second = 0; second < 20; second += 1) {
      await pass(1);
      if (lease !== undefined && holder() === "first") store({ ...lease, metadata: { ...lease.metadata, n: second } });
    }
    expect(second.led).toBe(true);
  });
});
