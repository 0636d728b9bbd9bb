import { describe, expect, test } from "vitest";
import type { ObjectKey } from "../api/key.ts";
import { decideConnection, type AccessFact, type ConnectionFacts, type ConnectionStep } from "./decide.ts";

const user = "databases/node-a" as ObjectKey;
const facts = (changes: Partial<ConnectionFacts>): ConnectionFacts => ({
  dryRun: false,
  deleting: false,
  hasFinalizer: true,
  users: [user],
  holders: [user],
  access: { state: "opened" },
  session: "open",
  probeDue: false,
  ...changes,
});
const withheld: AccessFact = {
  state: "withheld",
  failure: { kind: "login-withheld", secret: "ontap-login", because: "refused", nextAttemptMs: undefined },
};
const invalid: AccessFact = { state: "unusable", failure: { kind: "spec-invalid", problems: ["endpoint is missing"] } };
const missing: AccessFact = {
  state: "unusable",
  failure: { kind: "object-missing", object: "Secret", name: "ontap-login", field: "spec.auth.basic.secretRef.name" },
};

describe("a connection", () => {
  test.each<{ because: string; given: Partial<ConnectionFacts>; step: ConnectionStep["do"] }>([
    { because: "a credential needs it to outlive itself", given: { hasFinalizer: false }, step: "add-finalizer" },
    {
      because: "so it does while its Secret is not there yet",
      given: { hasFinalizer: false, access: missing },
      step: "add-finalizer",
    },
    { because: "a dry run puts no finalizer on", given: { hasFinalizer: false, dryRun: true }, step: "nothing" },
    { because: "nothing uses it", given: { hasFinalizer: false, users: [] }, step: "nothing" },
    {
      because: "a refused login is left alone, whatever else is due",
      given: { access: withheld, probeDue: true },
      step: "withhold-login",
    },
    { because: "a Secret is missing", given: { access: missing, probeDue: true }, step: "refuse" },
    {
      because: "its spec is invalid, and then no other write than that of its status may be accepted",
      given: { access: invalid, hasFinalizer: false },
      step: "refuse",
    },
    { because: "what it refers to changed", given: { access: { state: "new" } }, step: "open" },
    { because: "it was not asked since the start", given: { session: "unknown" }, step: "probe" },
    { because: "it is time", given: { probeDue: true }, step: "probe" },
    { because: "all is well", given: {}, step: "nothing" },
    {
      because: "it goes, and there is nothing of ours on it",
      given: { deleting: true, hasFinalizer: false, users: [], holders: [], access: { state: "unread" } },
      step: "leave",
    },
    {
      because: "credentials still need it, and it works as before",
      given: { deleting: true },
      step: "nothing",
    },
    {
      because: "deleting its credentials needs the array, also after a restart",
      given: { deleting: true, session: "unknown", access: { state: "new" } },
      step: "open",
    },
    {
      because: "its last credential is gone",
      given: { deleting: true, users: [], holders: [], access: { state: "unread" } },
      step: "release",
    },
    {
      because: "the credentials that are left retain what they have on the array",
      given: { deleting: true, holders: [], access: { state: "unread" } },
      step: "release",
    },
    {
      because: "that an invalid spec does not prevent",
      given: { deleting: true, users: [], holders: [], access: invalid },
      step: "release",
    },
  ])("$step, since $because", ({ given, step }) => {
    expect(decideConnection(facts(given)).do).toBe(step);
  });
});
