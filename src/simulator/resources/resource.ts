import { unreachable } from "../../std/unreachable.ts";

import type { ClusterVersion, Svm } from "../model/cluster.ts";
import { hasFeature, type Feature } from "../model/release.ts";
import type { World } from "../model/world.ts";
import { isJsonObject, type Json, type JsonObject } from "../wire/json.ts";

/** Something that can be read: which fields it has, what identifies a record, and the records a login sees. */
export interface Resource {
  /** Path segments below `/api`. */
  readonly path: readonly string[];
  /** The fields of the record's own path, in their order. */
  readonly keys: readonly string[];
  /** What a collection shows of each record unless `fields` says more. */
  readonly identity: readonly string[];
  /** All leaf fields by dotted name, without array indices. */
  readonly fields: Readonly<Record<string, Field>>;
  /** The features that fields came with, for those that the first releases did not have. */
  readonly fieldsSince?: Readonly<Record<string, Feature>>;
  /** Records with all readable fields, ordered by their keys, without links. */
  readonly records: (world: World, reader: Reader) => readonly JsonObject[];
  /** The record with these keys; must agree with `records` and be quick. */
  readonly find: (world: World, reader: Reader, keys: readonly string[]) => JsonObject | undefined;
}

/** The resource as a release has it: a field that came later is as unknown as any. */
export function inRelease(resource: Resource, version: ClusterVersion): Resource {
  const { fieldsSince = {}, fields } = resource;
  const missing = Object.entries(fieldsSince).filter(([, feature]) => !hasFeature(version, feature));
  if (missing.length === 0) return resource;
  const names = new Set(missing.map(([name]) => name));
  return { ...resource, fields: Object.fromEntries(Object.entries(fields).filter(([name]) => !names.has(name))) };
}

/** How a field's values compare in filters and sorting; `secret` fields are never read. */
export type Field =
  | { readonly kind: "text" }
  | { readonly kind: "number" }
  /** Compared without case. */
  | { readonly kind: "folded" }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "secret" };

/** Who reads: the SVM that an SVM login or a tunnelling header restricts the view to. */
export interface Reader {
  readonly scope: Svm | undefined;
}

/** The SVMs a reader sees, ordered by UUID as keys are. */
export function visibleSvms(world: World, reader: Reader): readonly Svm[] {
  if (reader.scope !== undefined) return [reader.scope];
  return [...world.cluster.svms.values()].toSorted((a, b) => (a.uuid < b.uuid ? -1 : 1));
}

export function visibleSvm(world: World, reader: Reader, uuid: string | undefined): Svm | undefined {
  const svm = uuid === undefined ? undefined : world.cluster.svms.get(uuid);
  return reader.scope === undefined || reader.scope === svm ? svm : undefined;
}

/** All values of a leaf field in a record; several if arrays are on the way, none if it is not set. */
export function valuesAt(record: Json | undefined, name: string): readonly string[] {
  if (record === undefined || record === null) return [];
  if (Array.isArray(record)) return record.flatMap((item: Json) => valuesAt(item, name));
  if (name === "") return typeof record === "object" ? [] : [String(record)];
  if (!isJsonObject(record)) return [];
  const dot = name.indexOf(".");
  return dot < 0 ? valuesAt(record[name], "") : valuesAt(record[name.slice(0, dot)], name.slice(dot + 1));
}

/** Orders two values of a field; enums alphabetically, as the reference says. */
export function comparing(field: Field): (a: string, b: string) => number {
  switch (field.kind) {
    case "number":
      return (a, b) => Number(a) - Number(b);
    case "folded":
    case "enum":
      return (a, b) => byText(a.toLowerCase(), b.toLowerCase());
    case "text":
    case "secret":
      return byText;
    default:
      return unreachable(field);
  }
}

function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A record's own path, such as `/api/protocols/san/iscsi/credentials/<uuid>/<initiator>`. */
export function hrefOf(world: World, resource: Resource, record: JsonObject): string {
  const keys = resource.keys.map((key) => encodeSegment(world, valuesAt(record, key)[0] ?? ""));
  return ["/api", ...resource.path, ...keys].join("/");
}

function encodeSegment(world: World, text: string): string {
  const encoded = encodeURIComponent(text);
  return world.dialect.hrefColon === "raw" ? encoded.replaceAll("%3A", ":") : encoded;
}
