import { describe, expect, test } from "vitest";
import { decideFinalize, type FinalizeFacts } from "./decide-finalize.ts";

/** What becomes of an object that is being deleted, row by row. */

const applied: FinalizeFacts = {
  hasFinalizer: true,
  hasApplied: true,
  succession: "none",
  deletedForMs: 0,
  suspended: false,
  dryRun: false,
  policy: "Delete",
};

describe("an object that is being deleted", () => {
  test.each<{ because: string; given: Partial<FinalizeFacts>; step: string }>([
    { because: "nothing holds it back", given: { hasFinalizer: false }, step: "nothing" },
    { because: "the policy says so", given: {}, step: "delete" },
    { because: "the initiator stays locked out", given: { policy: "Deny" }, step: "deny" },
    { because: "the credential stays", given: { policy: "Retain" }, step: "release" },
    { because: "a finalizer is no proof that anything is its own", given: { hasApplied: false }, step: "release" },
    { because: "another object holds the credential now", given: { succession: "has-applied" }, step: "release" },
    { because: "another object can take over without a gap", given: { succession: "can-write" }, step: "yield" },
    {
      because: "leaving the credential to it takes no gap either",
      given: { succession: "can-write", policy: "Retain" },
      step: "yield",
    },
    {
      because: "after a start nothing tells yet whether another object can take over",
      given: { succession: "unknown", policy: "Retain" },
      step: "wait",
    },
    {
      because: "what a connection does not tell within a minute is not waited for",
      given: { succession: "unknown", deletedForMs: 60_000 },
      step: "delete",
    },
    {
      because: "it has waited for a minute, and a rival must not freeze a revocation",
      given: { succession: "can-write", deletedForMs: 60_000 },
      step: "delete",
    },
    { because: "leaving it writes nothing", given: { suspended: true, policy: "Retain" }, step: "release" },
    { because: "suspended means no write", given: { suspended: true }, step: "refuse" },
    { because: "a dry run writes nothing", given: { dryRun: true, policy: "Deny" }, step: "refuse" },
    {
      because: "leaving it writes nothing in a dry run either",
      given: { dryRun: true, policy: "Retain" },
      step: "release",
    },
  ])("$step, since $because", ({ given, step }) => {
    expect(decideFinalize({ ...applied, ...given }).do).toBe(step);
  });
});
