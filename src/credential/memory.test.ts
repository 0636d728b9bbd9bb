import { describe, expect, test } from "vitest";
import { meaningOfCode, meaningOfTrouble } from "../array/catalogue/catalogue.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { InitiatorName, SvmUuid } from "../array/identifiers.ts";
import type { Applied } from "./applied.ts";
import type { CredentialFailure } from "./failure.ts";
import { memoryAfter, type Memory, type PassEnd } from "./memory.ts";
import { failed, held, nothingToDo, type Outcome } from "./outcome.ts";

/** What a pass leaves behind, row by row. */

const svm = "2f6f1c6e-0000-4000-8000-000000000001" as SvmUuid;
const seen = { id: { svm, initiator: "iqn.2020-01.com.example:a" as InitiatorName }, name: "svm1" };
const applied: Applied = {
  svm: { name: "svm1", uuid: svm },
  uid: "1",
  authenticationType: "deny",
  generation: 1,
  time: "2026-01-01T00:00:00Z",
};

/** Applied an hour ago; its resync is due. */
const before: Memory = {
  uid: "1",
  applied,
  attempt: undefined,
  formerSvms: [],
  digest: "old",
  carriedBy: undefined,
  readDueMs: 1000,
  mustRead: false,
  mustReassert: false,
  reassertAtResync: false,
  convergences: 0,
  drift: undefined,
  allowance: undefined,
  readSinceMs: 0,
  failures: 0,
  lastReportedVerdict: { status: "True", reason: "Applied" },
  rejected: undefined,
};

const settled: Outcome = held({
  step: "settle",
  svm: seen,
  observed: { state: "absent" },
  accepted: { applied, digest: "new", carriedBy: undefined },
  hostDifferences: [],
  wrote: undefined,
  drift: undefined,
  tookOver: false,
  allowance: undefined,
});

function arrayFailure(code: string | undefined, httpStatus = 503): ArrayFailure {
  return {
    kind: "array",
    verb: "POST",
    meaning: code === undefined ? meaningOfTrouble("timeout") : meaningOfCode(code, httpStatus, "POST"),
    answer: code === undefined ? undefined : { httpStatus, code, message: "", target: undefined },
    detail: undefined,
    retryAfterMs: undefined,
  };
}

const after = (outcome: Outcome, end: Partial<PassEnd> = {}, memory: Partial<Memory> = {}): Memory =>
  memoryAfter({
    memory: { ...before, ...memory },
    outcome,
    wantedRead: false,
    wantedReassert: false,
    nextReadMs: undefined,
    endedMs: 5000,
    ...end,
  });

describe("a read counts only if the pass that it served ended well", () => {
  const read = { wantedRead: true, nextReadMs: 9000 };
  test("after one that did, the next one is due an interval later", () => {
    expect(after(settled, read, { mustRead: true })).toMatchObject({ readDueMs: 9000, mustRead: false });
  });

  test.each<{ because: string; failure: CredentialFailure }>([
    { because: "the array was busy", failure: arrayFailure("8") },
    { because: "no answer came", failure: arrayFailure(undefined) },
    { because: "another write came first", failure: arrayFailure("5374142", 409) },
    { because: "a Secret is missing", failure: { kind: "secret-missing", secret: "s", field: "f" } },
    {
      because: "the API server refused the finalizer",
      failure: {
        kind: "kube",
        problem: "forbidden",
        verb: "PATCH",
        path: "/",
        httpStatus: 403,
        message: "",
        retryAfterMs: undefined,
      },
    },
  ])("a failed pass keeps its read due: $because", ({ failure }) => {
    expect(after(failed("create", failure), read)).toMatchObject({ readDueMs: 1000, mustRead: true });
  });

  test("what was read before a failure is no answer any more", () => {
    expect(after(failed("create", arrayFailure("8")), read).readSinceMs).toBe(5000);
  });

  test("a write without a read leaves the next resync as it was", () => {
    expect(after(settled)).toMatchObject({ readDueMs: 1000, digest: "new" });
  });
});

describe("what a person asked for is not forgotten with the attempt that failed", () => {
  test("the secrets are written again at the next attempt", () => {
    const failedOnce = after(failed("change", arrayFailure("8")), { wantedReassert: true });
    expect(failedOnce.mustReassert).toBe(true);
    expect(after(settled, {}, failedOnce).mustReassert).toBe(false);
  });
});

describe("only attempts count as failures", () => {
  test.each<{ because: string; failure: CredentialFailure; failures: number }>([
    { because: "an attempt that failed", failure: arrayFailure("8"), failures: 3 },
    { because: "waiting for a person", failure: { kind: "already-exists", by: "object" }, failures: 0 },
    {
      because: "waiting for the connection",
      failure: { kind: "connection-unknown", connection: "a/b" as never },
      failures: 0,
    },
  ])("$because: $failures", ({ failure, failures }) => {
    expect(after(failed("create", failure), {}, { failures: 2 }).failures).toBe(failures);
  });
});

test("a pass with nothing to do changes nothing", () => {
  expect(after(nothingToDo, { wantedRead: true, nextReadMs: 9000 })).toEqual(before);
});
