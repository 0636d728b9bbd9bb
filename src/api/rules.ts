import type * as z from "zod";

/**
 * One validation that stands on both sides: the API server evaluates `rule` (CEL), we evaluate `holds`.
 * The message names the field and the fix, since it is all that a person sees of either.
 */
export interface Rule<T> {
  readonly rule: string;
  readonly message: string;
  readonly holds: (value: T) => boolean;
}

export const validationsKey = "x-kubernetes-validations";

/** Adds rules to a schema: as refinements for us and as `x-kubernetes-validations` for the API server. */
export function withRules<S extends z.ZodType>(schema: S, ...rules: readonly Rule<z.output<S>>[]): S {
  return rules.reduce(
    (ruled, { rule, message, holds }) =>
      appendValidation(
        ruled.refine((value) => holds(value), { message }),
        { rule, message },
      ),
    schema,
  );
}

/**
 * Forbids a change once the object exists. A transition is no property of one object, so only the API server
 * can check it.
 */
export function immutable<S extends z.ZodType>(schema: S, field: string, fix: string): S {
  return appendValidation(schema, { rule: "self == oldSelf", message: `${field} cannot be changed; ${fix}` });
}

interface Validation {
  readonly rule: string;
  readonly message: string;
}

function appendValidation<S extends z.ZodType>(schema: S, validation: Validation): S {
  const before = (schema.meta()?.[validationsKey] ?? []) as readonly Validation[];
  return schema.meta({ ...schema.meta(), [validationsKey]: [...before, validation] });
}
