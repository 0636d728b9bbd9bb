import { mostConditions, type Condition } from "./fields.ts";

/** How things stand with an object, in one value. The conditions that every tool reads follow from it. */
export interface Verdict {
  /**
   * - `ready`: the world is as declared.
   * - `retrying`: not yet; the operator goes on by itself (kstatus InProgress).
   * - `stalled`: not, until a person changes something (kstatus Failed).
   */
  readonly standing: "ready" | "retrying" | "stalled";
  readonly reason: string;
  readonly message: string;
}

/** A condition as a pass finds it; true ones only are listed where absence means false. */
export interface Aspect<Type extends string = string> {
  readonly type: Type;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

const pending = { status: "Unknown", reason: "Pending", message: "Waiting for controller" } as const;

/** How Ready stands, without its words. */
export type ReadyVerdict = Pick<Condition, "status" | "reason">;

/** How an object stands by its own status; Pending, as the API server itself would say, while no one has looked at it. */
export function readyOf(
  conditions: readonly Condition[] | undefined,
): Pick<Condition, "status" | "reason" | "message"> {
  return conditions?.find(({ type }) => type === "Ready") ?? pending;
}

/** The API allows 32 KiB; people read the first lines. */
const longestMessage = 1024;

export interface ConditionsOptions<Type extends string> {
  /** The conditions that the operator writes on this kind; every other one is another's, and stays as it is. */
  readonly ours: Readonly<Record<Type | VerdictCondition, unknown>>;
  readonly generation: number;
  readonly nowMs: number;
}

type VerdictCondition = "Ready" | "Reconciling" | "Stalled";

/**
 * The conditions of an object after a pass: Ready always, Reconciling or Stalled only while True and never both, with
 * Ready's own reason and message, then the aspects in the order given, then those of others.
 * `lastTransitionTime` moves only when a status does, so that a pass without news changes no byte.
 */
export function conditionsAfter<Type extends string>(
  before: readonly Condition[],
  verdict: Verdict,
  aspects: readonly Aspect<Type>[],
  options: ConditionsOptions<Type>,
): Condition[] {
  const { standing, reason, message } = verdict;
  const ready: Aspect = { type: "Ready", status: standing === "ready" ? "True" : "False", reason, message };
  const why: readonly Aspect[] =
    standing === "ready"
      ? []
      : [{ type: standing === "stalled" ? "Stalled" : "Reconciling", status: "True", reason, message }];
  return listConditions(before, [ready, ...why, ...aspects], options);
}

/**
 * The conditions of an object that a person has suspended: what was true of it stays, and nothing goes on or waits.
 * One that was never looked at says so, since Unknown is for what no controller has seen.
 */
export function suspendedConditions(
  before: readonly Condition[],
  unseen: Pick<Verdict, "reason" | "message">,
  options: ConditionsOptions<string>,
): Condition[] {
  const kept = before.filter(({ type }) => type in options.ours && type !== "Reconciling" && type !== "Stalled");
  const seen = readyOf(before).status !== "Unknown";
  return listConditions(before, seen ? kept : [{ type: "Ready", status: "False", ...unseen }], options);
}

function listConditions(
  before: readonly Condition[],
  aspects: readonly Aspect[],
  { ours, generation, nowMs }: ConditionsOptions<string>,
): Condition[] {
  const own = aspects.map((aspect) => {
    const old = before.find(({ type }) => type === aspect.type);
    return {
      type: aspect.type,
      status: aspect.status,
      observedGeneration: generation,
      lastTransitionTime: old?.status === aspect.status ? old.lastTransitionTime : timestamp(nowMs),
      reason: aspect.reason,
      message: shorten(aspect.message),
    };
  });
  const foreign = before.filter(({ type }) => !(type in ours));
  return [...own, ...foreign.slice(0, mostConditions - own.length)];
}

function shorten(message: string): string {
  return message.length <= longestMessage ? message : `${message.slice(0, longestMessage - 1)}…`;
}

/** metav1.Time: RFC 3339 in whole seconds, as Kubernetes writes it. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}
