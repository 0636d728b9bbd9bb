import type { KubeFailure } from "../api/failure.ts";
import { keyOf, type ObjectKey } from "../api/key.ts";
import type { DataVersion } from "../api/ports.ts";
import { longestPauseMs } from "../http/retry-after.ts";

/** What lists and watches carry, as JSON. Nothing here throws: what cannot be read is undefined. */

export type RawObject = Readonly<Record<string, unknown>>;

export interface Accepted {
  readonly list: string;
  readonly watch: string;
}
export const wholeObjects: Accepted = { list: "application/json", watch: "application/json" };
export const metadataOnly: Accepted = {
  list: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
  watch: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
};

const eventTypes = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"] as const;

export interface WatchEvent {
  readonly type: (typeof eventTypes)[number];
  readonly object: RawObject;
}

/** How the metadata of one of our own kinds ends: keys are sorted, and no text can contain a quotation mark that stands alone. */
const endOfMetadata = /"name":"([^"]+)","namespace":"([^"]+)","resourceVersion":"([^"]+)","uid":"([^"]+)"$/;
const beforeSpec = '"},"spec":';

/** Which state of which object a MODIFIED event of one of our own kinds brings, without parsing it; undefined if that cannot be told. */
export function modifiedObjectIn(line: string): (DataVersion & { readonly key: ObjectKey }) | undefined {
  if (!line.startsWith('{"type":"MODIFIED"')) return undefined;
  const end = line.indexOf(beforeSpec) + 1;
  const match = end === 0 ? null : endOfMetadata.exec(line.slice(Math.max(0, end - longestEnd), end));
  if (match === null) return undefined;
  const [, name = "", namespace = "", resourceVersion = "", uid = ""] = match;
  return { key: keyOf({ namespace, name }), uid, resourceVersion };
}

/** Longest names, a version and a uid, with what stands between. */
const longestEnd = 512;

export function eventOf(line: string): WatchEvent | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    const { type, object } = recordOf(parsed);
    const known = eventTypes.find((candidate) => candidate === type);
    return known === undefined || !isRecord(object) ? undefined : { type: known, object };
  } catch {
    return undefined;
  }
}

/** Whether a bookmark says that all that there was has been sent (KEP-3157). */
export function endsInitialEvents({ metadata }: RawObject): boolean {
  return recordOf(recordOf(metadata)["annotations"])["k8s.io/initial-events-end"] === "true";
}

export interface Page {
  readonly items: readonly RawObject[];
  readonly resourceVersion: string;
  readonly next: string | undefined;
}

export function pageOf(reply: unknown): Page {
  const { items, metadata } = recordOf(reply);
  const { resourceVersion, continue: next } = recordOf(metadata);
  return {
    items: Array.isArray(items) ? items.filter(isRecord) : [],
    resourceVersion: typeof resourceVersion === "string" ? resourceVersion : "",
    next: typeof next === "string" && next !== "" ? next : undefined,
  };
}

export function versionOf({ metadata }: RawObject): string | undefined {
  const { resourceVersion } = recordOf(metadata);
  return typeof resourceVersion === "string" ? resourceVersion : undefined;
}

/** Whether it is an object at all: every one that the API server stores has these. */
export function isObject({ metadata }: RawObject): boolean {
  const { name, uid, resourceVersion } = recordOf(metadata);
  return [name, uid, resourceVersion].every((value) => typeof value === "string" && value !== "");
}

export function finalizersOf({ metadata }: RawObject): readonly string[] {
  const { finalizers } = recordOf(metadata);
  return Array.isArray(finalizers) ? finalizers.filter((name) => typeof name === "string") : [];
}

/** A metav1.Status that came as an event. */
export function failureOf(status: RawObject, path: string): KubeFailure {
  const httpStatus = typeof status["code"] === "number" ? status["code"] : undefined;
  const message = typeof status["message"] === "string" ? status["message"] : "ERROR event";
  const problem = httpStatus === 410 ? "gone" : "unavailable";
  const seconds = recordOf(status["details"])["retryAfterSeconds"];
  const retryAfterMs = typeof seconds === "number" ? Math.min(seconds * 1000, longestPauseMs) : undefined;
  return { kind: "kube", verb: "WATCH", path, problem, httpStatus, message, retryAfterMs };
}

/** A stream that ended, broke or fell silent: what there is to say is `message`. */
export const streamFailure = (path: string, message: string): KubeFailure => ({
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
