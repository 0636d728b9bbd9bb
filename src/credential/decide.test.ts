import { describe, expect, test } from "vitest";
import { addressSetOf, emptyAddresses, type DesiredAddresses } from "../array/address-set.ts";
import type { ArrayCredential, Authentication } from "../array/credential.ts";
import { SecretText } from "../std/secret-text.ts";
import { decide, decideEnd, type EndFacts, type LiveFacts, type Remote, type Wish } from "./decide.ts";

/** The policy, row by row. */

const pair = (user: string) => ({ user, password: new SecretText(`password of ${user}`) });
const chap: Authentication = { type: "chap", inbound: pair("node"), outbound: undefined };
const mutual: Authentication = { type: "chap", inbound: pair("node"), outbound: pair("array") };

const absent: Remote = { state: "absent" };
const notLooked: Remote = { state: "not-looked" };
const held = (credential: Partial<ArrayCredential> = {}): Remote => ({
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
const read = (news: "changed" | "reassert" | "none", authentication: Authentication = chap): Wish => ({
  secrets: "read",
  visible: {
    ...visible,
    outboundUser: authentication.type === "chap" ? authentication.outbound?.user : undefined,
  },
  authentication,
  news,
});
const unread: Wish = { secrets: "unread", visible };

const facts = (changes: Partial<LiveFacts>): LiveFacts => ({
  claimed: true,
  applied: {},
  mode: "Enforce",
  adoptionPolicy: "Adopt",
  isDefault: false,
  remote: notLooked,
  wish: unread,
  ...changes,
});

const firstTime = { claimed: false, applied: undefined } as const;

describe("a live object", () => {
  test.each<{ because: string; given: Partial<LiveFacts>; step: string; fields?: readonly string[] }>([
    {
      because: "ONTAP holds nothing yet",
      given: { ...firstTime, remote: absent, wish: read("changed") },
      step: "create",
      fields: ["initiator"],
    },
    {
      because: "somebody deleted it",
      given: { remote: absent, wish: read("none") },
      step: "create",
      fields: ["initiator"],
    },
    {
      because: "nobody can see whether its passwords are ours",
      given: { ...firstTime, remote: held(), wish: read("changed") },
      step: "change",
      fields: ["chap.inbound.password"],
    },
    {
      because: "an edited Secret needs no look first",
      given: { wish: read("changed") },
      step: "change",
      fields: ["chap.inbound.password"],
    },
    {
      because: "both pairs are always complete",
      given: { wish: read("changed", mutual) },
      step: "change",
      fields: ["chap.inbound.password", "chap.outbound.password"],
    },
    {
      because: "the secrets are written again on purpose",
      given: { wish: read("reassert") },
      step: "change",
      fields: ["chap.inbound.password"],
    },
    { because: "a label edit is no news", given: { wish: read("none") }, step: "settle" },
    { because: "nothing is new and it is not time to look", given: {}, step: "settle" },
    { because: "ONTAP shows what is declared", given: { remote: held() }, step: "settle" },
    {
      because: "the type drifted",
      given: { remote: held({ authenticationType: "none", inboundUser: undefined }), wish: read("none") },
      step: "change",
      fields: ["authentication_type", "chap.inbound.user"],
    },
    {
      because: "an outbound user that nobody declared",
      given: { remote: held({ outboundUser: "intruder" }), wish: read("none") },
      step: "change",
      fields: ["chap.outbound.user"],
    },
    {
      because: "what needs no write is taken over without one",
      given: { ...firstTime, remote: held(), wish: { secrets: "unread", visible } },
      step: "adopt",
    },
    {
      because: "it was there first, and is to be left alone",
      given: { ...firstTime, adoptionPolicy: "Refuse", remote: held(), wish: read("changed") },
      step: "refuse",
    },
    {
      because: "after a crash between claim and answer it is ours",
      given: { applied: undefined, adoptionPolicy: "Refuse", remote: held(), wish: read("changed") },
      step: "change",
      fields: ["chap.inbound.password"],
    },
    {
      because: "ONTAP makes default itself: naming it means it",
      given: { ...firstTime, isDefault: true, adoptionPolicy: "Refuse", remote: held(), wish: read("changed") },
      step: "change",
      fields: ["chap.inbound.password"],
    },
    {
      because: "Plan shows a creation",
      given: { ...firstTime, mode: "Plan", remote: absent, wish: read("changed") },
      step: "plan",
      fields: ["initiator"],
    },
    {
      because: "Plan shows a change",
      given: { mode: "Plan", wish: read("changed") },
      step: "plan",
      fields: ["chap.inbound.password"],
    },
    { because: "Plan has nothing to show", given: { mode: "Plan", remote: held() }, step: "settle" },
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
    const wish = { ...visible, addresses: { ...addressesOf(["10.0.0.1", "10.0.0.5"]), merge } };
    const remote = held({ addresses: addressesOf(...holds).set });
    const decided = decide(facts({ remote, wish: { secrets: "unread", visible: wish } }));
    expect(decided.do).toBe(changes ? "change" : "settle");
    // Addresses alone are written without secrets, which need not even be read.
    expect("change" in decided ? decided.change.authentication : undefined).toBeUndefined();
  });

  test("the last address is never removed: to ONTAP none means any", () => {
    const wish = { ...visible, addresses: { ...addressesOf(["10.0.0.1", "10.0.0.9"]), merge: "remove" as const } };
    const remote = held({ addresses: addressesOf(["10.0.0.1", "10.0.0.5"]).set });
    const decided = decide(facts({ remote, wish: { secrets: "unread", visible: wish } }));
    expect(decided).toEqual({ do: "refuse", failure: { kind: "last-addresses" } });
  });

  test("an outbound pair is cleared only where there is one", () => {
    const cleared = decide(facts({ applied: { outboundUser: "array" }, wish: read("changed") }));
    const nothingToClear = decide(facts({ wish: read("changed") }));
    expect([cleared, nothingToClear].map((step) => ("change" in step ? step.change.holdsOutbound : undefined))).toEqual(
      [true, false],
    );
  });
});

describe("an object that is being deleted", () => {
  const facts: EndFacts = { claimed: true, suspended: false, dryRun: false, end: "delete" };
  test.each<{ because: string; given: Partial<EndFacts>; step: string }>([
    { because: "ONTAP never heard of it", given: { claimed: false }, step: "nothing" },
    { because: "the policy says so", given: {}, step: "remove" },
    { because: "the initiator shall stay out", given: { end: "deny" }, step: "close" },
    { because: "the credential stays", given: { end: "leave" }, step: "release" },
    { because: "leaving it writes nothing", given: { suspended: true, end: "leave" }, step: "release" },
    { because: "suspended means no write", given: { suspended: true }, step: "refuse" },
    { because: "a dry run writes nothing", given: { dryRun: true, end: "deny" }, step: "refuse" },
    {
      because: "leaving it writes nothing in a dry run either",
      given: { dryRun: true, end: "leave" },
      step: "release",
    },
  ])("$step, since $because", ({ given, step }) => {
    expect(decideEnd({ ...facts, ...given }).do).toBe(step);
  });
});
