import { describe, expect, test } from "vitest";
import { parseOntapConnection } from "../api/parse.ts";
import { meaningOfTrouble } from "../array/catalogue/catalogue.ts";
import type { ConnectionFailure } from "./failure.ts";
import { firstMemory, memoryAfter, type Memory } from "./memory.ts";
import type { Schedule } from "./next.ts";
import type { Opened } from "./opened.ts";
import { failed, type ConnectionOutcome } from "./outcome.ts";
import { historyAfter } from "./svm-history.ts";

const aConnection = parseOntapConnection({ metadata: { name: "prod", namespace: "storage", uid: "1" }, spec: {} });
if (aConnection === undefined) throw new Error("the connection does not parse");

const before: Memory = { ...firstMemory(aConnection), failures: 2, schedule: { dueMs: 1000, announcedMs: undefined } };
const later: Schedule = { dueMs: 9000, announcedMs: undefined };
const opened = {} as Opened;
const timeout: ConnectionFailure = {
  kind: "array",
  verb: "GET",
  meaning: meaningOfTrouble("timeout"),
  answer: undefined,
  detail: undefined,
  retryAfterMs: undefined,
};
const withheld: ConnectionFailure = {
  kind: "login-withheld",
  secret: "ontap-login",
  because: "refused",
  nextAttemptMs: 5000,
};
const svmHistory = historyAfter(
  before.svmHistory,
  [],
  { endpoint: "array:443", user: "admin" },
  "2026-11-26T00:00:00Z",
);
const seen = { svms: [], repeatedSvms: [], svmHistory, cluster: undefined, forbidden: [] };

interface Row {
  readonly because: string;
  readonly outcome: ConnectionOutcome;
  readonly request?: string;
  readonly after: Partial<Memory>;
}

describe("what a pass leaves in memory", () => {
  test.each<Row>([
    {
      because: "a failed probe keeps the probe due, after its backoff, and counts",
      outcome: failed("probe", timeout, opened),
      after: { failures: 3, schedule: later, opened, svmHistory: before.svmHistory },
    },
    {
      because: "a pass that asks nothing leaves the probe where it was",
      outcome: { kind: "connected", step: "nothing", opened, seen },
      after: { failures: 2, schedule: before.schedule },
    },
    {
      because: "so does one that only writes finalizers",
      outcome: { kind: "finalizers", step: "add-finalizer", written: { ok: true, value: undefined } },
      after: { failures: 2, schedule: before.schedule },
    },
    {
      because: "a refused login is counted once: to withhold it is no attempt",
      outcome: failed("withhold-login", withheld, opened),
      after: { failures: 2 },
    },
    {
      because: "a request has had its attempt when the array was asked",
      outcome: failed("probe", timeout, opened),
      request: "now",
      after: { attemptedRequest: "now" },
    },
    {
      because: "a request that the login has to wait for is still to be answered",
      outcome: failed("withhold-login", withheld, opened),
      request: "now",
      after: { attemptedRequest: undefined },
    },
    {
      because: "an array that answers ends the failures",
      outcome: { kind: "connected", step: "open", opened, seen },
      after: { failures: 0, schedule: later, opened, svmHistory },
    },
    {
      because: "what can no longer log in is closed",
      outcome: failed("refuse", { kind: "spec-invalid", problems: [] }, undefined),
      after: { opened: undefined, failures: 3 },
    },
    {
      because: "what was told is told once, also when its status was not written",
      outcome: failed("probe", timeout, opened),
      after: { lastReportedVerdict: { status: "False", reason: "AnswerTimeout" } },
    },
  ])("$because", ({ outcome, request, after }) => {
    expect(memoryAfter(before, outcome, { access: undefined, request }, later)).toMatchObject(after);
  });
});
