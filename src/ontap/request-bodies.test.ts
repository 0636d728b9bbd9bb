import { describe, expect, test } from "vitest";

import type { Authentication, ChapPair } from "../array/credential.ts";
import type { CredentialId } from "../array/identifiers.ts";
import { SecretText } from "../std/secret-text.ts";
import { changeBody, creationBody, passwordsOf } from "./request-bodies.ts";

const id = {
  svm: "02c9e252-41be-11e9-81d5-00a0986138f7",
  initiator: "iqn.1994-05.com.redhat:a",
} as CredentialId;
const pair = (user: string): ChapPair => ({ user, password: new SecretText(`password of ${user}`) });
const mutual: Authentication = { type: "chap", inbound: pair("in"), outbound: pair("out") };
const oneWay: Authentication = { type: "chap", inbound: pair("in"), outbound: undefined };
const wire = { in: { user: "in", password: "password of in" }, out: { user: "out", password: "password of out" } };
const read = (body: SecretText): unknown => JSON.parse(body.reveal()) as unknown;

describe("creationBody", () => {
  test("says everything once", () => {
    const addresses = { ranges: [{ start: "10.0.0.1", end: "10.0.0.2" }], masks: [] };
    expect(read(creationBody(id, { authentication: mutual, addresses }))).toEqual({
      svm: { uuid: id.svm },
      initiator: id.initiator,
      authentication_type: "chap",
      chap: { inbound: wire.in, outbound: wire.out },
      initiator_address: { ranges: addresses.ranges },
    });
  });

  test("says no chap where there is none, since ONTAP refuses it (5374900)", () => {
    expect(read(creationBody(id, { authentication: { type: "deny" }, addresses: undefined }))).toEqual({
      svm: { uuid: id.svm },
      initiator: id.initiator,
      authentication_type: "deny",
    });
  });
});

describe("changeBody", () => {
  test("sends the type with every chap, complete pairs, and neither SVM nor initiator", () => {
    expect(read(changeBody({ authentication: mutual, addresses: undefined }))).toEqual({
      authentication_type: "chap",
      chap: { inbound: wire.in, outbound: wire.out },
    });
  });

  test.each([
    {
      because: "unknown: ONTAP may hold an outbound pair",
      holds: {},
      chap: { inbound: wire.in, outbound: { user: "" } },
    },
    { because: "ONTAP holds one", holds: { holdsOutbound: true }, chap: { inbound: wire.in, outbound: { user: "" } } },
    {
      because: "ONTAP holds none, and old releases may refuse to clear",
      holds: { holdsOutbound: false },
      chap: { inbound: wire.in },
    },
  ])("one-way chap clears the outbound pair if there may be one: $because", ({ holds, chap }) => {
    const body = changeBody({ authentication: oneWay, addresses: undefined, ...holds });
    expect(read(body)).toEqual({ authentication_type: "chap", chap });
  });

  test("addresses alone need no authentication", () => {
    const masks = [{ address: "10.0.0.0", netmask: "24" }];
    const addresses = { merge: "add", ranges: [], masks } as const;
    expect(read(changeBody({ authentication: undefined, addresses }))).toEqual({ initiator_address: { masks } });
  });

  test("to replace by nothing says so in both lists", () => {
    const addresses = { merge: "replace", ranges: [], masks: [] } as const;
    expect(read(changeBody({ authentication: { type: "none" }, addresses }))).toEqual({
      authentication_type: "none",
      initiator_address: { ranges: [], masks: [] },
    });
  });
});

test("passwordsOf lists what no answer may show", () => {
  expect(passwordsOf(mutual).map((each) => each.reveal())).toEqual(["password of in", "password of out"]);
  expect(passwordsOf(oneWay)).toHaveLength(1);
  expect(passwordsOf({ type: "none" })).toEqual([]);
  expect(passwordsOf(undefined)).toEqual([]);
});
