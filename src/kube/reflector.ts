import type { KubeFailure } from "../api/failure.ts";
import { backoffMs } from "../std/backoff.ts";
import type { Clock } from "../std/clock.ts";
import type { Log } from "../std/log.ts";
import type { Random } from "../std/random.ts";
import { createReminder } from "../std/reminder.ts";
import { unreachable } from "../std/unreachable.ts";
import { readLines } from "./lines.ts";
import type { WatchMeter } from "./meter.ts";
import { isOlder, type Store, type Stored } from "./store.ts";
import type { KubeTransport } from "./transport.ts";
import {
  endsInitialEvents,
  eventOf,
  failureOf,
  isObject,
  metadataOnly as acceptMetadata,
  modifiedObjectIn,
  streamFailure,
  pageOf,
  versionOf,
  wholeObjects,
  type RawObject,
} from "./watch-events.ts";

/**
 * Keeps a store equal to what the API server holds of one kind. All that there is comes as the beginning of the watch
 * (WatchList, KEP-3157), so that what is not for us is never held together; a server that does not offer this is
 * asked for lists, page by page, and watched from there.
 *
 * Recovery: a stream that ends, breaks, falls silent or carries a line that cannot be read is resumed from the last
 * resourceVersion; one that is too old (410, as HTTP status or as ERROR event) leads to a new beginning. Each waits with
 * jitter, longer each time, and as long as the server asks; only a healthy while resets that, or the first 410 in a while.
 *
 * A server whose etcd was restored to a snapshot accepts a watch from a resourceVersion that it has not reached yet, and
 * sends nothing, not even bookmarks, until it has (seen on 1.37). So it is asked for its own version before each resume;
 * if that is older, everything is read again and replaces what the store holds.
 */
export interface Reflector {
  /** Runs until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Whether the store has been complete once. */
  synced(): boolean;
  /** Resolves when it is. */
  readonly whenSynced: Promise<void>;
  health(): WatchHealth;
  /** Everything is listed again, unless it just was: another kind has shown that the API server went back to an earlier state. */
  listAgain(): void;
}

/** How the watch of one kind stands. */
export interface WatchHealth {
  readonly kind: string;
  /** Whether its cache has been complete once. */
  readonly synced: boolean;
  /** When the API server last answered anything about it, on the monotonic clock. */
  readonly lastHeardMs: number;
}

export interface ReflectorOptions<T extends Stored> {
  /** For logs and metrics. */
  readonly name: string;
  readonly path: string;
  /** Leaves out what does not match, at the server. */
  readonly fieldSelector?: string;
  /** Metadata only: values neither cross the network nor reach the heap. */
  readonly metadataOnly: boolean;
  /** Undefined leaves the object out of the store. */
  readonly parse: (raw: RawObject) => T | undefined;
  readonly store: Store<T>;
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Counts what does not go as it should. */
  readonly meter?: WatchMeter;
  /**
   * Called when the API server shows an earlier state than it did before, as after a restore of etcd, once the store has
   * it. What was concluded from anything seen before, versions of Secrets included, no longer holds.
   */
  readonly onRewound?: () => void;
}

/** How everything is asked for: as the beginning of a watch, or in pages. */
type Beginning = "stream" | "list";

/** What the loop does next, and what it needs for that. */
type State =
  /** Ask for everything. */
  | { readonly at: Beginning }
  /** Right after a list. */
  | { readonly at: "watch"; readonly resourceVersion: string }
  /** Some time after the version was current: the server may not know it any more, or not yet again. */
  | { readonly at: "resume"; readonly resourceVersion: string }
  | { readonly at: "rest"; readonly failure: KubeFailure; readonly next: Exclude<State, { at: "rest" }> };

/** What outlives a single stream: how the server has answered so far. */
interface Experience {
  /** In pages, once the server has refused or broken off a stream of everything. */
  beginning: Beginning;
  pageSize: number;
  failuresInARow: number;
  badLinesInARow: number;
  lastGoneMs: number;
  lastHeardMs: number;
  /** The newest resourceVersion that a complete list or an event has shown; empty before the first. */
  newestVersion: string;
  /** Whether the store has been complete once. */
  synced: boolean;
  /** When the newest list was complete. */
  lastCompleteMs: number;
}

/** Objects in a page of a list; fewer, once a page of so many was too large to be taken at once. */
const pageSize = { most: 500, divisor: 8 };
/** The server ends a watch after so long; spread, so that a thousand watches do not come back at once. */
const watchSeconds = { least: 240, spread: 240 };
/** Bookmarks come about once a minute; without any sign for longer, the stream is taken for dead and resumed. */
const silenceMs = { afterBookmark: 90_000, marginMs: 15_000 };
const backoff = { firstMs: 800, longestMs: 30_000 };
const healthyMs = 120_000;
/** A list that is younger was made after whatever another kind has just noticed. */
const justListedMs = 10_000;
/** Bad lines in a row after which resuming does not help. */
const patientBadLines = 3;

export function createReflector<T extends Stored>(options: ReflectorOptions<T>): Reflector {
  const { name, path, fieldSelector, metadataOnly, parse, store, transport, clock, random, log, meter } = options;
  const { onRewound } = options;
  const accept = metadataOnly ? acceptMetadata : wholeObjects;
  const selection = fieldSelector === undefined ? {} : { fieldSelector };
  const synced = Promise.withResolvers<void>();
  const mayRemind = createReminder(clock);
  const mayMentionBadObject = createReminder(clock, Infinity);
  const experience: Experience = {
    beginning: "stream",
    pageSize: pageSize.most,
    failuresInARow: 0,
    badLinesInARow: 0,
    lastGoneMs: -Infinity,
    lastHeardMs: clock.monotonic(),
    newestVersion: "",
    synced: false,
    lastCompleteMs: -Infinity,
  };
  let listingAgain = new AbortController();

  function heard(): void {
    experience.lastHeardMs = clock.monotonic();
  }

  function parseObject(raw: RawObject): T | undefined {
    if (isObject(raw)) return parse(raw);
    meter?.skipped(name, "object");
    if (mayMentionBadObject(name)) {
      log.warn({ kind: name }, "the API server sent something that is not an object; it is left out");
    }
    return undefined;
  }

  /**
   * The version of an event whose object is in the store already. Most of what a watch brings of our own kinds are our own
   * writes, whose answers are there; they are told by a few characters before the rest is parsed.
   */
  function knownVersionIn(line: string): string | undefined {
    const event = modifiedObjectIn(line);
    if (event === undefined) return undefined;
    const known = store.get(event.key)?.meta;
    return known?.uid === event.uid && known.resourceVersion === event.resourceVersion
      ? known.resourceVersion
      : undefined;
  }

  function complete(objects: readonly T[], asOf: string): void {
    const rewound = isOlder(asOf, experience.newestVersion) || objects.some((object) => contradictsStore(object, asOf));
    experience.newestVersion = asOf;
    experience.lastCompleteMs = clock.monotonic();
    if (rewound) {
      store.resetTo(objects);
      meter?.restarted(name, "rewound");
      log.warn(
        { kind: name, resourceVersion: asOf },
        "the API server shows an earlier state than before, as after a restore of etcd; everything is read again",
      );
      onRewound?.();
    } else store.replaceAll(objects, asOf);
    if (experience.synced) return;
    experience.synced = true;
    synced.resolve();
    log.info({ kind: name, objects: store.size() }, "cache is complete");
  }

  /** A list that is as new as what the store holds cannot show an older state of it, unless history has changed. */
  function contradictsStore({ key, meta }: T, asOf: string): boolean {
    const known = store.get(key)?.meta;
    if (known === undefined || known.uid !== meta.uid) return false;
    return isOlder(meta.resourceVersion, known.resourceVersion) && !isOlder(asOf, known.resourceVersion);
  }

  async function list(signal: AbortSignal): Promise<State> {
    const objects: T[] = [];
    let resourceVersion = "";
    let next: string | undefined;
    do {
      const query = {
        ...selection,
        limit: String(experience.pageSize),
        ...(next === undefined ? {} : { continue: next }),
      };
      const reply = await transport.send({ method: "GET", path, query, accept: accept.list }, signal);
      if (!reply.ok) return afterRefusedList(reply.error);
      heard();
      const page = pageOf(reply.value);
      for (const item of page.items) {
        const object = parseObject(item);
        if (object !== undefined) objects.push(object);
      }
      ({ resourceVersion, next } = page);
    } while (next !== undefined);
    complete(objects, resourceVersion);
    return { at: "watch", resourceVersion };
  }

  function afterRefusedList(failure: KubeFailure): State {
    const smaller = Math.max(1, Math.floor(experience.pageSize / pageSize.divisor));
    const shrinks = failure.problem === "too-large" && smaller < experience.pageSize;
    if (!shrinks) return { at: "rest", failure, next: { at: "list" } };
    experience.pageSize = smaller;
    log.info({ kind: name, pageSize: smaller }, "a page of the list is too large; asking for smaller ones");
    return { at: "list" };
  }

  async function resume(resourceVersion: string, signal: AbortSignal): Promise<State> {
    const query = { ...selection, limit: "1" };
    const reply = await transport.send({ method: "GET", path, query, accept: acceptMetadata.list }, signal);
    if (!reply.ok) return afterFailure(reply.error, resourceVersion);
    heard();
    const isRewound = isOlder(pageOf(reply.value).resourceVersion, resourceVersion);
    return isRewound ? { at: experience.beginning } : watch(resourceVersion, signal);
  }

  /** @param from undefined: send all that there is first; the store changes when that is whole. */
  async function watch(from: string | undefined, signal: AbortSignal): Promise<State> {
    const seconds = Math.round(watchSeconds.least + watchSeconds.spread * random());
    const beginning =
      from === undefined
        ? { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" }
        : { resourceVersion: from };
    const query = {
      ...selection,
      ...beginning,
      watch: "true",
      allowWatchBookmarks: "true",
      timeoutSeconds: String(seconds),
    };
    const openedMs = clock.monotonic();
    const stream = await transport.stream({ method: "GET", path, query, accept: accept.watch }, signal);
    if (!stream.ok) return from === undefined ? afterRefusedBeginning(stream.error) : afterFailure(stream.error, from);
    heard();

    let resourceVersion = from;
    let gathered: T[] | undefined = from === undefined ? [] : undefined;
    let deadlineMs = seconds * 1000 + silenceMs.marginMs;
    for await (const line of readLines(stream.value, { deadlineMs: () => deadlineMs, clock, signal })) {
      if (!line.ok) return afterEnd(line.error === "silent" ? "silent" : "broken", resourceVersion, openedMs);
      heard();
      const known = gathered === undefined ? knownVersionIn(line.value) : undefined;
      if (known !== undefined) {
        resourceVersion = experience.newestVersion = known;
        continue;
      }
      const event = eventOf(line.value);
      if (event === undefined) return afterBadLine(line.value.length, resourceVersion);
      experience.badLinesInARow = 0;
      switch (event.type) {
        case "ERROR":
          return afterFailure(failureOf(event.object, path), resourceVersion);
        case "BOOKMARK":
          deadlineMs = silenceMs.afterBookmark;
          if (gathered !== undefined && endsInitialEvents(event.object)) {
            complete(gathered, versionOf(event.object) ?? "");
            gathered = undefined;
          }
          break;
        case "DELETED": {
          const object = parseObject(event.object);
          if (object !== undefined) store.remove(object.key, object.meta.uid);
          break;
        }
        case "ADDED":
        case "MODIFIED": {
          const object = parseObject(event.object);
          if (object === undefined) break;
          if (gathered === undefined) store.put(object);
          else gathered.push(object);
          break;
        }
        default:
          return unreachable(event.type);
      }
      // Until everything has come there is nothing to resume from.
      if (gathered === undefined) {
        resourceVersion = versionOf(event.object) ?? resourceVersion;
        experience.newestVersion = resourceVersion ?? "";
      }
    }
    return afterEnd("ended", resourceVersion, openedMs);
  }

  function continueFrom(resourceVersion: string | undefined): Exclude<State, { at: "rest" }> {
    return resourceVersion === undefined ? { at: experience.beginning } : { at: "resume", resourceVersion };
  }

  /** The stream is over, and what came so far counts. One that ended at once was not a healthy one. */
  function afterEnd(why: "ended" | "silent" | "broken", resourceVersion: string | undefined, openedMs: number): State {
    const livedMs = clock.monotonic() - openedMs;
    if (livedMs >= healthyMs) experience.failuresInARow = 0;
    meter?.restarted(name, why);
    log.debug({ kind: name, why, livedMs: Math.round(livedMs) }, "watch is resumed");
    // A beginning that never came to its end may be one that this server cannot give.
    if (resourceVersion === undefined) experience.beginning = "list";
    const next = continueFrom(resourceVersion);
    if (livedMs >= backoff.firstMs && next.at === "resume") return next;
    return { at: "rest", failure: streamFailure(path, why), next };
  }

  function afterBadLine(length: number, resourceVersion: string | undefined): State {
    const failure = streamFailure(path, "unreadable line");
    experience.badLinesInARow += 1;
    meter?.skipped(name, "line");
    meter?.restarted(name, "unreadable");
    if (experience.badLinesInARow === 1) {
      log.warn({ kind: name, length }, "a line of the watch cannot be read; it is resumed before it");
    }
    if (experience.badLinesInARow < patientBadLines) {
      return { at: "rest", failure, next: continueFrom(resourceVersion) };
    }
    return { at: "rest", failure, next: { at: experience.beginning } };
  }

  function afterFailure(failure: KubeFailure, resourceVersion: string | undefined): State {
    if (failure.problem === "gone") {
      meter?.restarted(name, "gone");
      log.info({ kind: name }, "resourceVersion is too old; beginning again");
      // Every API server that was started again answers so: it is back, and to wait as if it were away would prolong the outage.
      const isFirstInAWhile = clock.monotonic() - experience.lastGoneMs >= backoff.longestMs;
      if (isFirstInAWhile) experience.failuresInARow = 0;
      experience.lastGoneMs = clock.monotonic();
      return { at: "rest", failure, next: { at: experience.beginning } };
    }
    meter?.restarted(name, "refused");
    return { at: "rest", failure, next: continueFrom(resourceVersion) };
  }

  /** A server that does not know WatchList says that the request is invalid. */
  function afterRefusedBeginning(failure: KubeFailure): State {
    if (failure.problem !== "invalid") return { at: "rest", failure, next: { at: "stream" } };
    experience.beginning = "list";
    return { at: "list" };
  }

  async function rest(failure: KubeFailure, signal: AbortSignal): Promise<void> {
    // A refusal is a word as well. It lasts until a person acts, as after the namespace with our Role was deleted.
    if (failure.problem === "forbidden") heard();
    experience.failuresInARow += 1;
    const ms = Math.max(failure.retryAfterMs ?? 0, backoffMs(experience.failuresInARow, backoff, random));
    logFailure(failure, ms);
    await clock.sleep(ms, signal);
  }

  /** The first failure is often a passing one, and what lasts until a person acts is logged once in a while. */
  function logFailure({ problem, message }: KubeFailure, waitMs: number): void {
    const failures = experience.failuresInARow;
    if (failures === 1) return;
    const hint = hints[problem];
    if (hint !== undefined && !mayRemind(problem)) return;
    log.warn(
      { kind: name, problem, message, failures, waitMs },
      hint ?? "the API server does not answer as needed; trying again",
    );
  }

  async function step(state: State, signal: AbortSignal): Promise<State> {
    switch (state.at) {
      case "stream":
        return watch(undefined, signal);
      case "list":
        return list(signal);
      case "watch":
        return watch(state.resourceVersion, signal);
      case "resume":
        return resume(state.resourceVersion, signal);
      case "rest":
        await rest(state.failure, signal);
        return state.next;
      default:
        return unreachable(state);
    }
  }

  return {
    async run(signal) {
      let state: State = { at: experience.beginning };
      while (!signal.aborted) {
        try {
          state = await step(state, AbortSignal.any([signal, listingAgain.signal]));
        } catch (error) {
          if (!signal.aborted && !listingAgain.signal.aborted) throw error;
        }
        if (!listingAgain.signal.aborted) continue;
        listingAgain = new AbortController();
        state = { at: experience.beginning };
      }
    },
    listAgain() {
      if (clock.monotonic() - experience.lastCompleteMs >= justListedMs) listingAgain.abort();
    },
    synced: () => experience.synced,
    whenSynced: synced.promise,
    health: () => ({ kind: name, synced: experience.synced, lastHeardMs: experience.lastHeardMs }),
  };
}

const hints: Readonly<Partial<Record<KubeFailure["problem"], string>>> = {
  forbidden: "the ServiceAccount may not list and watch this kind; apply the Role of deploy/",
  "not-found": "the API server does not know this kind; apply the CustomResourceDefinitions of crds/",
  unauthorized: "the API server does not accept our token",
};
