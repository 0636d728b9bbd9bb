import * as z from "zod";

/** Cuts a value to what a schema allows. Gives back the very value if nothing is beyond a bound. */
export type Fit = <T>(value: T) => T;

/**
 * Makes the function that cuts values to the bounds of `schema`, so that the API server does not refuse a whole status
 * for one text of another system that is too long: strings end at maxLength with an ellipsis, of lists the first maxItems
 * stay, and of entries with one key (`x-kubernetes-list-map-keys`, or equal ones in a set) the first. A list that grows at
 * its end has to be cut by its writer.
 */
export function fitTo(schema: z.ZodType): Fit {
  const cut = cutterOf(schema);
  return <T>(value: T): T => cut(value) as T;
}

type Cut = (value: unknown) => unknown;

const keep: Cut = (value) => value;

function cutterOf(schema: unknown): Cut {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return cutterOf(schema.unwrap());
  }
  if (schema instanceof z.ZodString) return schema.maxLength === null ? keep : cutText(schema.maxLength);
  if (schema instanceof z.ZodArray) return cutList(schema);
  if (schema instanceof z.ZodObject) return cutFields(schema);
  return keep;
}

/**
 * `most` counts characters at the API server and UTF-16 units here, which are never fewer. Half of a character that needs
 * two units is dropped.
 */
const cutText =
  (most: number): Cut =>
  (value) =>
    typeof value !== "string" || value.length <= most
      ? value
      : `${value.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;

function cutFields({ shape }: z.ZodObject): Cut {
  const cutters = Object.entries(shape)
    .map(([field, schema]) => [field, cutterOf(schema)] as const)
    .filter(([, cut]) => cut !== keep);
  if (cutters.length === 0) return keep;
  return (value) => {
    if (typeof value !== "object" || value === null) return value;
    const fields = value as Readonly<Record<string, unknown>>;
    const changes = cutters
      .map(([field, cut]) => [field, cut(fields[field])] as const)
      .filter(([field, after]) => after !== fields[field]);
    return changes.length === 0 ? value : { ...fields, ...Object.fromEntries(changes) };
  };
}

function cutList(schema: z.ZodArray): Cut {
  const cutEntry = cutterOf(schema.element);
  const most = mostItems(schema);
  const identify = identityIn(schema.meta() ?? {});
  return (value) => {
    if (!Array.isArray(value)) return value;
    const given: readonly unknown[] = value;
    const entries = given.map(cutEntry);
    const kept = identify === undefined ? entries : firstOfEach(entries, identify);
    const isWhole = kept.length <= most && kept.length === given.length;
    return isWhole && kept.every((entry, index) => entry === given[index]) ? given : kept.slice(0, most);
  };
}

function mostItems({ def }: z.ZodArray): number {
  const bounds = (def.checks ?? []).map((check) => check._zod.def as { readonly maximum?: number });
  return Math.min(...bounds.map(({ maximum = Infinity }) => maximum));
}

/** What makes two entries of a list the same one for the API server; undefined where it does not care. */
function identityIn(meta: Readonly<Record<string, unknown>>): ((entry: unknown) => string) | undefined {
  const type = meta["x-kubernetes-list-type"];
  if (type === "set") return (entry) => JSON.stringify(entry);
  if (type !== "map") return undefined;
  const keys = meta["x-kubernetes-list-map-keys"] as readonly string[];
  return (entry) => JSON.stringify(keys.map((key) => (entry as Readonly<Record<string, unknown>>)[key]));
}

function firstOfEach(entries: readonly unknown[], identify: (entry: unknown) => string): unknown[] {
  const seen = new Set<string>();
  return entries.filter((entry) => {
    const identity = identify(entry);
    const isFirst = !seen.has(identity);
    seen.add(identity);
    return isFirst;
  });
}
