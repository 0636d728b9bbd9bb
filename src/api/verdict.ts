import type { Condition } from "./fields.ts";

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

/** A condition beside the three that a verdict decides; true ones only are listed where absence means false. */
export interface Aspect {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

const pending = { status: "Unknown", reason: "Pending", message: "Waiting for controller" } as const;

/** How an object stands by its own status; Pending, as the API server itself would say, while nobody has looked at it. */
export function readyOf(
  conditions: readonly Condition[] | undefined,
): Pick<Condition, "status" | "reason" | "message"> {
  return conditions?.find(({ type }) => type === "Ready") ?? pending;
}

/** The API allows 32 KiB; people read the first lines. */
const longestMessage = 1024;

/**
 * The conditions of an object after a pass: Ready always, Reconciling or Stalled only while True and never both, with
 * Ready's own reason and message, then the aspects in the order given.
 * `lastTransitionTime` moves only when a status does, so that a pass without news changes no byte.
 */
export function conditionsAfter(
  before: readonly Condition[],
  verdict: Verdict,
  aspects: readonly Aspect[],
  { generation, nowMs }: { readonly generation: number; readonly nowMs: number },
): Condition[] {
  const { standing, reason, message } = verdict;
  const ready: Aspect = { type: "Ready", status: standing === "ready" ? "True" : "False", reason, message };
  const why: readonly Aspect[] =
    standing === "ready"
      ? []
      : [{ type: standing === "stalled" ? "Stalled" : "Reconciling", status: "True", reason, message }];
  return [ready, ...why, ...aspects].map((aspect) => {
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
}

function shorten(message: string): string {
  return message.length <= longestMessage ? message : `${message.slice(0, longestMessage - 1)}…`;
}

/** metav1.Time: RFC 3339 in whole seconds, as Kubernetes writes it. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}
