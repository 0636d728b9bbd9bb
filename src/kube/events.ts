import { groupVersion, type Kind } from "../api/kinds.ts";
import type { KubeProblem } from "../api/failure.ts";
import type { ObjectMeta } from "../api/fields.ts";
import type { ObjectEvent } from "../api/ports.ts";
import { createAlarm } from "../std/alarm.ts";
import type { Clock } from "../std/clock.ts";
import type { Log } from "../std/log.ts";
import { createTokenBucket, type Rate } from "../std/token-bucket.ts";
import type { EventMeter } from "./meter.ts";
import type { KubeTransport } from "./transport.ts";
import { kubeWrites, microTime } from "./writes.ts";

/**
 * Writes events.k8s.io/v1. Best effort: nothing waits for an Event. Each costs the API server as much as the work that it
 * reports, so while there is work Events wait for it for a while; news goes before routine, and routine beyond a rate is not
 * written one by one, but as one Event that says how many there were. What is not written is counted.
 */
export interface EventRecorder {
  emit(kind: Kind, regarding: ObjectMeta, event: ObjectEvent): void;
  /** Writes what was emitted, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface EventRecorderOptions {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: EventMeter;
  /** The pod's name. */
  readonly instance: string;
  /** Whether there is work that should not be held up. */
  readonly isBusy: () => boolean;
}

/** The same Event within this time becomes a series of one Event, as client-go's recorder does it. */
const seriesMs = 6 * 60_000;
/** The API's bound on `note`. */
const longestNote = 1024;
/** Work holds an Event back for so long. */
const longestDelayMs = { news: 2000, routine: 10_000 } as const;
const busyLookMs = 100;
/** So long it is kept when the API server is away, and tried again. */
const longestOutageMs = 5 * 60_000;
const againMs = 2000;
/** News beyond its rate waits; routine beyond its rate is summed up. */
const newsRate: Rate = { burst: 100, perSecond: 20 };
const routineRate: Rate = { burst: 25, perSecond: 0.5 };
/** More news than that waiting means that the API server does not keep up; the newest is summed up. */
const mostWaiting = 1000;
/** A sum is written when nothing was added to it for a while, and in a long burst once a minute. */
const summary = { quietMs: 3000, longestMs: 60_000 } as const;

interface Waiting {
  readonly kind: Kind;
  readonly regarding: ObjectMeta;
  readonly event: ObjectEvent;
  /** Of the Event, the same in every try. */
  readonly name: string;
  readonly atMs: number;
  /** The same instant on the monotonic clock. */
  readonly sinceMs: number;
}

interface Series {
  readonly name: string;
  readonly untilMs: number;
  count: number;
}

/** Events of one kind, namespace and reason that were not written one by one. */
interface Sum {
  readonly firstMs: number;
  lastMs: number;
  count: number;
  /** The object that the sum is written for: the last one. */
  last: Pick<Waiting, "kind" | "regarding" | "event">;
}

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { transport, clock, log, meter, instance, isBusy } = options;
  const news: Waiting[] = [];
  const routine: Waiting[] = [];
  const sums = new Map<string, Sum>();
  const series = new Map<string, Series>();
  const newsTokens = createTokenBucket(clock, newsRate);
  const routineTokens = createTokenBucket(clock, routineRate);
  const alarm = createAlarm(clock);
  let serial = 0;

  /** Safe to repeat. Gives why it was not written, if it was not. */
  async function write(
    { kind, regarding, event, atMs, name }: Waiting,
    signal: AbortSignal,
  ): Promise<KubeProblem | undefined> {
    forgetOldSeries();
    const { namespace } = regarding;
    const identity = JSON.stringify([kind.kind, regarding.uid, event]);
    const known = series.get(identity);
    if (known !== undefined) {
      const patch = kubeWrites.eventSeries(namespace, known.name, known.count + 1, microTime(atMs));
      const patched = await transport.send(patch, signal);
      if (patched.ok) known.count += 1;
      // A series whose Event was deleted begins again.
      if (patched.ok || patched.error.problem !== "not-found") return patched.ok ? undefined : patched.error.problem;
      series.delete(identity);
    }
    const body = bodyOf(kind, regarding, event, name, atMs);
    const created = await transport.send(kubeWrites.event(namespace, body), signal);
    // It is there already if the answer to an earlier try was lost.
    if (created.ok || created.error.problem === "conflict") {
      series.set(identity, { name, untilMs: clock.monotonic() + seriesMs, count: 1 });
      return undefined;
    }
    return created.error.problem;
  }

  /** They end in the order in which they began. */
  function forgetOldSeries(): void {
    for (const [identity, { untilMs }] of series) {
      if (untilMs > clock.monotonic()) return;
      series.delete(identity);
    }
  }

  /** Writes the first of a queue; while the API server is away it goes on waiting. */
  async function writeFirst(queue: Waiting[], first: Waiting, signal: AbortSignal): Promise<void> {
    const problem = await write(first, signal);
    const passing = problem === "unreachable" || problem === "unavailable" || problem === "throttled";
    if (passing && clock.monotonic() - first.sinceMs < longestOutageMs) {
      await clock.sleep(againMs, signal);
      return;
    }
    queue.shift();
    if (problem === undefined) return;
    meter.dropped("refused");
    log.debug({ reason: first.event.reason, problem }, "an Event was dropped");
  }

  function bodyOf(
    kind: Kind,
    { name, namespace, uid }: ObjectMeta,
    event: ObjectEvent,
    eventName: string,
    atMs: number,
  ) {
    const { type, reason, action, note } = event;
    return {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name: eventName, namespace },
      eventTime: microTime(atMs),
      reportingController: "ontap-iscsi.dev/operator",
      reportingInstance: instance,
      regarding: { apiVersion: groupVersion, kind: kind.kind, name, namespace, uid },
      type,
      reason,
      action,
      note: note.slice(0, longestNote),
    };
  }

  function waitingOf(kind: Kind, regarding: ObjectMeta, event: ObjectEvent): Waiting {
    const atMs = clock.now();
    const name = `${regarding.name.slice(0, 200)}.${atMs.toString(16)}${(serial++).toString(16)}`;
    return { kind, regarding, event, name, atMs, sinceMs: clock.monotonic() };
  }

  function sumUp(last: Sum["last"]): void {
    const { kind, regarding, event } = last;
    const nowMs = clock.monotonic();
    const identity = JSON.stringify([kind.kind, regarding.namespace, event.type, event.reason]);
    const sum = sums.get(identity) ?? { firstMs: nowMs, lastMs: nowMs, count: 0, last };
    sums.set(identity, sum);
    sum.count += 1;
    sum.lastMs = nowMs;
    sum.last = last;
  }

  const sumDueMs = ({ firstMs, lastMs }: Sum): number =>
    Math.min(lastMs + summary.quietMs, firstMs + summary.longestMs);

  /** A sum is news, and has its place even where the queue is full. */
  function writeDueSums(): void {
    for (const [identity, sum] of sums) {
      if (sumDueMs(sum) > clock.monotonic()) continue;
      sums.delete(identity);
      const { kind, regarding, event } = sum.last;
      const objects = `${sum.count} ${kind.kind}${sum.count === 1 ? "" : "s"} in namespace ${regarding.namespace}`;
      const note = `${event.reason}: ${objects}, without an Event for each; see their conditions. The last one: ${event.note}`;
      news.push(waitingOf(kind, regarding, { ...event, action: "Summarize", note }));
    }
  }

  /** What to do now, or how long to wait for that. */
  function next(): { readonly queue: Waiting[]; readonly first: Waiting } | number {
    writeDueSums();
    const sumsDueMs = [...sums.values()].map(sumDueMs);
    const untilSumMs = Math.max(0, Math.min(...sumsDueMs) - clock.monotonic());
    const queue = news.length > 0 ? news : routine;
    const [first] = queue;
    if (first === undefined) return untilSumMs;
    const heldMs = clock.monotonic() - first.sinceMs;
    if (isBusy() && heldMs < longestDelayMs[first.event.importance ?? "news"]) return Math.min(untilSumMs, busyLookMs);
    if (queue === news && !newsTokens.take()) return Math.min(untilSumMs, newsTokens.untilNextMs());
    return { queue, first };
  }

  return {
    emit(kind, regarding, event) {
      if (event.importance === "routine" && !routineTokens.take()) {
        meter.dropped("summarised");
        sumUp({ kind, regarding, event });
      } else if (event.importance === "routine") routine.push(waitingOf(kind, regarding, event));
      else if (news.length < mostWaiting) news.push(waitingOf(kind, regarding, event));
      else {
        meter.dropped("full");
        sumUp({ kind, regarding, event });
      }
      alarm.ring();
    },
    async run(signal) {
      while (!signal.aborted) {
        const now = next();
        if (typeof now === "number") await alarm.wait(now, signal);
        else await writeFirst(now.queue, now.first, signal).catch(() => undefined);
      }
    },
  };
}
