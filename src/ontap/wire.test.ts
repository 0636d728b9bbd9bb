import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { formatAddresses } from "../array/address-set.ts";
import type { VisibleField } from "../array/credential.ts";
import { linkIn, parseJson, readCluster, readCredential, readError, readPage, readSvm } from "./wire.ts";

const svm = { uuid: "02C9E252-41be-11e9-81d5-00a0986138f7", name: "svm1" };
const record = { svm, initiator: "IQN.1994-05.com.redhat:A", authentication_type: "none" };

describe("readError", () => {
  test.each([
    {
      because: "the usual form",
      error: { code: "4", message: "m", target: "uuid" },
      code: "4",
      message: "m",
      target: "uuid",
    },
    { because: "a proxy's number", error: { code: 4, message: "m" }, code: "4", message: "m", target: undefined },
    { because: "an error of nothing", error: {}, code: undefined, message: "", target: undefined },
    {
      because: "a number that is not a code",
      error: { code: Infinity, message: "m" },
      code: undefined,
      message: "m",
      target: undefined,
    },
    {
      because: "members of other kinds",
      error: { code: {}, message: 1, target: [] },
      code: undefined,
      message: "",
      target: undefined,
    },
  ])("reads $because", ({ error, code, message, target }) => {
    expect(readError({ error })).toEqual({ code, message, target });
  });

  test.each([[undefined], [null], ["error"], [{}], [{ error: null }], [{ error: "text" }], [[]]])(
    "finds none in %j",
    (body) => {
      expect(readError(body)).toBeUndefined();
    },
  );
});

describe("readCredential", () => {
  test("folds identity and type, and reads what is there", () => {
    const read = readCredential({
      ...record,
      authentication_type: "CHAP",
      chap: { inbound: { user: "in" }, outbound: { user: "out" } },
      initiator_address: {
        ranges: [{ start: "10.0.0.1", end: "10.0.0.1", family: "ipv4" }],
        masks: [
          { address: "10.1.0.0", netmask: "16", family: "ipv4" },
          { address: "fd00::1", netmask: 128 },
        ],
      },
      _links: { self: { href: "/api/x" } },
    });
    expect(read).toMatchObject({
      ok: true,
      value: {
        svm: "02c9e252-41be-11e9-81d5-00a0986138f7",
        initiator: "iqn.1994-05.com.redhat:a",
        credential: {
          authenticationType: "chap",
          inboundUser: "in",
          outboundUser: "out",
          unreadable: [],
          shownAs: "IQN.1994-05.com.redhat:A",
        },
      },
    });
    const addresses = read.ok && read.value.credential.addresses;
    expect(addresses && formatAddresses(addresses)).toEqual(["10.0.0.1", "10.1.0.0-10.1.255.255", "fd00::1"]);
  });

  test.each([
    { because: "the documented record of none and deny has no chap", more: {} },
    { because: "an empty chap, as a peer's fixture has it", more: { chap: {} } },
    { because: "a cleared user", more: { chap: { inbound: { user: "" }, outbound: null } } },
    { because: "null for nothing", more: { chap: null, initiator_address: null } },
    { because: "empty lists", more: { initiator_address: { ranges: [], masks: null } } },
  ])("knows no users and any address: $because", ({ more }) => {
    expect(readCredential({ ...record, ...more })).toMatchObject({
      ok: true,
      value: {
        credential: { inboundUser: undefined, outboundUser: undefined, addresses: { ranges: [] }, unreadable: [] },
      },
    });
  });

  test("an initiator that no object can declare is told apart", () => {
    expect(readCredential({ ...record, initiator: "iqn.1994-13.com:a_b" })).toEqual({ ok: false, error: "unnameable" });
    const endless = `iqn.1994-05.com:${"a".repeat(5000)}`;
    expect(readCredential({ ...record, initiator: endless })).toEqual({ ok: false, error: "unnameable" });
  });

  test.each([
    [{ ...record, svm: { uuid: "svm1" } }],
    [{ ...record, svm: "svm1" }],
    [{ ...record, svm: { uuid: 7 } }],
    [{ ...record, initiator: 7 }],
    ["text"],
    [null],
    [[record]],
  ])("a record that does not say whose it is, is unreadable (%#)", (body) => {
    expect(readCredential(body)).toEqual({ ok: false, error: "unreadable" });
  });

  test("what the path or the filter of the request says may be left out", () => {
    expect(readCredential({ authentication_type: "deny" })).toMatchObject({
      ok: true,
      value: { svm: undefined, initiator: undefined, credential: { authenticationType: "deny", shownAs: "" } },
    });
  });

  const ranges = (start: unknown, end: unknown) => ({ initiator_address: { ranges: [{ start, end }] } });
  const masks = (address: unknown, netmask: unknown) => ({ initiator_address: { masks: [{ address, netmask }] } });
  test.each<{ because: string; more: object; unreadable: readonly VisibleField[] }>([
    {
      because: "a type of a later release",
      more: { authentication_type: "kerberos" },
      unreadable: ["authenticationType"],
    },
    { because: "no type", more: { authentication_type: undefined }, unreadable: ["authenticationType"] },
    { because: "a user that is a number", more: { chap: { inbound: { user: 7 } } }, unreadable: ["inboundUser"] },
    {
      because: "an endless user",
      more: { chap: { outbound: { user: "u".repeat(300) } } },
      unreadable: ["outboundUser"],
    },
    { because: "chap of another kind", more: { chap: "yes" }, unreadable: ["inboundUser", "outboundUser"] },
    { because: "mask 0", more: masks("0.0.0.0", "0"), unreadable: ["addresses"] },
    { because: "a zone", more: ranges("fe80::1%e0a", "fe80::1%e0a"), unreadable: ["addresses"] },
    { because: "a range without end", more: ranges("10.0.0.1", undefined), unreadable: ["addresses"] },
    { because: "a mask without netmask", more: masks("fd00::", undefined), unreadable: ["addresses"] },
    { because: "a reversed range", more: ranges("10.0.0.2", "10.0.0.1"), unreadable: ["addresses"] },
    { because: "IPv4 in IPv6", more: ranges("::ffff:10.0.0.1", "::ffff:10.0.0.1"), unreadable: ["addresses"] },
    { because: "leading zeros", more: ranges("010.0.0.1", "010.0.0.1"), unreadable: ["addresses"] },
    { because: "empty strings", more: ranges("", ""), unreadable: ["addresses"] },
    { because: "lists of another kind", more: { initiator_address: { ranges: {} } }, unreadable: ["addresses"] },
    { because: "addresses of another kind", more: { initiator_address: 7 }, unreadable: ["addresses"] },
    {
      because: "nothing where a range belongs",
      more: { initiator_address: { ranges: [null] } },
      unreadable: ["addresses"],
    },
  ])("one field that cannot be read costs itself alone: $because", ({ more, unreadable }) => {
    const read = readCredential({ ...record, ...more });
    expect(read.ok ? read.value.credential.unreadable : read.error).toEqual(unreadable);
    for (const field of unreadable) expect(read.ok && read.value.credential[field]).toBeUndefined();
  });
});

test("readPage gives records and where it goes on", () => {
  expect(readPage({ records: [], num_records: 0 })).toEqual({ ok: true, value: { records: [], next: undefined } });
  const next = { href: "/api/x?start.name=a" };
  expect(readPage({ records: [1], _links: { next } })).toEqual({ ok: true, value: { records: [1], next: next.href } });
  expect(readPage({})).toEqual({ ok: false, error: "records" });
});

test("readCluster and readSvm take what is shown to the login, and no name that a status could not hold", () => {
  expect(readCluster({ version: { full: "NetApp Release 9.16.1" } })).toMatchObject({
    ok: true,
    value: { version: "NetApp Release 9.16.1" },
  });
  const nothing = { ok: true, value: { uuid: undefined, name: undefined, version: undefined } };
  expect(readCluster({})).toEqual(nothing);
  expect(readCluster({ name: "n".repeat(254), version: "9" })).toEqual(nothing);
  expect(readSvm({ ...svm, state: "running" })).toMatchObject({ ok: true, value: { name: "svm1", state: "running" } });
  for (const odd of [{ name: "svm1" }, { ...svm, uuid: "x" }, { ...svm, name: "n".repeat(254) }, "svm1", null]) {
    expect(readSvm(odd)).toEqual({ ok: false, error: "unreadable" });
  }
});

test.each([
  [{ job: { uuid: "1", _links: { self: { href: "/api/cluster/jobs/1" } } } }, "/api/cluster/jobs/1"],
  [{ job: { uuid: "1" } }, "1"],
  [
    { _links: { self: { href: "/api/security/multi-admin-verify/requests/3" } } },
    "/api/security/multi-admin-verify/requests/3",
  ],
  [{}, undefined],
  [undefined, undefined],
])("linkIn finds where an accepted request can be looked up: %j", (body, link) => {
  expect(linkIn(body)).toBe(link);
});

test("for all JSON values, reading ends in a value", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (body) => {
      for (const read of [readPage, readCluster, readSvm, readCredential]) expect(typeof read(body).ok).toBe("boolean");
      readError(body);
      linkIn(body);
    }),
  );
});

test("for all records with one member replaced, only that member is lost", () => {
  const whole = {
    ...record,
    chap: { inbound: { user: "in" }, outbound: { user: "out" } },
    initiator_address: {
      ranges: [{ start: "10.0.0.1", end: "10.0.0.2" }],
      masks: [{ address: "fd00::", netmask: "64" }],
    },
  };
  const members: Readonly<Record<string, readonly VisibleField[]>> = {
    authentication_type: ["authenticationType"],
    chap: ["inboundUser", "outboundUser"],
    initiator_address: ["addresses"],
  };
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(members)), fc.jsonValue({ maxDepth: 3 }), (member, value) => {
      const read = readCredential({ ...whole, [member]: value });
      const lost = read.ok ? read.value.credential.unreadable : ["the record"];
      expect(lost.filter((field) => !members[member]?.includes(field as VisibleField))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("parseJson tells what is not JSON from what is too much of it", () => {
  expect(parseJson("<html>")).toEqual({ ok: false, error: "not JSON" });
  expect(parseJson("")).toEqual({ ok: false, error: "not JSON" });
  expect(parseJson("null")).toEqual({ ok: true, value: null });
  expect(parseJson("[".repeat(100) + "]".repeat(100))).toEqual({ ok: false, error: "beyond bounds" });
  expect(parseJson(`[${"{},".repeat(200_000)}{}]`)).toEqual({ ok: false, error: "beyond bounds" });
});
