import type * as z from "zod";

/** What a refusal is for programs: the reasons that apiextensions.k8s.io/v1 knows. */
export type RuleReason = "FieldValueInvalid" | "FieldValueForbidden" | "FieldValueRequired";

/**
 * One validation that stands on both sides: the API server evaluates `rule` (CEL), we evaluate `holds`.
 * The message names the field and the fix, since it is all that a person sees of either.
 */
export interface Rule<T> {
  readonly rule: string;
  readonly message: string;
  readonly holds: (value: T) => boolean;
  /** FieldValueInvalid unless given. */
  readonly reason?: RuleReason;
  /** The child of the value that is at fault. A rule on a text has none: the API server names the text itself. */
  readonly field?: keyof T & string;
}

export const validationsKey = "x-kubernetes-validations";

/** Adds rules to a schema: as refinements for us and as `x-kubernetes-validations` for the API server. */
export function withRules<S extends z.ZodType>(schema: S, ...rules: readonly Rule<z.output<S>>[]): S {
  return rules.reduce(
    (ruled, { rule, message, holds, reason = "FieldValueInvalid", field }) =>
      appendValidation(
        ruled.refine((value) => holds(value), { message }),
        // An empty fieldPath would be dropped by the API server, and shown as a difference by every GitOps tool.
        field === undefined ? { rule, message, reason } : { rule, message, reason, fieldPath: `.${field}` },
      ),
    schema,
  );
}

/**
 * Forbids a change once the object exists. A transition is not a property of one object, so only the API server
 * can check it.
 */
export function immutable<S extends z.ZodType>(schema: S, field: string, fix: string): S {
  const message = `${field} cannot be changed; ${fix}`;
  return appendValidation(schema, { rule: "self == oldSelf", message, reason: "FieldValueForbidden" });
}

/**
 * An optional field whose absence means `value`: to us alone, not by a default of the API server. That is for the
 * entries of a list, where GitOps tools compare the list as a whole and would show a default as a difference for ever.
 */
export function absentMeans<S extends z.ZodType>(schema: S, value: z.output<S>) {
  return schema.optional().transform((given) => given ?? value);
}

interface Validation {
  readonly rule: string;
  readonly message: string;
  readonly reason: RuleReason;
  readonly fieldPath?: string;
}

function appendValidation<S extends z.ZodType>(schema: S, validation: Validation): S {
  const before = (schema.meta()?.[validationsKey] ?? []) as readonly Validation[];
  return schema.meta({ ...schema.meta(), [validationsKey]: [...before, validation] });
}
