import { describe, expect, test } from "vitest";
import { iscsiCredentialStatus, type IscsiCredentialStatus } from "../api/iscsi-credential.ts";
import { parseIscsiCredential } from "../api/parse.ts";
import { meaningOfCode } from "../array/catalogue/catalogue.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { InitiatorName, SvmUuid } from "../array/identifiers.ts";
import type { Applied } from "./applied.ts";
import { driftFound, type DriftNow } from "./drift.ts";
import { failed, held, type Outcome, type ReportedOutcome, type Written } from "./outcome.ts";
import { credentialStatusAfter, type CredentialStatusInput } from "./status.ts";

/** What a status says after a pass, by what the pass came to and what is remembered. Always one that the API takes. */

const uuid = "2f6f1c6e-0000-4000-8000-000000000001" as SvmUuid;
const svm = { id: { svm: uuid, initiator: "iqn.2020-01.com.example:a" as InitiatorName }, name: "svm1" };
const now = "2026-01-02T00:00:00Z";
const applied: Applied = {
  svm: { name: "svm1", uuid },
  uid: "1",
  authenticationType: "chap",
  generation: 1,
  time: "2026-01-01T00:00:00Z",
};
const versions = {
  inbound: { name: "chap", uid: "s", resourceVersion: "77" },
  outbound: { name: "back", uid: "t", resourceVersion: "78" },
};

function heldWith({ wrote, drift }: { readonly wrote?: Written; readonly drift?: DriftNow } = {}): Outcome {
  return held({
    step: wrote === undefined ? "settle" : "change",
    svm,
    observed: { state: "unread", remembered: "unknown" },
    accepted: { applied, digest: undefined, carriedBy: undefined },
    hostDifferences: [],
    wrote,
    drift,
    tookOver: false,
    allowance: undefined,
  });
}

const rotation: Written = {
  verb: "PATCH",
  because: [{ field: "chap.inbound.password" }],
  secrets: "changed",
  versions,
};
const found = [{ field: "authentication_type", observed: "none", wanted: "chap" }];
const circumstances = { isMoreOpen: false, resyncIntervalMs: 600_000, nowMs: 0 };
function driftTimes(times: number): DriftNow {
  let drift = driftFound(undefined, found, circumstances);
  for (let time = 1; time < times; time += 1) drift = driftFound(drift, found, circumstances);
  return drift;
}

function statusAfter(
  outcome: Outcome,
  {
    before,
    spec = {},
    ...input
  }: Partial<CredentialStatusInput> & {
    readonly before?: IscsiCredentialStatus | undefined;
    readonly spec?: object;
  } = {},
): IscsiCredentialStatus {
  const credential = parseIscsiCredential({
    metadata: { name: "host", namespace: "team", uid: "1", generation: 2 },
    spec: {
      connectionRef: { name: "array" },
      svm: { name: "svm1" },
      initiator: "iqn.2020-01.com.example:a",
      authenticationType: "chap",
      chap: { inbound: { secretRef: { name: "chap" } } },
      ...spec,
    },
    status: before,
  });
  if (credential === undefined) throw new Error("not a credential");
  const status = credentialStatusAfter(
    credential,
    {
      outcome: outcome as ReportedOutcome,
      memory: { applied, attempt: undefined, formerSvms: [], failures: 0, mustRead: false },
      leastIntervalMs: 0,
      nextAttemptMs: undefined,
      lastHandledReconcileAt: undefined,
      ...input,
    },
    Date.parse(now),
  );
  return iscsiCredentialStatus.parse(status);
}

const condition = ({ conditions }: IscsiCredentialStatus, type: string) =>
  conditions?.find((candidate) => candidate.type === type);

describe("evidence that the next process needs", () => {
  test("a creation that was begun, and SVMs that still hold a credential of the object", () => {
    const attempt = { svm: { uuid }, initiator: svm.id.initiator, uid: "1" };
    const formerSvms = [{ name: "old", uuid: "2f6f1c6e-0000-4000-8000-000000000009", uid: "1" }];
    const memory = { applied: undefined, attempt, formerSvms, failures: 1, mustRead: false };
    expect(statusAfter(failed("create", { kind: "handing-over", to: undefined }), { memory })).toMatchObject({
      attempt,
      formerSvms,
    });
  });
});

describe("history", () => {
  const quiet = statusAfter(heldWith());

  test("a write is an entry, with fields and Secret versions, although the verdict stays", () => {
    const { history = [] } = statusAfter(heldWith({ wrote: rotation }), { before: quiet });
    expect(history).toHaveLength(2);
    expect(history[1]).toEqual({
      time: now,
      ready: "True",
      reason: "Applied",
      generation: 2,
      operation: "PATCH",
      fields: ["chap.inbound.password"],
      inboundSecretVersion: "77",
      outboundSecretVersion: "78",
    });
  });

  test("a write without secrets names none", () => {
    const wrote: Written = { ...rotation, secrets: "none" };
    expect(statusAfter(heldWith({ wrote }), { before: quiet }).history?.[1]).not.toHaveProperty("inboundSecretVersion");
  });

  test("a pass without news changes no byte", () => {
    expect(statusAfter(heldWith(), { before: quiet })).toEqual(quiet);
  });

  test("the newest ten stay", () => {
    let before: IscsiCredentialStatus | undefined;
    for (let write = 0; write < 14; write += 1) before = statusAfter(heldWith({ wrote: rotation }), { before });
    expect(before?.history).toHaveLength(10);
  });
});

describe("drift", () => {
  test.each([
    { times: 2, ready: "True", appliedStatus: "True" },
    { times: 3, ready: "False", appliedStatus: "False" },
  ])("found $times times in a row, Ready and Applied are $ready", ({ times, ready, appliedStatus }) => {
    const status = statusAfter(heldWith({ wrote: rotation, drift: driftTimes(times) }));
    expect(condition(status, "Ready")?.status).toBe(ready);
    expect(condition(status, "Applied")?.status).toBe(appliedStatus);
  });
});

test("an answer that reads contradict is shown as ONTAP gave it", () => {
  const failure: ArrayFailure = {
    kind: "array",
    verb: "POST",
    meaning: meaningOfCode("5374142", 409, "POST"),
    answer: { httpStatus: 409, code: "5374142", message: "exists", target: undefined },
    detail: undefined,
    retryAfterMs: undefined,
  };
  const status = statusAfter(failed("create", { kind: "not-converging", failure }, svm));
  expect(status.ontapError).toMatchObject({ code: "5374142", operation: "POST", since: now });
  expect(condition(status, "Ready")?.reason).toBe("NotConverging");
});

describe("an interval below what the connection's owner allows", () => {
  test.each([
    { spec: { resyncInterval: "30s" }, leastIntervalMs: 600_000, says: "spec.resyncInterval counts as 600s" },
    {
      spec: { resyncInterval: "30s", reassertInterval: "5m" },
      leastIntervalMs: 600_000,
      says: "spec.resyncInterval and spec.reassertInterval count as 600s",
    },
  ])("is told as what it counts as: $says", ({ spec, leastIntervalMs, says }) => {
    expect(condition(statusAfter(heldWith(), { spec, leastIntervalMs }), "Ready")?.message).toContain(says);
  });

  test("one that is long enough is not mentioned", () => {
    const status = statusAfter(heldWith(), { spec: { resyncInterval: "30m" }, leastIntervalMs: 600_000 });
    expect(condition(status, "Ready")?.message).not.toContain("resyncInterval");
  });
});
