import { ok, type Result } from "../../std/result.ts";
import type { World } from "../model/world.ts";
import { refuse, type ApiError } from "../wire/api-error.ts";
import { isJsonObject, type Json, type JsonObject } from "../wire/json.ts";
import { isTrue, numberOf, readParameters, type Parameters, type ReservedName } from "../wire/parameters.ts";
import type { Parameter, RequestTarget } from "../wire/request-target.ts";
import { readCrossFieldQuery, readFilters, type Filter } from "./filter.ts";
import { readOrder } from "./order.ts";
import { comparing, hrefOf, valuesAt, visibleSvm, type Reader, type Resource } from "./resource.ts";
import { project, readableFields, selectFields, type Selection } from "./select-fields.ts";

/** What a handler gives back; links are in it, and taken out later for clients that asked for plain JSON. */
export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

const collectionParameters: readonly ReservedName[] = [
  "fields",
  "ignore_unknown_fields",
  "return_records",
  "return_timeout",
  "max_records",
  "offset",
  "order_by",
  "pretty",
  "query",
  "query_fields",
];

/** "The default limit of 10,000 objects": NetAppDocs/ontap-automation. */
const mostRecords = 10_000;

/** GET of a collection. */
export function readCollection(
  world: World,
  reader: Reader,
  resource: Resource,
  target: RequestTarget,
): Result<Answer, ApiError> {
  const parameters = readParameters(target.parameters, collectionParameters);
  if (!parameters.ok) return parameters;
  const { values, attributes } = parameters.value;
  const selection = collectionSelection(parameters.value, resource);
  if (!selection.ok) return selection;
  const filter = readFilters(attributes, resource, "GET");
  if (!filter.ok) return filter;
  const search = readCrossFieldQuery(values.get("query"), values.get("query_fields"), resource);
  if (!search.ok) return search;
  const orderText = values.get("order_by");
  const order = orderText === undefined ? undefined : readOrder(orderText, resource);
  if (order !== undefined && !order.ok) return order;

  const matches = resource.records(world, reader).filter((record) => filter.value(record) && search.value(record));
  const found = order === undefined ? matches : matches.toSorted(order.value);
  const page = pageOf(found, parameters.value, resource);
  const next = page.more ? nextHref(target, parameters.value, resource, page) : undefined;
  const records = page.records.map((record) => shown(world, resource, record, selection.value));
  const body: JsonObject = {
    records: isTrue(parameters.value, "return_records", true) ? records : undefined,
    num_records: records.length,
    _links: { self: { href: collectionHref(resource, target.rawQuery) }, next: next && { href: next } },
  };
  return ok(
    next === undefined ? { status: 200, body } : { status: 200, body, headers: { Link: `<${next}>; rel="next"` } },
  );
}

/** Fields that are filtered by are shown too: seen in the igroup sample, which filters by `os_type`. */
function collectionSelection(parameters: Parameters, resource: Resource): Result<Selection, ApiError> {
  const text = parameters.values.get("fields");
  const selected =
    text === undefined
      ? ok(new Set<string>())
      : selectFields(text, resource, isTrue(parameters, "ignore_unknown_fields"));
  if (!selected.ok) return selected;
  return ok(new Set([...resource.identity, ...selected.value, ...parameters.attributes.keys()]));
}

export interface Page {
  readonly records: readonly JsonObject[];
  /** Whether the limit was reached: ONTAP does not look whether anything is left. */
  readonly more: boolean;
  /** How many records come before the next page, for ordered collections. */
  readonly nextOffset: number;
}

export function pageOf(found: readonly JsonObject[], parameters: Parameters, resource: Resource): Page {
  const ordered = parameters.values.has("order_by");
  const offset = numberOf(parameters, "offset") ?? 0;
  const limit = numberOf(parameters, "max_records") ?? mostRecords;
  const rest = ordered || parameters.start.size === 0 ? found : found.filter(isAfter(parameters.start, resource));
  const records = rest.slice(offset, offset + limit);
  return { records, more: records.length === limit, nextOffset: offset + limit };
}

/** Whether a record comes after the one named by `start.<key>` parameters. */
function isAfter(start: ReadonlyMap<string, string>, resource: Resource): Filter {
  return (record) => {
    for (const key of resource.keys) {
      const field = resource.fields[key];
      const last = start.get(key);
      if (field === undefined || last === undefined) continue;
      const order = comparing(field)(valuesAt(record, key)[0] ?? "", last);
      if (order !== 0) return order > 0;
    }
    return false;
  };
}

/**
 * The link to the next page: the parameters as they came, and where to go on. Collections in key order go on after the
 * last record; ordered ones by offset, since their keys say nothing about the place.
 */
export function nextHref(target: RequestTarget, parameters: Parameters, resource: Resource, page: Page): string {
  const last = page.records.at(-1);
  const kept = target.parameters.filter(({ name }) => !name.startsWith("start.") && name !== "offset");
  const goOn: readonly Parameter[] =
    parameters.values.has("order_by") || last === undefined
      ? [{ name: "offset", value: String(page.nextOffset) }]
      : resource.keys.map((key) => ({ name: `start.${key}`, value: valuesAt(last, key)[0] }));
  const query = [...goOn, ...kept].map(({ name, value }) => `${name}=${encodeURIComponent(value ?? "")}`).join("&");
  return collectionHref(resource, query);
}

export function collectionHref(resource: Resource, query: string): string {
  const path = ["/api", ...resource.path].join("/");
  return query === "" ? path : `${path}?${query}`;
}

const instanceParameters = ["fields", "ignore_unknown_fields", "return_records", "return_timeout", "pretty"] as const;

/** GET of one record: what `fields=*` shows. A record that is not there is code 4. */
export function readInstance(
  world: World,
  reader: Reader,
  resource: Resource,
  keys: readonly string[],
  target: RequestTarget,
): Result<Answer, ApiError> {
  const parameters = readParameters(target.parameters, instanceParameters);
  if (!parameters.ok) return parameters;
  const { values, attributes } = parameters.value;
  const filter = readFilters(attributes, resource, "GET");
  if (!filter.ok) return filter;
  const fields = values.get("fields");
  const selected =
    fields === undefined
      ? ok(undefined)
      : selectFields(fields, resource, isTrue(parameters.value, "ignore_unknown_fields"));
  if (!selected.ok) return selected;
  const record = resource.find(world, reader, keys);
  if (record === undefined || !filter.value(record))
    return refuse("4", { target: absentKey(world, reader, resource, keys) });
  const selection = new Set([...resource.identity, ...(selected.value ?? readableFields(resource))]);
  return ok({ status: 200, body: shown(world, resource, record, selection) });
}

/** The key that names nothing: the SVM's if no SVM has that UUID, else the record's own key. */
function absentKey(world: World, reader: Reader, resource: Resource, keys: readonly string[]): string {
  const svmIsThere = visibleSvm(world, reader, keys[0]) !== undefined;
  const index = resource.keys[0] === "svm.uuid" && svmIsThere ? 1 : 0;
  return resource.keys[index] ?? "uuid";
}

/** A record as it is sent: the selected fields with links to itself and to its SVM. */
export function shown(world: World, resource: Resource, record: JsonObject, selection: Selection): JsonObject {
  const projected = project(record, selection);
  const uuid = valuesAt(record, "svm.uuid")[0];
  const svm = projected["svm"];
  const linkedSvm: Json | undefined =
    isJsonObject(svm) && uuid !== undefined ? { ...svm, _links: { self: { href: `/api/svm/svms/${uuid}` } } } : svm;
  const self = { self: { href: hrefOf(world, resource, record) } };
  return linkedSvm === undefined ? { ...projected, _links: self } : { ...projected, svm: linkedSvm, _links: self };
}

/** The body for `Accept: application/json`: "no _links are returned except the next link". */
export function withoutLinks(body: JsonObject): JsonObject {
  const links = body["_links"];
  const next = isJsonObject(links) ? links["next"] : undefined;
  const stripped = stripLinks(body) as JsonObject;
  return next === undefined ? stripped : { ...stripped, _links: { next } };
}

function stripLinks(value: Json): Json {
  if (Array.isArray(value)) return value.map(stripLinks);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== "_links")
      .map(([name, member]) => [name, member === undefined ? undefined : stripLinks(member)]),
  );
}
