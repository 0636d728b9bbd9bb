import type { Lease } from "./lease.ts";

/** client-go's three times; its defaults are 15, 10 and 2 s. */
export interface LeaseTiming {
  /** How long others wait after the last renewal that they saw before they take over. */
  readonly leaseMs: number;
  /** How long the leader writes after its last renewal. Shorter, so that it has ended before another begins. */
  readonly renewDeadlineMs: number;
  /** How often it renews, and how often others read it. */
  readonly retryMs: number;
}

/** All instants are of our own monotonic clock: what others wrote of their time proves nothing. */
export interface LeaseFacts {
  readonly me: string;
  readonly role:
    | { readonly as: "candidate" }
    /** `renewedMs`: when the last renewal that succeeded was sent. */
    | { readonly as: "leader"; readonly renewedMs: number };
  readonly seen: Seen;
  /** When the next look or renewal is due. */
  readonly dueMs: number;
  readonly nowMs: number;
  readonly timing: LeaseTiming;
}

export type Seen =
  | { readonly state: "unread" }
  /** `heldUntilMs`: the one that was deleted may have a leader that does not know yet. */
  | { readonly state: "absent"; readonly heldUntilMs: number }
  /** `changedMs`: when we first saw this record. */
  | { readonly state: "present"; readonly lease: Lease; readonly changedMs: number };

export type LeaseStep =
  | { readonly do: "wait"; readonly untilMs: number }
  | { readonly do: "read" }
  | { readonly do: "create" }
  /** Take it over, or renew it. */
  | { readonly do: "hold"; readonly lease: Lease }
  | { readonly do: "lose"; readonly because: string };

export function decideLease(facts: LeaseFacts): LeaseStep {
  return facts.role.as === "leader" ? decideAsLeader(facts, facts.role.renewedMs) : decideAsCandidate(facts);
}

function decideAsLeader({ me, seen, dueMs, nowMs, timing }: LeaseFacts, renewedMs: number): LeaseStep {
  const endMs = renewedMs + timing.renewDeadlineMs;
  if (nowMs >= endMs) return { do: "lose", because: `it could not be renewed for ${timing.renewDeadlineMs / 1000} s` };
  if (seen.state === "present" && seen.lease.holder !== me) {
    return {
      do: "lose",
      because: seen.lease.holder === "" ? "its holder was removed" : `it is held by ${seen.lease.holder}`,
    };
  }
  if (nowMs < dueMs) return { do: "wait", untilMs: Math.min(dueMs, endMs) };
  return seen.state === "present" ? { do: "hold", lease: seen.lease } : { do: "create" };
}

function decideAsCandidate({ me, seen, dueMs, nowMs, timing }: LeaseFacts): LeaseStep {
  if (nowMs < dueMs) return { do: "wait", untilMs: dueMs };
  if (seen.state === "unread" || nowMs < freeFromMs(seen, me, timing)) return { do: "read" };
  return seen.state === "present" ? { do: "hold", lease: seen.lease } : { do: "create" };
}

/** From when on no other process can hold what was seen. */
export function freeFromMs(seen: Exclude<Seen, { state: "unread" }>, me: string, timing: LeaseTiming): number {
  if (seen.state === "absent") return seen.heldUntilMs;
  const { lease, changedMs } = seen;
  // An answer that was lost may have made it ours.
  if (lease.holder === "" || lease.holder === me) return changedMs;
  return changedMs + (lease.durationMs > 0 ? lease.durationMs : timing.leaseMs);
}
