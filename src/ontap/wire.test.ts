import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { formatAddresses } from "../array/address-set.ts";
import { parseJson, readCluster, readCredential, readError, readPage, readSvm } from "./wire.ts";

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
        id: { svm: "02c9e252-41be-11e9-81d5-00a0986138f7", initiator: "iqn.1994-05.com.redhat:a" },
        credential: { authenticationType: "chap", inboundUser: "in", outboundUser: "out" },
      },
    });
    const addresses = read.ok && read.value !== "unnameable" ? formatAddresses(read.value.credential.addresses) : [];
    expect(addresses).toEqual(["10.0.0.1", "10.1.0.0-10.1.255.255", "fd00::1"]);
  });

  test.each([
    { because: "the documented record of none and deny has no chap", more: {} },
    { because: "an empty chap, as a peer's fixture has it", more: { chap: {} } },
    { because: "a cleared user", more: { chap: { inbound: { user: "" }, outbound: null } } },
    { because: "null for nothing", more: { chap: null, initiator_address: null } },
  ])("knows no users and any address: $because", ({ more }) => {
    expect(readCredential({ ...record, ...more })).toMatchObject({
      ok: true,
      value: { credential: { inboundUser: undefined, outboundUser: undefined, addresses: { ranges: [] } } },
    });
  });

  test("an initiator that nobody can declare is told apart, not an error", () => {
    expect(readCredential({ ...record, initiator: "iqn.1994-13.com:a_b" })).toEqual({ ok: true, value: "unnameable" });
  });

  test.each([
    [{ ...record, svm: undefined }, "svm"],
    [{ ...record, svm: { uuid: "svm1" } }, "svm.uuid"],
    [{ ...record, initiator: 7 }, "initiator"],
    [{ ...record, authentication_type: "kerberos" }, "authentication_type"],
    [{ ...record, chap: { inbound: { user: 7 } } }, "chap.inbound.user"],
    [{ ...record, initiator_address: { ranges: [{ start: "x", end: "x" }] } }, "initiator_address.ranges[0].start"],
    ["text", "the body"],
  ])("names the place of what is not as documented, never its value (%#)", (body, place) => {
    expect(readCredential(body)).toEqual({ ok: false, error: place });
  });
});

test("readPage gives records and where it goes on", () => {
  expect(readPage({ records: [], num_records: 0 })).toEqual({ ok: true, value: { records: [], next: undefined } });
  const next = { href: "/api/x?start.name=a" };
  expect(readPage({ records: [1], _links: { next } })).toEqual({ ok: true, value: { records: [1], next: next.href } });
  expect(readPage({})).toEqual({ ok: false, error: "records" });
});

test("readCluster and readSvm take what is shown to the login", () => {
  expect(readCluster({ version: { full: "NetApp Release 9.16.1" } })).toMatchObject({
    ok: true,
    value: { version: "NetApp Release 9.16.1" },
  });
  expect(readCluster({})).toEqual({ ok: true, value: { uuid: undefined, name: undefined, version: undefined } });
  expect(readSvm({ ...svm, state: "running" })).toMatchObject({ ok: true, value: { name: "svm1", state: "running" } });
  expect(readSvm({ name: "svm1" })).toEqual({ ok: false, error: "uuid" });
});

test("for all JSON values, reading ends in a value or in a place", () => {
  const readers = [readPage, readCluster, readSvm, readCredential];
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (body) => {
      for (const read of readers) {
        const result = read(body);
        expect(result.ok ? "" : result.error).not.toContain("\n");
      }
      readError(body);
    }),
  );
});

test("for all records with one member replaced, reading ends in a value or in a place", () => {
  const whole = {
    ...record,
    chap: { inbound: { user: "in" }, outbound: { user: "out" } },
    initiator_address: {
      ranges: [{ start: "10.0.0.1", end: "10.0.0.2" }],
      masks: [{ address: "fd00::", netmask: "64" }],
    },
  };
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(whole)), fc.jsonValue({ maxDepth: 3 }), (member, value) => {
      const read = readCredential({ ...whole, [member]: value });
      expect(read.ok || read.error.startsWith(member)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("parseJson gives undefined for what is no JSON", () => {
  expect(parseJson("<html>")).toBeUndefined();
  expect(parseJson("")).toBeUndefined();
  expect(parseJson("null")).toBeNull();
});
