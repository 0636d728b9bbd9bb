import { describe, expect, test } from "vitest";
import type { ObjectKey } from "../api/key.ts";
import { decideLease, type LeaseFacts, type LeaseStep, type Seen } from "./decide.ts";
import type { Lease } from "./lease.ts";

/** All instants in seconds of our own clock; the times are client-go's defaults. */
const timing = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 };
const aLease = (holder: string, durationMs = 15_000): Lease => ({
  key: "ns/lease" as ObjectKey,
  meta: { uid: "1", resourceVersion: "1" },
  holder,
  durationMs,
  transitions: 3,
  record: holder,
  raw: {},
});
const seenAt = (second: number, holder: string, durationMs?: number): Seen => ({
  state: "present",
  lease: aLease(holder, durationMs),
  changedMs: second * 1000,
});
const factsAt = (second: number, rest: Partial<LeaseFacts>): LeaseFacts => ({
  me: "me",
  role: { as: "candidate" },
  seen: { state: "unread" },
  dueMs: 0,
  nowMs: second * 1000,
  timing,
  ...rest,
});
const inWords = (step: LeaseStep): string => (step.do === "wait" ? `wait until ${step.untilMs / 1000}` : step.do);

interface Row {
  readonly because: string;
  readonly at: number;
  readonly given: Partial<LeaseFacts>;
  readonly step: string;
}

describe("a candidate", () => {
  test.each<Row>([
    { because: "it knows nothing", at: 0, given: {}, step: "read" },
    { because: "the API server was just asked without success", at: 1, given: { dueMs: 3000 }, step: "wait until 3" },
    { because: "it never had a holder", at: 0, given: { seen: { state: "absent", heldUntilMs: 0 } }, step: "create" },
    {
      because: "who held it when it was deleted may not have heard of that",
      at: 14,
      given: { seen: { state: "absent", heldUntilMs: 15_000 } },
      step: "read",
    },
    { because: "it was released", at: 20, given: { seen: seenAt(20, "") }, step: "hold" },
    { because: "an answer that was lost made it ours", at: 5, given: { seen: seenAt(5, "me") }, step: "hold" },
    { because: "another renewed it a moment ago", at: 14.9, given: { seen: seenAt(0, "other") }, step: "read" },
    { because: "another has not renewed it for 15 s", at: 15, given: { seen: seenAt(0, "other") }, step: "hold" },
    {
      because: "the holder's own duration counts, not ours",
      at: 20,
      given: { seen: seenAt(0, "other", 60_000) },
      step: "read",
    },
    {
      because: "a record without a duration is given ours",
      at: 14,
      given: { seen: seenAt(0, "other", 0) },
      step: "read",
    },
  ])("$step, since $because", ({ at, given, step }) => {
    expect(inWords(decideLease(factsAt(at, given)))).toBe(step);
  });
});

describe("a leader that renewed at 100", () => {
  const role = { as: "leader", renewedMs: 100_000 } as const;
  test.each<Row>([
    { because: "the next renewal is due later", at: 101, given: { dueMs: 102_000 }, step: "wait until 102" },
    { because: "the deadline comes first", at: 109, given: { dueMs: 111_000 }, step: "wait until 110" },
    { because: "it is time", at: 102, given: { dueMs: 102_000 }, step: "hold" },
    { because: "the deadline is over, whatever the record says", at: 110, given: {}, step: "lose" },
    { because: "another holds it", at: 101, given: { seen: seenAt(101, "other"), dueMs: 102_000 }, step: "lose" },
    { because: "another client emptied it", at: 101, given: { seen: seenAt(101, ""), dueMs: 102_000 }, step: "lose" },
    {
      because: "another client deleted it, and none takes it before its time is over",
      at: 102,
      given: { seen: { state: "absent", heldUntilMs: 115_000 } },
      step: "create",
    },
  ])("$step, since $because", ({ at, given, step }) => {
    expect(inWords(decideLease(factsAt(at, { role, seen: seenAt(100, "me"), ...given })))).toBe(step);
  });
});
