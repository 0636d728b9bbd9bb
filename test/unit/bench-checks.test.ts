import { describe, expect, test } from "vitest";
import { addressOf, differences, passwordOf, unsettledObjects, userOf, type Declared } from "../../bench/declared.ts";
import { countLeaks } from "../../bench/leaks.ts";
import type { StoredCredential } from "../../src/simulator/control/side-door.ts";
import type { KubeObject } from "../../tools/harness/cluster.ts";

/** A bench that finds nothing wrong is worth as much as its eyes. */

const declared: Declared = {
  id: 70,
  namespace: "ns",
  name: "c70",
  svm: "svm1",
  initiator: "iqn.2026-11.dev.pressure:c70",
  secret: 300,
  addresses: 258,
  deleted: false,
};

function stored(at: Partial<Pick<Declared, "secret" | "addresses">> = {}): StoredCredential {
  const held = { ...declared, ...at };
  const address = addressOf(held.addresses);
  return {
    svm: held.svm,
    svmUuid: "uuid",
    initiator: held.initiator,
    authenticationType: "chap",
    inbound: { user: userOf(held, "inbound"), password: passwordOf(held, "inbound") },
    outbound: { user: userOf(held, "outbound"), password: passwordOf(held, "outbound") },
    addresses: { ranges: [{ family: "ipv4", start: address, end: address }] },
  };
}

describe("differences between what was declared and what an array holds", () => {
  const defaultOne: StoredCredential = { ...stored(), initiator: "default", authenticationType: "none" };
  const foreign = { user: "intruder", password: "put-by-intruder" };
  const other: StoredCredential = { ...stored(), initiator: "iqn.2026-11.dev.pressure:c71" };
  const { outbound: _, ...oneWay } = stored();
  const rows: readonly {
    readonly because: string;
    readonly held: readonly StoredCredential[];
    readonly deleted?: boolean;
    readonly exactly: number;
    readonly atLeast: number;
  }[] = [
    { because: "it is as declared", held: [stored(), defaultOne], exactly: 0, atLeast: 0 },
    { because: "it is absent", held: [], exactly: 1, atLeast: 1 },
    { because: "its password is an older one", held: [stored({ secret: 299 })], exactly: 1, atLeast: 1 },
    { because: "its password is a newer one", held: [stored({ secret: 301 })], exactly: 1, atLeast: 0 },
    { because: "its address is an older one", held: [stored({ addresses: 255 })], exactly: 1, atLeast: 1 },
    { because: "its address is a newer one", held: [stored({ addresses: 259 })], exactly: 1, atLeast: 0 },
    { because: "a foreign hand set the pair", held: [{ ...stored(), inbound: foreign }], exactly: 1, atLeast: 1 },
    { because: "the outbound pair is gone", held: [oneWay], exactly: 1, atLeast: 1 },
    { because: "another one is there that no one declared", held: [stored(), other], exactly: 1, atLeast: 0 },
    { because: "it was deleted and is gone", held: [], deleted: true, exactly: 0, atLeast: 0 },
    { because: "it was deleted and is still there", held: [stored()], deleted: true, exactly: 1, atLeast: 1 },
  ];
  test.each(rows)("$because: $exactly, or $atLeast while changes go on", ({ held, deleted, exactly, atLeast }) => {
    const one = { ...declared, deleted: deleted ?? false };
    expect(differences([one], held, "exactly")).toHaveLength(exactly);
    expect(differences([one], held, "at least")).toHaveLength(atLeast);
  });
});

describe("objects", () => {
  const object = (status: string, observedGeneration: number): KubeObject => ({
    metadata: { namespace: "ns", name: "c70", generation: 2 },
    status: { observedGeneration, conditions: [{ type: "Ready", status, reason: "Applied" }] },
  });
  test("are settled when they are Ready in their last generation, and when the deleted ones are gone", () => {
    expect(unsettledObjects([declared], [object("True", 2)])).toEqual([]);
    expect(unsettledObjects([declared], [object("True", 1)])).toHaveLength(1);
    expect(unsettledObjects([declared], [object("False", 2)])).toHaveLength(1);
    expect(unsettledObjects([declared], [])).toHaveLength(1);
    expect(unsettledObjects([{ ...declared, deleted: true }], [object("True", 2)])).toHaveLength(1);
    expect(unsettledObjects([], [object("True", 2)])).toHaveLength(1);
  });
});

describe("a secret in a line of output", () => {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  test.each([
    { because: "as it is", line: `{"msg":"password is ${passwordOf(declared, "inbound")}"}` },
    { because: "as a Secret's data", line: base64(passwordOf(declared, "outbound")) },
    { because: "in a basic header", line: `Basic ${base64("admin:Xq7kZw-and-more")}` },
    { because: "in base64 at another place", line: base64("someone:Xq7kZw-and-more") },
    { because: "in base64 at a third place", line: base64("nobody:Xq7kZw-and-more") },
  ])("is found $because", ({ line }) => {
    expect(countLeaks(["a harmless line", line], ["Xq7kZw"])).toBe(1);
  });
});
