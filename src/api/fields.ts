import * as z from "zod";
import { durationPattern, parseDurationMs } from "../std/duration.ts";
import { withRules } from "./rules.ts";

/** Fields that both kinds share. */

/** The name of an object in the cluster: a DNS subdomain, as Kubernetes wants it. */
export const objectName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "must be a name of lower-case letters, digits, - and ., such as prod-a");

export const namespaceName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, "must be a namespace: lower-case letters, digits and -, such as storage");

/** A key in a Secret's or ConfigMap's data. */
export const dataKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/, "must be a key: letters, digits, -, _ and ., such as password");

/**
 * A duration between two bounds, both included and both written as durations.
 * `field` is the path that the message names.
 */
export function boundedDuration(field: string, least: string, most: string): z.ZodString {
  const [leastMs, mostMs] = [millisecondsOf(least), millisecondsOf(most)];
  return withRules(z.string().min(2).max(18), {
    rule: `self.matches('${durationPattern.source}') && duration(self) >= duration('${least}') && duration(self) <= duration('${most}')`,
    message: `${field} must be a duration of whole hours, minutes and seconds between ${least} and ${most}, such as 10m or 1h30m`,
    holds: (text) => {
      const parsed = parseDurationMs(text);
      return parsed.ok && parsed.value >= leastMs && parsed.value <= mostMs;
    },
  });
}

/** Milliseconds of a duration that the schema has already accepted. */
export function millisecondsOf(duration: string): number {
  const parsed = parseDurationMs(duration);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** metav1.Time. */
export const time = z.iso.datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" });

/** metav1.Condition, with its own bounds and patterns. */
export const condition = z
  .object({
    type: z
      .string()
      .min(1)
      .max(316)
      .regex(
        /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/,
        "must be a CamelCase word, such as Ready",
      )
      .meta({ description: "type is the aspect that the condition is about, in CamelCase." }),
    status: z
      .enum(["True", "False", "Unknown"])
      .meta({ description: "status is whether the condition holds: True, False or Unknown." }),
    observedGeneration: z
      .int()
      .min(0)
      .optional()
      .meta({ description: "observedGeneration is the metadata.generation that the condition was computed from." }),
    lastTransitionTime: time.meta({ description: "lastTransitionTime is when status last changed." }),
    reason: z
      .string()
      .min(1)
      .max(1024)
      .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/, "must be a CamelCase word, such as Applied")
      .meta({ description: "reason is why, as one CamelCase word of a closed table (docs/status.md)." }),
    message: z.string().max(32768).meta({ description: "message says why, and what to do." }),
  })
  .meta({ description: "A condition is one aspect of the object's state." });

export type Condition = Readonly<z.output<typeof condition>>;

/** Of one object, those that others put there included. */
export const mostConditions = 16;

export const conditions = z
  .array(condition)
  .max(mostConditions)
  .meta({
    description:
      "conditions are the latest observations of the object's state. Ready is always present; Reconciling and Stalled are present only while they are True.",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["type"],
  });

export const observedGeneration = z.int().min(-1).meta({
  description:
    "observedGeneration is the metadata.generation that the operator last acted on; -1 before it has seen the object.",
});

export const lastHandledReconcileAt = z.string().max(256).meta({
  description:
    "lastHandledReconcileAt is the value of annotation ontap-iscsi.dev/reconcile-requested-at that the operator last acted on.",
});

/** The status of an object that no controller has seen: everything that waits for it keeps waiting. */
export const pendingStatus = {
  observedGeneration: -1,
  conditions: [
    {
      type: "Ready",
      status: "Unknown",
      reason: "Pending",
      message: "Waiting for controller",
      lastTransitionTime: "1970-01-01T00:00:00Z",
    },
  ],
} as const;

export const apiGroup = "ontap-iscsi.dev";
export const apiVersion = "v1alpha1";
export const reconcileRequestAnnotation = `${apiGroup}/reconcile-requested-at`;
/** On an OntapConnection: until this time, at most 24 hours ahead, what the array held before may be adopted. */
export const adoptUntilAnnotation = `${apiGroup}/adopt-until`;
/** On an OntapConnection: its owner has dealt with what was left behind up to this time. */
export const leftBehindAcknowledgedAnnotation = `${apiGroup}/left-behind-acknowledged`;
/** On a Secret, a label: what its owner offers it for, `chap` or `login`. */
export const useLabel = `${apiGroup}/use`;
/** On a Secret for CHAP: further keys whose values are user names and may be shown, with commas between. */
export const userKeysAnnotation = `${apiGroup}/user-keys`;
/** On a login Secret: the only endpoints that it may be sent to, as host[:port] with commas between. */
export const endpointsAnnotation = `${apiGroup}/endpoints`;

/** The annotations of our own kinds that mean something. Objects stay in memory: what else stands on them must not. */
const ourAnnotations = [reconcileRequestAnnotation, adoptUntilAnnotation, leftBehindAcknowledgedAnnotation] as const;
/** Times, and whatever a person writes to ask for a look. */
const longestAnnotation = 256;
const mostLabels = 64;
const mostFinalizers = 32;
/** Stands in a list of finalizers for those of others when there are too many to keep. It is not a name that one can have. */
export const moreFinalizers = "…";

export const isOurFinalizer = (name: string): boolean => name.startsWith(`${apiGroup}/`);

type Texts = Readonly<Record<string, string>>;

function keepAnnotations(all: Texts): Texts {
  const kept = ourAnnotations.filter((name) => all[name] !== undefined);
  return Object.fromEntries(kept.map((name) => [name, shorten(all[name] ?? "")]));
}

/** A copy: a part of a text would keep the whole in memory. */
function shorten(text: string): string {
  return text.length <= longestAnnotation ? text : Buffer.from(text.slice(0, longestAnnotation)).toString();
}

/** All or none, since a selector may ask for what is absent. */
const keepLabels = (all: Texts): Texts => (Object.keys(all).length > mostLabels ? {} : all);

function keepFinalizers(all: readonly string[]): readonly string[] {
  return all.length <= mostFinalizers ? all : [...all.filter(isOurFinalizer), moreFinalizers];
}

/**
 * What every Kubernetes object carries, as far as we read it: bounded, whatever stands there, since anyone who may edit an
 * object could fill our memory otherwise.
 */
export const objectMeta = z.object({
  name: z.string(),
  namespace: z.string().default(""),
  uid: z.string().default(""),
  resourceVersion: z.string().default(""),
  generation: z.int().default(0),
  creationTimestamp: z.string().default(""),
  deletionTimestamp: z.string().optional(),
  finalizers: z.array(z.string()).default([]).transform(keepFinalizers),
  annotations: z.record(z.string(), z.string()).default({}).transform(keepAnnotations),
  labels: z.record(z.string(), z.string()).default({}).transform(keepLabels),
});
export type ObjectMeta = Readonly<z.output<typeof objectMeta>>;

const noLabels: Texts = {};

/** The same of a kind whose labels nothing reads. */
export const unlabelledMeta = objectMeta.omit({ labels: true }).transform((meta) => ({ ...meta, labels: noLabels }));
