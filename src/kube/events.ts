import { groupVersion, type Kind } from "../api/kinds.ts";
import type { KubeProblem } from "../api/failure.ts";
import type { ObjectMeta } from "../api/fields.ts";
import { createAlarm } from "../std/alarm.ts";
import type { Clock } from "../std/clock.ts";
import type { Log } from "../std/log.ts";
import type { EventMeter } from "./meter.ts";
import type { KubeTransport } from "./transport.ts";
import { kubeWrites, microTime } from "./writes.ts";

/** The text of an Event about one object. */
export interface EventText {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

/**
 * Writes events.k8s.io/v1. Best effort: nothing waits for an Event, and what cannot be written is dropped. While there is work
 * to do, Events wait for it for a while: each costs the API server as much as the work that it reports.
 */
export interface EventRecorder {
  emit(kind: Kind, regarding: ObjectMeta, text: EventText): void;
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
/** An Event is not held back longer than that. */
const longestDelayMs = 10_000;
const busyLookMs = 100;
/** So long it is kept when the API server is away, and tried again. */
const longestOutageMs = 5 * 60_000;
const againMs = 2000;
/** More than that waiting means that the API server does not keep up; the newest are dropped. */
const mostWaiting = 1000;

interface Waiting {
  readonly kind: Kind;
  readonly regarding: ObjectMeta;
  readonly text: EventText;
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

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { transport, clock, log, meter, instance, isBusy } = options;
  const waiting: Waiting[] = [];
  const series = new Map<string, Series>();
  const alarm = createAlarm(clock);
  let serial = 0;

  /** Safe to repeat. Gives why it was not written, if it was not. */
  async function write(
    { kind, regarding, text, atMs, name }: Waiting,
    signal: AbortSignal,
  ): Promise<KubeProblem | undefined> {
    for (const [identity, { untilMs }] of series) if (untilMs <= clock.monotonic()) series.delete(identity);
    const { namespace } = regarding;
    const identity = JSON.stringify([kind.kind, regarding.uid, text]);
    const known = series.get(identity);
    if (known !== undefined) {
      const patch = kubeWrites.eventSeries(namespace, known.name, known.count + 1, microTime(atMs));
      const patched = await transport.send(patch, signal);
      if (patched.ok) known.count += 1;
      // A series whose Event was deleted begins again.
      if (patched.ok || patched.error.problem !== "not-found") return patched.ok ? undefined : patched.error.problem;
    }
    const event = bodyOf(kind, regarding, text, name, atMs);
    const created = await transport.send(kubeWrites.event(namespace, event), signal);
    // It is there already if the answer to an earlier try was lost.
    if (created.ok || created.error.problem === "conflict") {
      series.set(identity, { name, untilMs: clock.monotonic() + seriesMs, count: 1 });
      return undefined;
    }
    return created.error.problem;
  }

  /** Writes the first that waits; while the API server is away it goes on waiting. */
  async function writeFirst(first: Waiting, signal: AbortSignal): Promise<void> {
    const problem = await write(first, signal);
    const passing = problem === "unreachable" || problem === "unavailable" || problem === "throttled";
    if (passing && clock.monotonic() - first.sinceMs < longestOutageMs) {
      await clock.sleep(againMs, signal);
      return;
    }
    waiting.shift();
    if (problem === undefined) return;
    meter.dropped("refused");
    log.debug({ reason: first.text.reason, problem }, "an Event was dropped");
  }

  function bodyOf(kind: Kind, { name, namespace, uid }: ObjectMeta, text: EventText, eventName: string, atMs: number) {
    return {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name: eventName, namespace },
      eventTime: microTime(atMs),
      reportingController: "ontap-iscsi.dev/operator",
      reportingInstance: instance,
      regarding: { apiVersion: groupVersion, kind: kind.kind, name, namespace, uid },
      ...text,
      note: text.note.slice(0, longestNote),
    };
  }

  return {
    emit(kind, regarding, text) {
      if (waiting.length >= mostWaiting) {
        meter.dropped("full");
        return;
      }
      const atMs = clock.now();
      const name = `${regarding.name.slice(0, 200)}.${atMs.toString(16)}${(serial++).toString(16)}`;
      waiting.push({ kind, regarding, text, name, atMs, sinceMs: clock.monotonic() });
      alarm.ring();
    },
    async run(signal) {
      while (!signal.aborted) {
        const [next] = waiting;
        if (next === undefined) await alarm.wait(Infinity, signal);
        else if (isBusy() && clock.monotonic() - next.sinceMs < longestDelayMs) await alarm.wait(busyLookMs, signal);
        else await writeFirst(next, signal).catch(() => undefined);
      }
    },
  };
}
