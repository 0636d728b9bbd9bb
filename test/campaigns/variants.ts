import type { StructuralSchema } from "../../tools/crd/structural.ts";

/** One field of a spec set to one value, or taken away. */
export interface Variant {
  /** Such as `chap.inbound.secretRef.name`; an entry of a list is not a field of its own. */
  readonly path: string;
  /** Undefined takes the field away. */
  readonly value: unknown;
}

/** Values that the field's type, pattern or rule admits, by the end of its path; what is not here has no text of its own. */
export type Samples = Readonly<Record<string, readonly unknown[]>>;

/**
 * Every field of a schema, with every value of its enumeration, both booleans, its bounds and one beyond each, its samples, a value
 * of another type, and nothing at all. Made from the definition, so that a new field joins by itself.
 */
export function variantsOf(schema: StructuralSchema, samples: Samples): readonly Variant[] {
  return fieldsOf(schema, []).flatMap(({ path, field }) =>
    [...valuesOf(path, field, samples), undefined].map((value) => ({ path: path.join("."), value })),
  );
}

interface Field {
  readonly path: readonly string[];
  readonly field: StructuralSchema;
}

function fieldsOf(schema: StructuralSchema, path: readonly string[]): readonly Field[] {
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, StructuralSchema>>;
  return Object.entries(properties).flatMap(([name, field]) => {
    const here = [...path, name];
    return [{ path: here, field }, ...fieldsOf(field, here)];
  });
}

function valuesOf(path: readonly string[], field: StructuralSchema, samples: Samples): readonly unknown[] {
  const given = sampleOf(path, samples);
  const number = (keyword: string): number | undefined => field[keyword] as number | undefined;
  switch (field["type"]) {
    case "string": {
      const listed = (field["enum"] ?? []) as readonly string[];
      const tooLong = "x".repeat((number("maxLength") ?? 1024) + 1);
      return [...listed, ...given, "", tooLong, 7];
    }
    case "boolean":
      return [true, false, "yes"];
    case "integer": {
      const [least = 0, most = 100] = [number("minimum"), number("maximum")];
      return [least, most, least - 1, most + 1, "1"];
    }
    case "array": {
      const [first] = (given[0] ?? []) as readonly unknown[];
      const tooMany = Array.from({ length: (number("maxItems") ?? 1024) + 1 }, () => first ?? {});
      return [...given, [], tooMany, {}];
    }
    case "object":
      return [...given, {}, "text"];
    default:
      throw new Error(`${path.join(".")} has a type that no campaign knows: ${String(field["type"])}`);
  }
}

function sampleOf(path: readonly string[], samples: Samples): readonly unknown[] {
  const name = Object.keys(samples)
    .filter((end) => path.join(".").endsWith(end))
    .toSorted((a, b) => b.length - a.length)[0];
  return name === undefined ? [] : (samples[name] ?? []);
}

/** The spec with these variants; objects on the way are made. */
export function withVariants(spec: object, variants: readonly Variant[]): object {
  const copy = structuredClone(spec) as Record<string, unknown>;
  for (const { path, value } of variants) {
    const names = path.split(".");
    const last = names.pop() ?? "";
    let inner = copy;
    for (const name of names) {
      const next = inner[name];
      inner = (inner[name] = typeof next === "object" && next !== null ? next : {}) as Record<string, unknown>;
    }
    if (value === undefined) delete inner[last];
    else inner[last] = value;
  }
  return copy;
}

/** Pairs of variants of different fields, none of which contains the other: every so many-th, so that `most` come out at most. */
export function pairsOf(variants: readonly Variant[], most: number): readonly (readonly [Variant, Variant])[] {
  const pairs = variants.flatMap((first, index) =>
    variants
      .slice(index + 1)
      .filter(({ path }) => path !== first.path && !isWithin(path, first.path) && !isWithin(first.path, path))
      .map((second) => [first, second] as const),
  );
  const every = Math.max(1, Math.ceil(pairs.length / most));
  return pairs.filter((_, index) => index % every === 0);
}

const isWithin = (path: string, outer: string): boolean => path.startsWith(`${outer}.`);
