import { describe, expect, test } from "vitest";
import type { ObjectKey } from "../api/key.ts";
import { decideConnection, type ConnectionFacts } from "./decide.ts";
import { nextLoginAttemptMs } from "./login-patience.ts";

const user = "databases/node-a" as ObjectKey;
const facts = (changes: Partial<ConnectionFacts>): ConnectionFacts => ({
  dryRun: false,
  deleting: false,
  claimed: true,
  users: [user],
  inputs: "opened",
  session: "open",
  probeDue: false,
  parked: undefined,
  ...changes,
});
const parked = { kind: "login-parked", secret: "ontap-login", nextAttemptMs: undefined } as const;

describe("a connection", () => {
  test.each<{ because: string; given: Partial<ConnectionFacts>; step: string }>([
    { because: "a credential needs it to outlive itself", given: { claimed: false }, step: "claim" },
    { because: "a dry run puts no finalizer on", given: { claimed: false, dryRun: true }, step: "nothing" },
    {
      because: "nobody uses it, so nothing has to hold it",
      given: { claimed: false, users: [] },
      step: "nothing",
    },
    {
      because: "a refused login is left alone, whatever else is due",
      given: { parked, inputs: "changed", probeDue: true },
      step: "park",
    },
    { because: "what it refers to changed", given: { inputs: "changed" }, step: "open" },
    { because: "it was not asked since the start", given: { session: "unknown" }, step: "probe" },
    { because: "it is time", given: { probeDue: true }, step: "probe" },
    { because: "all is well", given: {}, step: "nothing" },
    { because: "it was never claimed", given: { deleting: true, claimed: false, users: [] }, step: "nothing" },
    { because: "credentials still need it", given: { deleting: true }, step: "hold" },
    {
      because: "deleting its credentials needs the array, also after a restart",
      given: { deleting: true, session: "unknown", inputs: "changed" },
      step: "open",
    },
    { because: "its last credential is gone", given: { deleting: true, users: [] }, step: "release" },
  ])("$step, since $because", ({ given, step }) => {
    expect(decideConnection(facts(given)).do).toBe(step);
  });
});

test("a refused login is tried again after 15 minutes, an hour, six hours, and then never: four failures in 48 hours", () => {
  const minutes = (refusals: number): number | undefined => {
    const next = nextLoginAttemptMs(refusals, 0);
    return next === undefined ? undefined : next / 60_000;
  };
  expect([1, 2, 3, 4, 5].map(minutes)).toEqual([15, 60, 360, undefined, undefined]);
});
