import { isUtf8 } from "node:buffer";
import { X509Certificate } from "node:crypto";
import { apiGroup } from "../api/fields.ts";
import { keyOf, type ObjectKey } from "../api/key.ts";
import type { DataKind, DataObject, DataReader, DataVersion, NotText } from "../api/ports.ts";
import type { Clock } from "../std/clock.ts";
import { err, ok, type Result } from "../std/result.ts";
import { SecretText } from "../std/secret-text.ts";
import { coreObjectPath, type CoreResource } from "./paths.ts";
import type { RawObject } from "./watch-events.ts";
import { createStore, everywhere, type Reach, type Store } from "./store.ts";
import type { KubeTransport } from "./transport.ts";

/** A Secret or ConfigMap without its values. */
export interface DataMetadata {
  readonly key: ObjectKey;
  readonly meta: DataVersion;
  /** When a watch, a list or a read first showed this version, on the monotonic clock. */
  readonly heardMs: number;
}

/** Reads Secrets or ConfigMaps for us, and remembers versions of those that our objects refer to: nothing of others. */
export interface DataCache extends DataReader {
  readonly resource: CoreResource;
  /** For the reflector: undefined for an object that none of ours refers to. */
  parse(raw: RawObject): DataMetadata | undefined;
  readonly store: Store<DataMetadata>;
}

export interface DataCacheOptions {
  readonly kind: DataKind;
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly isReferenced: (key: ObjectKey) => boolean;
  /** All keys that are referred to; asked when a list has ended, to know which of them do not exist. */
  readonly referenced: () => Iterable<ObjectKey>;
  readonly onChange: (key: ObjectKey) => void;
}

export function createDataCache(options: DataCacheOptions): DataCache {
  const { kind, transport, clock, isReferenced, referenced, onChange } = options;
  const resource: CoreResource = kind === "Secret" ? "secrets" : "configmaps";
  const absent = new Set<ObjectKey>();
  let reading: ObjectKey | undefined;
  const inner = createStore<DataMetadata>(({ key, before, after }) => {
    // The pass that needs this object is the one that is reading it.
    const firstRead = key === reading && before === undefined && !absent.has(key);
    if (after === undefined && isReferenced(key)) absent.add(key);
    else absent.delete(key);
    if (!firstRead) onChange(key);
  });
  const store: Store<DataMetadata> = {
    ...inner,
    replaceAll(objects, asOf, reach) {
      inner.replaceAll(objects, asOf, reach);
      noteAbsent(reach);
    },
    resetTo(objects, reach) {
      inner.resetTo(objects, reach);
      noteAbsent(reach);
    },
  };

  /** After a whole list it is known of every object within its reach that ours refer to whether it exists. */
  function noteAbsent(reach: Reach = everywhere): void {
    for (const key of absent) if (reach(key)) absent.delete(key);
    for (const key of referenced()) if (reach(key) && inner.get(key) === undefined) absent.add(key);
  }

  return {
    resource,
    store,
    parse(raw) {
      const metadata = metadataOf(raw, clock.monotonic());
      if (metadata === undefined) return undefined;
      // What is remembered is followed to its end: the object that referred to it may be gone by then.
      return isReferenced(metadata.key) || inner.get(metadata.key) !== undefined ? metadata : undefined;
    },
    seen: (key) => inner.get(key)?.meta ?? (absent.has(key) ? "absent" : "unknown"),
    async read(key, signal) {
      const reply = await transport.send({ method: "GET", path: coreObjectPath(resource, key) }, signal);
      if (!reply.ok) {
        if (reply.error.problem !== "not-found") return reply;
        absent.add(key);
        return ok(undefined);
      }
      const raw = reply.value as RawObject;
      const metadata = metadataOf(raw, clock.monotonic());
      if (metadata === undefined) return ok(undefined);
      reading = key;
      inner.put(metadata);
      reading = undefined;
      const known = inner.get(key);
      const heardMs = known?.meta.resourceVersion === metadata.meta.resourceVersion ? known.heardMs : metadata.heardMs;
      const { labels, annotations } = (raw["metadata"] ?? {}) as RawObject;
      return ok({
        version: metadata.meta,
        heardMs,
        type: stringOf(raw["type"]),
        entries: entriesOf(raw, kind),
        labels: ownTexts(labels),
        annotations: ownTexts(annotations),
      });
    },
  };
}

function metadataOf({ metadata }: RawObject, heardMs: number): DataMetadata | undefined {
  if (typeof metadata !== "object" || metadata === null) return undefined;
  const { name, namespace, uid, resourceVersion } = metadata as Record<string, unknown>;
  if (typeof name !== "string" || typeof uid !== "string" || typeof resourceVersion !== "string") return undefined;
  return { key: keyOf({ namespace: stringOf(namespace), name }), meta: { uid, resourceVersion }, heardMs };
}

/** A Secret's `data` is base64, a ConfigMap's is text and its `binaryData` base64; no key is in both. */
function entriesOf(raw: RawObject, kind: DataKind): DataObject["entries"] {
  const texts = textsIn(raw["data"]);
  const fromBase64 = ([entry, value]: Entry): [string, Result<SecretText, NotText>] => [entry, decode(value)];
  if (kind === "Secret") return new Map(texts.map(fromBase64));
  return new Map([
    ...texts.map(([entry, value]): [string, Result<SecretText, NotText>] => [entry, ok(new SecretText(value))]),
    ...textsIn(raw["binaryData"]).map(fromBase64),
  ]);
}

function decode(base64: string): Result<SecretText, NotText> {
  const bytes = Buffer.from(base64, "base64");
  if (isUtf8(bytes)) return ok(new SecretText(bytes.toString("utf8")));
  return err(isCertificate(bytes) ? "der-certificate" : "not-utf8");
}

function isCertificate(bytes: Buffer): boolean {
  try {
    return new X509Certificate(bytes).raw.length > 0;
  } catch {
    return false;
  }
}

/** Two lists of our longest names would fit. */
const longestOwnText = 4096;

function ownTexts(all: unknown): Readonly<Record<string, string>> {
  const own = textsIn(all).filter(([name]) => name.startsWith(`${apiGroup}/`));
  return Object.fromEntries(own.map(([name, text]) => [name, text.length > longestOwnText ? "" : text]));
}

type Entry = readonly [name: string, text: string];

function textsIn(value: unknown): readonly Entry[] {
  const fields = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return fields.filter((field): field is [string, string] => typeof field[1] === "string");
}

const stringOf = (value: unknown): string => (typeof value === "string" ? value : "");
