import { expect, test } from "vitest";
import { settledCredential } from "../../test/harness/settled-credential.ts";
import { createSharing } from "../std/sharing.ts";
import { parseIscsiCredential, type IscsiCredential } from "./parse.ts";
import { withSharedParts } from "./shared-parts.ts";

/** What thousands of objects have in common is kept once, and nothing of them is lost by that. */

function parsed(raw: unknown): IscsiCredential {
  const credential = parseIscsiCredential(JSON.parse(JSON.stringify(raw)) as Readonly<Record<string, unknown>>);
  if (credential === undefined) throw new Error("the object does not parse");
  return credential;
}

test.each([
  { because: "settled", raw: settledCredential(1) },
  { because: "without a status", raw: { ...settledCredential(2), status: undefined } },
  { because: "whose spec breaks a rule", raw: { ...settledCredential(3), spec: { initiator: 7 } } },
  { because: "with a status of little", raw: { ...settledCredential(4), status: { observedGeneration: -1 } } },
])("an object $because is as it was", ({ raw }) => {
  const share = createSharing(100);
  expect(withSharedParts(parsed(raw), share)).toStrictEqual(parsed(raw));
  expect(withSharedParts(parsed(raw), share)).toStrictEqual(parsed(raw));
});

test("two objects hold their equal parts together, and their own parts alone", () => {
  const share = createSharing(100);
  // Both of the same second.
  const [one, other] = [1, 61].map((n) => withSharedParts(parsed(settledCredential(n)), share));
  expect(one?.status?.conditions?.[0]).toBe(other?.status?.conditions?.[0]);
  expect(one?.status?.applied?.svm).toBe(other?.status?.svm);
  expect(one?.meta.finalizers).toBe(other?.meta.finalizers);
  expect(one?.status?.applied?.inboundSecret).not.toEqual(other?.status?.applied?.inboundSecret);
});

test("values without end are forgotten, and those that were shared stay equal", () => {
  const share = createSharing(3);
  const first = share({ n: 0 });
  for (let n = 1; n < 10; n += 1) share({ n });
  expect(share({ n: 9 })).toBe(share({ n: 9 }));
  expect(share({ n: 0 })).not.toBe(first);
  expect(share({ n: 0 })).toEqual(first);
});
