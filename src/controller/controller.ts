import { createAlarm } from "../std/alarm.ts";
import type { Clock } from "../std/clock.ts";
import type { Log } from "../std/log.ts";
import { topFrameOf } from "../std/top-frame.ts";
import type { Backlog, ControllerMeter, PassEnd } from "./meter.ts";
import type { Queue, Taken, Urgency } from "./queue.ts";

/** When a key gets its next pass. A change to anything that is watched is always sooner. */
export type ReconcileResult =
  | { readonly kind: "await-change" }
  | { readonly kind: "requeue-after"; readonly ms: number; readonly urgency: Urgency };

/**
 * One pass over one key: safe to repeat, safe to abandon at any await. It is not told why it runs: what to do follows from
 * what it sees.
 */
export type Reconcile<Key> = (key: Key, signal: AbortSignal) => Promise<ReconcileResult>;

export interface EnqueueOptions {
  /** At once unless given. */
  readonly afterMs?: number;
  /** `change` unless given. */
  readonly urgency?: Urgency;
}

export interface Controller<Key> {
  /** Something about `key` may have changed: it gets a pass. Calls that come before that pass starts merge into one. */
  enqueue(key: Key, options?: EnqueueOptions): void;
  backlog(): Backlog;
  /**
   * Runs passes, never two of one key at once, until `stop` aborts; then waits for those under way, which only
   * `abandon` cuts short.
   */
  run(stop: AbortSignal, abandon: AbortSignal): Promise<void>;
}

export interface ControllerOptions<Key extends string> {
  readonly name: string;
  readonly reconcile: Reconcile<Key>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: ControllerMeter;
  readonly queue: Queue<Key>;
  /**
   * Passes under way at once; a lane that has none may have one beyond. So lanes whose passes all hang, however many, hold
   * up no other.
   */
  readonly workers: number;
}

/** A pass that threw is a bug of ours: tried again, but not in a hurry. */
const afterBugMs = 60_000;

export function createController<Key extends string>(options: ControllerOptions<Key>): Controller<Key> {
  const { name, reconcile, queue, clock, log, meter, workers } = options;
  const passes = new Set<Promise<void>>();
  const alarm = createAlarm(clock);
  /** Undefined until passes may run. A standby's keys wait for nothing of ours: waiting counts from here. */
  let startedMs: number | undefined;

  const sinceStartMs = (): number => (startedMs === undefined ? 0 : clock.monotonic() - startedMs);

  async function pass({ key, urgency, waitedMs }: Taken<Key>, signal: AbortSignal): Promise<void> {
    const begunMs = clock.monotonic();
    const end = await reconcileOnce(key, signal);
    const tookMs = clock.monotonic() - begunMs;
    queue.done(key);
    alarm.ring();
    meter.passed({ urgency, end, waitedMs, tookMs });
    log.debug({ controller: name, key, urgency, end, tookMs: Math.round(tookMs) }, "pass ended");
  }

  async function reconcileOnce(key: Key, signal: AbortSignal): Promise<PassEnd> {
    try {
      const result = await reconcile(key, signal);
      if (result.kind === "await-change") return "settled";
      queue.add(key, clock.monotonic() + result.ms, result.urgency);
      return result.urgency === "retry" ? "retry" : "settled";
    } catch (error) {
      if (signal.aborted) return "abandoned";
      log.error({ controller: name, key, place: topFrameOf(error) }, "pass failed by a bug; trying again in a minute");
      meter.defect("exception");
      queue.add(key, clock.monotonic() + afterBugMs, "retry");
      return "defect";
    }
  }

  function startWhatIsDue(signal: AbortSignal): void {
    for (;;) {
      const taken = queue.take(clock.monotonic(), passes.size < workers ? undefined : 1);
      if (taken === undefined) return;
      const waitedMs = Math.min(taken.waitedMs, sinceStartMs());
      const running = pass({ ...taken, waitedMs }, signal).finally(() => passes.delete(running));
      passes.add(running);
    }
  }

  /** Until something is added, a pass ends, the next key is due, or `signal` aborts. */
  function untilWork(signal: AbortSignal): Promise<void> {
    const dueMs = queue.nextDueMs();
    return alarm.wait(dueMs === undefined ? Infinity : Math.max(0, dueMs - clock.monotonic()), signal);
  }

  return {
    enqueue(key, { afterMs = 0, urgency = "change" } = {}) {
      queue.add(key, clock.monotonic() + afterMs, urgency);
      alarm.ring();
    },
    backlog() {
      const nowMs = clock.monotonic();
      return { depth: queue.depth(nowMs), oldestWaitMs: Math.min(queue.oldestWaitMs(nowMs), sinceStartMs()) };
    },
    async run(stop, abandon) {
      startedMs = clock.monotonic();
      while (!stop.aborted) {
        startWhatIsDue(abandon);
        await untilWork(stop);
      }
      await Promise.allSettled(passes);
    },
  };
}
