import { expect, test } from "vitest";
import { addressSetOf, emptyAddresses, type AddressMerge, type DesiredAddresses } from "./address-set.ts";
import type { ArrayCredential, DesiredFields } from "./credential.ts";
import {
  acceptedFields,
  desiredText,
  differingFields,
  heldText,
  observedFields,
  showsAccepted,
  visibleFieldNames,
  visibleFields,
} from "./visible-fields.ts";

function addressesOf(merge: AddressMerge, ...ranges: readonly string[]): DesiredAddresses {
  const declared = { ranges: ranges.map((start) => ({ start, end: start })), masks: [] };
  const set = addressSetOf(declared);
  if (!set.ok) throw new Error("bad addresses");
  return { merge, declared, set: set.value };
}

const desired: DesiredFields = {
  authenticationType: "chap",
  inboundUser: "in",
  outboundUser: undefined,
  addresses: addressesOf("replace", "10.0.0.1"),
};
const held: ArrayCredential = {
  authenticationType: "chap",
  inboundUser: "in",
  outboundUser: undefined,
  addresses: addressesOf("replace", "10.0.0.1").set,
  unreadable: [],
  shownAs: "iqn.1994-05.com.redhat:a",
};

test("what ONTAP shows is what it accepted", () => {
  expect(differingFields(desired, held)).toEqual([]);
  expect(observedFields(held)).toEqual({ authenticationType: "chap", inboundUser: "in", addresses: ["10.0.0.1"] });
  expect(acceptedFields(desired)).toEqual(observedFields(held));
  expect(showsAccepted(held, acceptedFields(desired))).toBe(true);
});

test.each<{ because: string; changes: Partial<ArrayCredential>; observed: string | undefined }>([
  { because: "authenticationType", changes: { authenticationType: "deny" }, observed: "deny" },
  { because: "inboundUser", changes: { inboundUser: undefined }, observed: undefined },
  { because: "outboundUser", changes: { outboundUser: "out" }, observed: "out" },
  { because: "addresses", changes: { addresses: emptyAddresses }, observed: "any address" },
])("another $because differs, and is told", ({ because: field, changes, observed }) => {
  const other = { ...held, ...changes };
  const [first] = differingFields(desired, other);
  expect(first).toBe(field);
  expect(first && heldText(first, other)).toBe(observed);
  expect(showsAccepted(other, acceptedFields(desired))).toBe(false);
});

test.each(visibleFieldNames)("%s that cannot be read differs", (field) => {
  const unreadable = { ...held, [field]: undefined, unreadable: [field] };
  expect(differingFields(desired, unreadable)).toEqual([field]);
  expect(heldText(field, unreadable)).toBe("unreadable");
  expect(observedFields(unreadable)).not.toHaveProperty(field);
  expect(showsAccepted(unreadable, acceptedFields({ ...desired, [field]: undefined }))).toBe(false);
});

test("addresses that a spec does not manage never differ, not even unreadable ones", () => {
  const unmanaged = { ...desired, addresses: undefined };
  expect(differingFields(unmanaged, { ...held, addresses: undefined, unreadable: ["addresses"] })).toEqual([]);
});

test("users differ when a type that has them comes or goes, and are leftovers otherwise", () => {
  const none: DesiredFields = { ...desired, authenticationType: "none", inboundUser: undefined };
  expect(differingFields(none, held)).toEqual(["authenticationType", "inboundUser"]);
  expect(differingFields(none, { ...held, authenticationType: "none" })).toEqual([]);
});

test("every part of a difference has words", () => {
  expect(desiredText("addresses", { ...desired, addresses: addressesOf("add", "10.0.0.1") })).toBe(
    "including 10.0.0.1",
  );
  const many = addressesOf("remove", ...Array.from({ length: 30 }, (_, index) => `10.0.0.${2 * index}`));
  expect(desiredText("addresses", { ...desired, addresses: many })).toMatch(/^without 10\.0\.0\.0, .* and 10 more$/);
  expect(visibleFieldNames.map((field) => visibleFields[field].wire)).toEqual([
    "authentication_type",
    "chap.inbound.user",
    "chap.outbound.user",
    "initiator_address",
  ]);
});
