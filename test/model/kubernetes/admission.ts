import type * as z from "zod";
import { pendingStatus } from "../../../src/api/fields.ts";
import type { Kind } from "../../../src/api/kinds.ts";
import { structuralSchema, type StructuralSchema } from "../../../tools/crd/structural.ts";
import { isDeepStrictEqual } from "node:util";
import { err, ok, type Result } from "../../../src/std/result.ts";
import type { KubeObject } from "./object.ts";
import type { Resource } from "./resources.ts";

/**
 * What an object must be to be stored, and what it becomes by that: fields that the definition does not know are dropped,
 * defaults filled in. For our kinds the zod schemas say so, from which the definition is made; transition rules, which
 * zod cannot express, are read from the definition itself.
 *
 * Not modelled: ratcheting (an old value that breaks a newer rule may stay as long as it does not change), and the one
 * rule that only we can check (an IPv6 range that goes backwards is refused here and accepted there).
 */
export function admit(
  resource: Resource,
  object: KubeObject,
  before: KubeObject | undefined,
): Result<KubeObject, readonly string[]> {
  const { name } = object.metadata;
  if (!nameGrammar.test(name)) return err([`metadata.name: Invalid value: ${JSON.stringify(name)}`]);
  if (resource.ours !== undefined) return admitOurs(resource.ours, object, before);
  if (resource.kind === "Secret") return admitSecret(object, before);
  if (resource.kind === "Namespace") return ok({ ...object, status: { phase: "Active" } });
  return ok(object);
}

const nameGrammar = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

function admitOurs(
  kind: Kind,
  object: KubeObject,
  before: KubeObject | undefined,
): Result<KubeObject, readonly string[]> {
  const { apiVersion, kind: name, metadata } = object;
  const spec = kind.spec.safeParse(object["spec"]);
  const status = kind.status.safeParse(object["status"] ?? pendingStatus);
  const problems = [...problemsOf("spec", spec.error), ...problemsOf("status", status.error)];
  if (problems.length > 0) return err(problems);
  if (before !== undefined) {
    const changed = changedImmutables(kind).filter((path) => {
      return !isDeepStrictEqual(at(spec.data, path), at(before["spec"], path));
    });
    if (changed.length > 0) return err(changed.map((path) => `spec.${path.join(".")} cannot be changed`));
  }
  // JSON drops what is undefined, as the schemas leave it for what is absent.
  return ok(
    JSON.parse(
      JSON.stringify({ apiVersion, kind: name, metadata, spec: stored(kind, spec.data, object), status: status.data }),
    ) as KubeObject,
  );
}

/** What a parser makes of an absent field is stored only if the definition has it as a default. */
const stored = (kind: Kind, parsed: unknown, object: KubeObject): unknown =>
  withoutMeanings(parsed, object["spec"], schemaOf(kind));

const schemas = new Map<Kind, StructuralSchema>();

/** Made once: it takes longer than all else that is done to an object here. */
function schemaOf(kind: Kind): StructuralSchema {
  const known = schemas.get(kind) ?? structuralSchema(kind.spec);
  schemas.set(kind, known);
  return known;
}

function withoutMeanings(parsed: unknown, sent: unknown, schema: StructuralSchema | undefined): unknown {
  if (Array.isArray(parsed)) {
    const items = schema?.["items"] as StructuralSchema | undefined;
    return parsed.map((item, index) => withoutMeanings(item, (sent as readonly unknown[] | undefined)?.[index], items));
  }
  if (typeof parsed !== "object" || parsed === null) return parsed;
  const properties = (schema?.["properties"] ?? {}) as Readonly<Record<string, StructuralSchema>>;
  const given = (sent ?? {}) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(parsed)
      .filter(([name]) => name in given || sent === undefined || properties[name]?.["default"] !== undefined)
      .map(([name, value]) => [name, withoutMeanings(value, given[name], properties[name])]),
  );
}

function problemsOf(root: string, error: z.ZodError | undefined): readonly string[] {
  return (error?.issues ?? []).map(({ path, message }) => `${[root, ...path].map(String).join(".")}: ${message}`);
}

const immutables = new Map<Kind, readonly (readonly string[])[]>();

/** The fields of a spec with the rule `self == oldSelf`. Any other transition rule is new to this model. */
function changedImmutables(kind: Kind): readonly (readonly string[])[] {
  const known = immutables.get(kind);
  if (known !== undefined) return known;
  const found: string[][] = [];
  const walk = (schema: StructuralSchema, path: readonly string[]): void => {
    const rules = (schema["x-kubernetes-validations"] ?? []) as readonly { readonly rule: string }[];
    for (const { rule } of rules.filter((each) => each.rule.includes("oldSelf"))) {
      if (rule !== "self == oldSelf") throw new Error(`the model does not know the transition rule ${rule}`);
      found.push([...path]);
    }
    const properties = (schema["properties"] ?? {}) as Readonly<Record<string, StructuralSchema>>;
    for (const [name, property] of Object.entries(properties)) walk(property, [...path, name]);
  };
  walk(schemaOf(kind), []);
  immutables.set(kind, found);
  return found;
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => (inner as Readonly<Record<string, unknown>> | undefined)?.[name], value);

/** `stringData` is a way of writing `data`; the type of a Secret never changes. */
function admitSecret(object: KubeObject, before: KubeObject | undefined): Result<KubeObject, readonly string[]> {
  const { stringData, data, type, ...rest } = object;
  const written = Object.entries((stringData ?? {}) as Readonly<Record<string, string>>).map(
    ([key, text]) => [key, Buffer.from(text, "utf8").toString("base64")] as const,
  );
  const typeNow = typeof type === "string" && type !== "" ? type : "Opaque";
  if (before !== undefined && before["type"] !== typeNow) return err(["type: Invalid value: field is immutable"]);
  const all = { ...(data as object | undefined), ...Object.fromEntries(written) };
  const hasData = Object.keys(all).length > 0;
  return ok({ ...rest, ...(hasData ? { data: all } : {}), type: typeNow });
}
