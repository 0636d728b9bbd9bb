import { backoffMs } from "../controller/backoff.ts";
import type { KubeFailure } from "../api/failure.ts";
import type { Clock } from "../std/clock.ts";
import type { Log } from "../std/log.ts";
import type { Random } from "../std/random.ts";
import { unreachable } from "../std/unreachable.ts";
import { readLines } from "./lines.ts";
import type { Store, Stored } from "./store.ts";
import type { KubeTransport } from "./transport.ts";

/**
 * Keeps a store equal to what the API server holds of one kind: lists page by page, then watches from there.
 *
 * Recovery: a stream that ends, breaks, falls silent or carries a line that cannot be read is resumed from the last
 * resourceVersion; one that is too old (410, as HTTP status or as ERROR event) leads to a new list. Everything else
 * waits with jitter, longer each time, and as long as the server asks; only a healthy while resets that.
 */
export interface Reflector {
  /** Runs until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Whether the store has been complete once. */
  synced(): boolean;
  /** Resolves when it is. */
  readonly whenSynced: Promise<void>;
}

export interface ReflectorOptions<T extends Stored> {
  /** For logs. */
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
}

export type RawObject = Readonly<Record<string, unknown>>;

/** What the loop does next, and what it needs for that. */
type State =
  | { readonly at: "list" }
  | { readonly at: "watch"; readonly resourceVersion: string }
  | { readonly at: "rest"; readonly failure: KubeFailure; readonly next: Exclude<State, { at: "rest" }> };

const pageSize = 500;
/** The server ends a watch after so long; spread, so that a thousand watches do not come back at once. */
const watchSeconds = { least: 240, spread: 240 };
/** Bookmarks come about once a minute; without any sign for longer, the stream is taken for dead and resumed. */
const silenceMs = { afterBookmark: 90_000, marginMs: 15_000 };
const backoff = { firstMs: 800, longestMs: 30_000 };
const healthyMs = 120_000;
/** Bad lines in a row after which resuming is no use. */
const patientBadLines = 3;

export function createReflector<T extends Stored>(options: ReflectorOptions<T>): Reflector {
  const { name, path, fieldSelector, metadataOnly, parse, store, transport, clock, random, log } = options;
  const accept = metadataOnly ? metadataAccept : { list: "application/json", watch: "application/json" };
  const selection = fieldSelector === undefined ? {} : { fieldSelector };
  const synced = Promise.withResolvers<void>();
  let isSynced = false;
  let failures = 0;
  let badLines = 0;

  async function list(signal: AbortSignal): Promise<State> {
    const objects: T[] = [];
    let resourceVersion = "";
    let next: string | undefined;
    do {
      const query = { ...selection, limit: String(pageSize), ...(next === undefined ? {} : { continue: next }) };
      const reply = await transport.send({ method: "GET", path, query, accept: accept.list }, signal);
      if (!reply.ok) return { at: "rest", failure: reply.error, next: { at: "list" } };
      const page = pageOf(reply.value);
      for (const item of page.items) {
        const object = parse(item);
        if (object !== undefined) objects.push(object);
      }
      ({ resourceVersion, next } = page);
    } while (next !== undefined);
    store.replaceAll(objects);
    if (!isSynced) {
      isSynced = true;
      synced.resolve();
      log.info({ kind: name, objects: store.size() }, "cache is complete");
    }
    return { at: "watch", resourceVersion };
  }

  async function watch(from: string, signal: AbortSignal): Promise<State> {
    const seconds = Math.round(watchSeconds.least + watchSeconds.spread * random());
    const query = {
      ...selection,
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: from,
      timeoutSeconds: String(seconds),
    };
    const openedMs = clock.monotonic();
    const stream = await transport.stream({ method: "GET", path, query, accept: accept.watch }, signal);
    if (!stream.ok) return afterFailure(stream.error, from);

    let resourceVersion = from;
    let deadlineMs = seconds * 1000 + silenceMs.marginMs;
    for await (const line of readLines(stream.value, { deadlineMs: () => deadlineMs, clock, signal })) {
      if (!line.ok) return resume(line.error, resourceVersion, openedMs);
      const event = eventOf(line.value);
      if (event === undefined) return afterBadLine(line.value.length, resourceVersion);
      badLines = 0;
      switch (event.type) {
        case "ERROR":
          return afterFailure(failureOf(event.object, path), resourceVersion);
        case "BOOKMARK":
          deadlineMs = silenceMs.afterBookmark;
          break;
        case "DELETED": {
          const object = parse(event.object);
          if (object !== undefined) store.remove(object.key, object.meta.uid);
          break;
        }
        case "ADDED":
        case "MODIFIED": {
          const object = parse(event.object);
          if (object !== undefined) store.put(object);
          break;
        }
        default:
          return unreachable(event.type);
      }
      resourceVersion = versionOf(event.object) ?? resourceVersion;
    }
    return resume("ended", resourceVersion, openedMs);
  }

  /** The stream is over, and what came so far counts. One that ended at once was no healthy one. */
  function resume(why: string, resourceVersion: string, openedMs: number): State {
    const livedMs = clock.monotonic() - openedMs;
    if (livedMs >= healthyMs) failures = 0;
    log.debug({ kind: name, why, livedMs: Math.round(livedMs) }, "watch is resumed");
    if (livedMs >= backoff.firstMs) return { at: "watch", resourceVersion };
    return { at: "rest", failure: silent(path, why), next: { at: "watch", resourceVersion } };
  }

  function afterBadLine(length: number, resourceVersion: string): State {
    badLines += 1;
    log.warn({ kind: name, length, inARow: badLines }, "a line of the watch cannot be read");
    const failure = silent(path, "unreadable line");
    const next: Exclude<State, { at: "rest" }> =
      badLines >= patientBadLines ? { at: "list" } : { at: "watch", resourceVersion };
    return { at: "rest", failure, next };
  }

  function afterFailure(failure: KubeFailure, resourceVersion: string): State {
    if (failure.problem === "gone") {
      log.info({ kind: name }, "resourceVersion is too old; listing again");
      return { at: "rest", failure, next: { at: "list" } };
    }
    return { at: "rest", failure, next: { at: "watch", resourceVersion } };
  }

  async function rest(failure: KubeFailure, signal: AbortSignal): Promise<void> {
    failures += 1;
    const ms = Math.max(failure.retryAfterMs ?? 0, backoffMs(failures, backoff, random));
    const fields = { kind: name, problem: failure.problem, message: failure.message, failures, waitMs: ms };
    if (failures > 1 || failure.problem === "forbidden" || failure.problem === "not-found") {
      log.warn(fields, hints[failure.problem] ?? "the API server does not answer as needed; trying again");
    }
    await clock.sleep(ms, signal);
  }

  return {
    async run(signal) {
      let state: State = { at: "list" };
      while (!signal.aborted) {
        try {
          switch (state.at) {
            case "list":
              state = await list(signal);
              break;
            case "watch":
              state = await watch(state.resourceVersion, signal);
              break;
            case "rest":
              await rest(state.failure, signal);
              state = state.next;
              break;
            default:
              unreachable(state);
          }
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      }
    },
    synced: () => isSynced,
    whenSynced: synced.promise,
  };
}

const hints: Readonly<Partial<Record<KubeFailure["problem"], string>>> = {
  forbidden: "the ServiceAccount may not list and watch this kind; apply the Role of deploy/",
  "not-found": "the API server does not know this kind; apply the CustomResourceDefinitions of crds/",
  unauthorized: "the API server does not accept our token",
};

const metadataAccept = {
  list: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
  watch: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
};

const eventTypes = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"] as const;

interface WatchEvent {
  readonly type: (typeof eventTypes)[number];
  readonly object: RawObject;
}

function eventOf(line: string): WatchEvent | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    const { type, object } = recordOf(parsed);
    const known = eventTypes.find((candidate) => candidate === type);
    return known === undefined || !isRecord(object) ? undefined : { type: known, object };
  } catch {
    return undefined;
  }
}

function pageOf(reply: unknown): {
  readonly items: readonly RawObject[];
  readonly resourceVersion: string;
  readonly next: string | undefined;
} {
  const { items, metadata } = recordOf(reply);
  const { resourceVersion, continue: next } = recordOf(metadata);
  return {
    items: Array.isArray(items) ? items.filter(isRecord) : [],
    resourceVersion: typeof resourceVersion === "string" ? resourceVersion : "",
    next: typeof next === "string" && next !== "" ? next : undefined,
  };
}

function versionOf({ metadata }: RawObject): string | undefined {
  const { resourceVersion } = recordOf(metadata);
  return typeof resourceVersion === "string" ? resourceVersion : undefined;
}

/** A metav1.Status that came as an event. */
function failureOf(status: RawObject, path: string): KubeFailure {
  const httpStatus = typeof status["code"] === "number" ? status["code"] : undefined;
  const message = typeof status["message"] === "string" ? status["message"] : "ERROR event";
  const problem = httpStatus === 410 ? "gone" : "unavailable";
  return { kind: "kube", verb: "WATCH", path, problem, httpStatus, message, retryAfterMs: undefined };
}

const silent = (path: string, message: string): KubeFailure => ({
  kind: "kube",
  verb: "WATCH",
  path,
  problem: "unreachable",
  httpStatus: undefined,
  message,
  retryAfterMs: undefined,
});

const isRecord = (value: unknown): value is RawObject => typeof value === "object" && value !== null;
const recordOf = (value: unknown): RawObject => (isRecord(value) ? value : {});
