import type { KubeFailure, KubeProblem } from "../api/failure.ts";
import { keyOf } from "../api/key.ts";
import { leasesPath } from "../kube/paths.ts";
import { createReflector } from "../kube/reflector.ts";
import type { RawObject } from "../kube/watch-events.ts";
import { createStore, type Change } from "../kube/store.ts";
import type { KubeRequest, KubeTransport } from "../kube/transport.ts";
import { kubeWrites } from "../kube/writes.ts";
import { createAlarm } from "../std/alarm.ts";
import type { Clock } from "../std/clock.ts";
import { startDeadline } from "../std/deadline.ts";
import type { Log } from "../std/log.ts";
import type { Random } from "../std/random.ts";
import type { Result } from "../std/result.ts";
import { decideLease, freeFromMs, type LeaseFacts, type LeaseStep, type LeaseTiming, type Seen } from "./decide.ts";
import { heldLease, newLease, parseLease, releasedLease, type Lease } from "./lease.ts";
import type { Elector } from "./leadership.ts";

export interface ElectorOptions {
  /** Not behind the fence, and with sockets of its own: what others send must not delay a renewal. */
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process: the pod's name and something random. */
  readonly me: string;
  readonly timing: LeaseTiming;
}

/** client-go's JitterFactor: candidates look every 1 to 2.2 retry periods, so that they do not come together. */
const jitter = 1.2;
/** A release that is not answered does no harm: the Lease ends by itself. */
const releaseTimeoutMs = 2000;

/** Leader election as client-go does it, with a watch on the one Lease, so that its release is seen at once. */
export function createElector(options: ElectorOptions): Elector {
  const { transport, clock, random, log, namespace, name, me, timing } = options;
  const key = keyOf({ namespace, name });
  const title = `Lease ${namespace}/${name}`;
  const held = Promise.withResolvers<void>();
  const lost = new AbortController();
  const store = createStore<Lease>(onChange);
  let role: LeaseFacts["role"] | { readonly as: "retired" } = { as: "candidate" };
  let seen: Seen = { state: "unread" };
  let dueMs = 0;
  let problem: KubeProblem | undefined;
  const alarm = createAlarm(clock);

  function onChange({ before, after }: Change<Lease>): void {
    const nowMs = clock.monotonic();
    if (after === undefined) {
      seen = { state: "absent", heldUntilMs: seen.state === "unread" ? nowMs : freeFromMs(seen, me, timing) };
    } else {
      const same = seen.state === "present" && before?.record === after.record;
      seen = { state: "present", lease: after, changedMs: same && seen.state === "present" ? seen.changedMs : nowMs };
      if (before?.holder !== after.holder) log.info({ lease: key, holder: after.holder }, "the Lease's holder");
    }
    advanceDue();
    alarm.ring();
  }

  /** A candidate does not wait for its next look once it knows when the Lease is free. */
  function advanceDue(): void {
    if (role.as === "candidate" && seen.state !== "unread") dueMs = Math.min(dueMs, freeFromMs(seen, me, timing));
  }

  const reflector = createReflector<Lease>({
    name: "leases",
    path: leasesPath(namespace),
    fieldSelector: `metadata.name=${name}`,
    metadataOnly: false,
    parse: parseLease,
    store,
    transport,
    clock,
    random,
    log,
  });

  /** Sends one of the Lease's own requests, and gives up in time for another try before the deadline. */
  async function send(request: KubeRequest, stop: AbortSignal): Promise<Result<unknown, KubeFailure> | undefined> {
    const leftMs = role.as === "leader" ? role.renewedMs + timing.renewDeadlineMs - clock.monotonic() : Infinity;
    using deadline = startDeadline(clock, Math.max(0, Math.min(timing.renewDeadlineMs / 2, leftMs)), stop);
    try {
      return await transport.send(request, deadline.signal);
    } catch (error) {
      if (!deadline.passed()) throw error;
      return undefined;
    }
  }

  async function read(stop: AbortSignal): Promise<void> {
    const path = `${leasesPath(namespace)}/${encodeURIComponent(name)}`;
    const reply = await send({ method: "GET", path }, stop);
    // It stands as it was read, also under an older resourceVersion, as after a restore of etcd.
    if (reply?.ok === true) storeLease(reply.value, (lease) => store.resetTo([lease]));
    else if (reply?.error.problem === "not-found") notThere();
    else return logProblemOnce(reply?.error);
    advanceDue();
  }

  function storeLease(reply: unknown, into: (lease: Lease) => void): void {
    problem = undefined;
    const lease = parseLease(reply as RawObject);
    if (lease !== undefined) into(lease);
  }

  function notThere(): void {
    problem = undefined;
    const before = store.get(key);
    if (before !== undefined) store.remove(key, before.meta.uid);
    else if (seen.state === "unread") seen = { state: "absent", heldUntilMs: clock.monotonic() };
  }

  async function hold(step: Extract<LeaseStep, { do: "create" | "hold" }>, stop: AbortSignal): Promise<void> {
    const sentMs = clock.monotonic();
    const reply = await send(requestOf(step), stop);
    if (reply?.ok === true) {
      const first = role.as === "candidate";
      role = { as: "leader", renewedMs: sentMs };
      storeLease(reply.value, (lease) => store.put(lease));
      if (first) {
        log.info({ lease: key, me, transitions: store.get(key)?.transitions }, "leading");
        held.resolve();
      }
      return;
    }
    const raced = reply?.error.problem === "conflict" || (reply?.error.problem === "not-found" && step.do === "hold");
    if (!raced) return logProblemOnce(reply?.error);
    await read(stop);
    // An answer that was lost has moved the Lease on: it is still ours, and needs its renewal now.
    const moved = step.do === "create" || store.get(key)?.meta.resourceVersion !== step.lease.meta.resourceVersion;
    if (role.as === "leader" && moved) dueMs = clock.monotonic();
  }

  function requestOf(step: Extract<LeaseStep, { do: "create" | "hold" }>): KubeRequest {
    if (step.do === "create") {
      return kubeWrites.leaseCreate(namespace, newLease(namespace, name, me, timing.leaseMs, clock.now()));
    }
    return kubeWrites.leaseUpdate(namespace, name, heldLease(step.lease, me, timing.leaseMs, clock.now()));
  }

  /** Once for each problem, not once for each try. */
  function logProblemOnce(failure: KubeFailure | undefined): void {
    const now = failure?.problem ?? "unreachable";
    if (now === problem) return;
    problem = now;
    const { verb, message } = failure ?? { verb: "GET", message: "no answer in time" };
    log.warn({ lease: key, verb, problem, message }, hints[problem] ?? `${title} cannot be had; trying again`);
  }

  const hints: Readonly<Partial<Record<KubeProblem, string>>> = {
    forbidden: `the ServiceAccount may not use ${title}; apply the Role of deploy/, or name another namespace with --lease-namespace; trying again`,
    "not-found": `${title} cannot be created, as its namespace does not exist; create it, or name another with --lease-namespace; trying again`,
    unreachable:
      "the API server does not answer; see that it runs and that this process may connect to it; trying again",
  };

  async function carryOut(step: Exclude<LeaseStep, { do: "lose" }>, stop: AbortSignal): Promise<void> {
    if (step.do === "wait") return alarm.wait(Math.max(0, step.untilMs - clock.monotonic()), stop);
    dueMs = clock.monotonic() + timing.retryMs * (role.as === "leader" ? 1 : 1 + jitter * random());
    if (step.do === "read") await read(stop);
    else await hold(step, stop);
  }

  function lose(because: string): void {
    if (role.as === "retired") return;
    role = { as: "retired" };
    lost.abort(new Error(`lost ${title}: ${because}; another process may hold it now, so this one ends`));
  }

  async function elect(stop: AbortSignal): Promise<void> {
    while (!stop.aborted && role.as !== "retired") {
      const step = decideLease({ me, role, seen, dueMs, nowMs: clock.monotonic(), timing });
      if (step.do === "lose") lose(step.because);
      else
        await carryOut(step, stop).catch((error: unknown) => {
          if (!stop.aborted) throw error;
        });
    }
  }

  return {
    held: () => role.as === "leader",
    whenHeld: held.promise,
    lost: lost.signal,
    fence() {
      if (role.as === "leader" && clock.monotonic() >= role.renewedMs + timing.renewDeadlineMs) {
        lose("its renewal is overdue");
      }
      lost.signal.throwIfAborted();
      if (role.as !== "leader") throw new Error("a write was about to be sent without the Lease");
    },
    async run(stop) {
      const ended = new AbortController();
      const watching = reflector.run(AbortSignal.any([stop, ended.signal]));
      await elect(stop);
      ended.abort();
      await watching;
    },
    async release() {
      const lease = store.get(key);
      const wasLeader = role.as === "leader";
      role = { as: "retired" };
      if (!wasLeader || lease === undefined) return;
      using deadline = startDeadline(clock, releaseTimeoutMs, new AbortController().signal);
      const request = kubeWrites.leaseUpdate(namespace, name, releasedLease(lease, clock.now()));
      const reply = await transport.send(request, deadline.signal).catch(() => undefined);
      log.info({ lease: key, released: reply?.ok === true }, "gave the Lease back");
    },
  };
}
