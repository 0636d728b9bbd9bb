import { expect, test } from "vitest";
import { meaningOfCode } from "./catalogue/catalogue.ts";
import { describeFailure, outboundStillShown, type ArrayAnswer, type ArrayFailure } from "./failure.ts";
import type { Verb } from "./verb.ts";

function failureOf(answer: Partial<ArrayAnswer> & { httpStatus: number }, verb: Verb = "PATCH"): ArrayFailure {
  const whole = { code: undefined, message: "ONTAP's own words", target: undefined, ...answer };
  const meaning = meaningOfCode(whole.code, whole.httpStatus, verb);
  return { kind: "array", verb, meaning, answer: whole, detail: undefined, retryAfterMs: undefined };
}

test("a known code is told in our words alone", () => {
  const text = describeFailure(
    failureOf({ httpStatus: 400, code: "5374147", message: "Zq7-secret is twice the same" }),
  );
  expect(text).toBe(
    "The inbound and the outbound CHAP password are the same (ONTAP 5374147). Give the two directions different passwords in their Secrets.",
  );
});

test("an unknown code is told in ONTAP's words, bounded", () => {
  const message = "The security multi-admin-verify request (index 3) requires approval";
  const text = describeFailure(failureOf({ httpStatus: 403, code: "262331", message }));
  expect(text).toContain(`(ONTAP 262331: ${message})`);
  expect(text).not.toContain("role");
  const long = describeFailure(failureOf({ httpStatus: 400, code: "99", message: "x".repeat(1024) }));
  expect(long.length).toBeLessThan(600);
});

test("a refused value names the field that ONTAP names, if it is one", () => {
  const named = (target: string) => describeFailure(failureOf({ httpStatus: 400, code: "262197", target }));
  expect(named("chap.inbound.user")).toContain("(ONTAP 262197; field chap.inbound.user)");
  expect(named("records[0].initiator_address.ranges")).toContain("field records[0].initiator_address.ranges");
  expect(named("Zq7 secret")).not.toContain("Zq7");
});

test("a refused read does not blame the object or its Secret", () => {
  const text = describeFailure(failureOf({ httpStatus: 400, code: "262197", target: "fields" }, "GET"));
  expect(text).toContain("(ONTAP 262197; field fields)");
  expect(text).not.toMatch(/Secret|the object/);
});

test("an outbound pair that stays is told with what works there", () => {
  expect(describeFailure(outboundStillShown())).toMatch(/still shows the pair.*`vserver iscsi security modify`/);
});
