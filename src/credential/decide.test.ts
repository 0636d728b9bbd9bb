import { describe, expect, test } from "vitest";
import { addressSetOf, emptyAddresses, type DesiredAddresses } from "../array/address-set.ts";
import type { ArrayCredential, Authentication } from "../array/credential.ts";
import { SecretText } from "../std/secret-text.ts";
import { decide, type LiveFacts, type Needs, type SecretWriteReason, type Observed, type Desired } from "./decide.ts";

/** The policy, row by row. */

const pair = (user: string) => ({ user, password: new SecretText(`password of ${user}`) });
const chap: Authentication = { type: "chap", inbound: pair("node"), outbound: undefined };
const mutual: Authentication = { type: "chap", inbound: pair("node"), outbound: pair("array") };

const absent: Observed = { state: "absent" };
const unseen: Observed = { state: "unread", remembered: "unknown" };
const held = (credential: Partial<ArrayCredential> = {}): Observed => ({
  state: "held",
  credential: {
    authenticationType: "chap",
    inboundUser: "node",
    outboundUser: undefined,
    addresses: emptyAddresses,
    unreadable: [],
    shownAs: "iqn.1994-05.com.redhat:a",
    ...credential,
  },
});

function addressesOf(...ranges: readonly (readonly [string, string])[]): DesiredAddresses {
  const declared = { ranges: ranges.map(([start, end]) => ({ start, end })), masks: [] };
  const set = addressSetOf(declared);
  if (!set.ok) throw new Error("no addresses");
  return { merge: "replace", declared, set: set.value };
}

const visible = {
  authenticationType: "chap",
  inboundUser: "node",
  outboundUser: undefined,
  addresses: undefined,
} as const;
const read = (writeReason: SecretWriteReason, authentication: Authentication = chap): Desired => ({
  secrets: "read",
  visible: {
    ...visible,
    outboundUser: authentication.type === "chap" ? authentication.outbound?.user : undefined,
  },
  authentication,
  writeReason,
});
const unread: Desired = { secrets: "unread", visible };

const nothingNeeded: Needs = { work: false, secrets: false, array: false, reassert: false };

const facts = (changes: Partial<LiveFacts>): LiveFacts => ({
  needs: nothingNeeded,
  hasFinalizer: true,
  applied: {},
  mode: "Enforce",
  adoption: { policy: "Adopt", by: "object" },
  isOurs: changes.applied !== undefined || !("applied" in changes),
  isDefault: false,
  observed: unseen,
  desired: unread,
  ...changes,
});

const firstTime = { hasFinalizer: false, applied: undefined } as const;

describe("a decision looks up what it lacks", () => {
  const remembers = (remembered: "absent" | "held" | "unknown"): Observed => ({ state: "unread", remembered });
  test.each<{ because: string; given: Partial<LiveFacts>; step: string }>([
    {
      because: "something about the Secrets is new",
      given: { needs: { ...nothingNeeded, secrets: true } },
      step: "read-secrets",
    },
    { because: "ONTAP is to be compared", given: { needs: { ...nothingNeeded, array: true } }, step: "read-array" },
    {
      because: "a write that drift asks for carries the secrets",
      given: { observed: held({ authenticationType: "none", inboundUser: undefined }) },
      step: "read-secrets",
    },
    { because: "a creation carries the secrets", given: { observed: absent }, step: "read-secrets" },
    {
      because: "ONTAP itself refuses to create what is there, so absence needs no proof",
      given: { ...firstTime, observed: remembers("absent"), desired: read("unknown") },
      step: "create",
    },
    {
      because: "what an older read showed is no reason to take anything over",
      given: { ...firstTime, observed: remembers("held"), desired: read("unknown") },
      step: "read-array",
    },
    {
      because: "nothing is known of the SVM",
      given: { ...firstTime, observed: remembers("unknown"), desired: read("unknown") },
      step: "read-array",
    },
    {
      because: "a plan shows what is there now",
      given: { ...firstTime, mode: "Plan", observed: remembers("absent"), desired: read("unknown") },
      step: "read-array",
    },
    {
      because: "default is always there",
      given: { ...firstTime, isDefault: true, observed: remembers("absent"), desired: read("unknown") },
      step: "read-array",
    },
  ])("$step, since $because", ({ given, step }) => {
    expect(decide(facts(given)).do).toBe(step);
  });
});

describe("a live object", () => {
  test.each<{ because: string; given: Partial<LiveFacts>; step: string; fields?: readonly string[] }>([
    {
      because: "ONTAP holds nothing yet",
      given: { ...firstTime, observed: absent, desired: read("changed") },
      step: "create",
      fields: ["initiator"],
    },
    {
      because: "someone deleted it",
      given: { observed: absent, desired: read("none") },
      step: "create",
      fields: ["initiator"],
    },
    {
      because: "no one can see whether its passwords are ours",
      given: { ...firstTime, observed: held(), desired: read("changed") },
      step: "change",
      fields: ["chap.inbound.password"],
    },
    {
      because: "an edited Secret needs no look first",
      given: { desired: read("changed") },
      step: "change",
      fields: ["chap.inbound.password"],
    },
    {
      because: "both pairs are always complete",
      given: { desired: read("changed", mutual) },
      step: "change",
      fields: ["chap.inbound.password", "chap.outbound.password"],
    },
    {
      because: "the secrets are written again on purpose",
      given: { desired: read("reassert") },
      step: "change",
      fields: ["chap.inbound.password"],
    },
    { because: "a label edit is no writeReason", given: { desired: read("none") }, step: "settle" },
    { because: "nothing is new and it is not time to look", given: {}, step: "settle" },
    { because: "ONTAP shows what is declared", given: { observed: held() }, step: "settle" },
    {
      because: "the type drifted",
      given: { observed: held({ authenticationType: "none", inboundUser: undefined }), desired: read("none") },
      step: "change",
      fields: ["authentication_type", "chap.inbound.user"],
    },
    {
      because: "an outbound user that no one declared",
      given: { observed: held({ outboundUser: "intruder" }), desired: read("none") },
      step: "change",
      fields: ["chap.outbound.user"],
    },
    {
      because: "what needs no write is taken over without one",
      given: { ...firstTime, observed: held(), desired: { secrets: "unread", visible } },
      step: "adopt",
    },
    {
      because: "it was there first, and is to be left alone",
      given: { ...firstTime, adoption: { policy: "Refuse", by: "object" }, observed: held(), desired: read("changed") },
      step: "refuse",
    },
    {
      because: "it began to create it before it crashed",
      given: {
        ...firstTime,
        isOurs: true,
        adoption: { policy: "Refuse", by: "object" },
        observed: held(),
        desired: read("unknown"),
      },
      step: "change",
      fields: ["chap.inbound.password"],
    },
    {
      because: "a finalizer proves nothing: any user can put it on",
      given: {
        applied: undefined,
        adoption: { policy: "Refuse", by: "object" },
        observed: held(),
        desired: read("unknown"),
      },
      step: "refuse",
    },
    {
      because: "ONTAP makes default itself: naming it means it",
      given: {
        ...firstTime,
        isDefault: true,
        adoption: { policy: "Refuse", by: "object" },
        observed: held(),
        desired: read("changed"),
      },
      step: "change",
      fields: ["chap.inbound.password"],
    },
    {
      because: "Plan shows a creation",
      given: { ...firstTime, mode: "Plan", observed: absent, desired: read("changed") },
      step: "plan",
      fields: ["initiator"],
    },
    {
      because: "Plan shows a change",
      given: { mode: "Plan", desired: read("changed") },
      step: "plan",
      fields: ["chap.inbound.password"],
    },
    { because: "Plan has nothing to show", given: { mode: "Plan", observed: held() }, step: "settle" },
  ])("$step, since $because", ({ given, step, fields }) => {
    const decided = decide(facts(given));
    expect(decided.do).toBe(step);
    expect("because" in decided ? decided.because.map(({ field }) => field) : undefined).toEqual(fields);
  });

  test.each([
    { because: "exactly these", merge: "replace", holds: [["10.0.0.1", "10.0.0.9"]], changes: true },
    {
      because: "exactly these, in two pieces",
      merge: "replace",
      holds: [
        ["10.0.0.1", "10.0.0.2"],
        ["10.0.0.3", "10.0.0.5"],
      ],
      changes: false,
    },
    { because: "these are among others", merge: "add", holds: [["10.0.0.1", "10.0.0.9"]], changes: false },
    { because: "one of these is missing", merge: "add", holds: [["10.0.0.1", "10.0.0.4"]], changes: true },
    { because: "one of these is still there", merge: "remove", holds: [["10.0.0.5", "10.0.0.9"]], changes: true },
    { because: "none of these is there", merge: "remove", holds: [["10.0.0.6", "10.0.0.9"]], changes: false },
  ] as const)("addresses, $merge: $because", ({ merge, holds, changes }) => {
    const desired = { ...visible, addresses: { ...addressesOf(["10.0.0.1", "10.0.0.5"]), merge } };
    const observed = held({ addresses: addressesOf(...holds).set });
    const decided = decide(facts({ observed, desired: { secrets: "unread", visible: desired } }));
    expect(decided.do).toBe(changes ? "change" : "settle");
    // Addresses alone are written without secrets, which need not even be read.
    expect("change" in decided ? decided.change.authentication : undefined).toBeUndefined();
  });

  test("the last address is never removed: to ONTAP none means any", () => {
    const desired = { ...visible, addresses: { ...addressesOf(["10.0.0.1", "10.0.0.9"]), merge: "remove" as const } };
    const observed = held({ addresses: addressesOf(["10.0.0.1", "10.0.0.5"]).set });
    const decided = decide(facts({ observed, desired: { secrets: "unread", visible: desired } }));
    expect(decided).toEqual({ do: "refuse", failure: { kind: "last-addresses" } });
  });

  test("an outbound pair is cleared only where there is one", () => {
    const cleared = decide(facts({ applied: { outboundUser: "array" }, desired: read("changed") }));
    const nothingToClear = decide(facts({ desired: read("changed") }));
    expect([cleared, nothingToClear].map((step) => ("change" in step ? step.change.holdsOutbound : undefined))).toEqual(
      [true, false],
    );
  });
});
