import { describe, expect, test } from "vitest";
import { ontapConnectionStatus, type OntapConnectionStatus } from "../api/ontap-connection.ts";
import { parseOntapConnection } from "../api/parse.ts";
import { meaningOfCode } from "../array/catalogue/catalogue.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { SvmUuid } from "../array/identifiers.ts";
import type { Svm } from "../array/port.ts";
import type { Opened } from "./opened.ts";
import type { ConnectionOutcome } from "./outcome.ts";
import type { ArraySeen } from "./session.ts";
import { connectionStatusAfter, type ConnectionStatusInput } from "./status.ts";
import { historyAfter, historyIn } from "./svm-history.ts";

const connection = parseOntapConnection({
  metadata: { name: "prod", namespace: "storage", generation: 1 },
  spec: { endpoint: "https://array", auth: { basic: { secretRef: { name: "login" } } } },
});
if (connection === undefined) throw new Error("the connection does not parse");

const svm = (index: number, name = `svm${index}`): Svm => ({
  uuid: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}` as SvmUuid,
  name,
  state: "running",
  subtype: undefined,
});

const now = "2026-11-26T00:00:00Z";
const account = { endpoint: "array:443", user: "admin" };

function seenOf(svms: readonly Svm[], changes: Partial<ArraySeen> = {}): ArraySeen {
  const svmHistory = historyAfter(historyIn(undefined), svms, account, now);
  return { svms, repeatedSvms: [], svmHistory, cluster: undefined, forbidden: [], ...changes };
}

/** The status of a connection whose array shows this, as the API server takes it. */
function statusOf(seen: ArraySeen, changes: Partial<ConnectionStatusInput> = {}): OntapConnectionStatus {
  const outcome: ConnectionOutcome = { kind: "connected", step: "probe", opened: {} as Opened, seen };
  const input = {
    outcome,
    credentials: 0,
    grants: undefined,
    login: undefined,
    uncompared: [],
    leftBehind: undefined,
    nextAttemptMs: undefined,
    lastHandledReconcileAt: undefined,
    ...changes,
  };
  if (connection === undefined) throw new Error("no connection");
  return ontapConnectionStatus.parse(connectionStatusAfter(connection, input, Date.parse(now)));
}

const condition = (status: OntapConnectionStatus, type: string) =>
  status.conditions?.find((candidate) => candidate.type === type);

describe("the status is valid whatever an array shows", () => {
  test("more SVMs than it can list: it shows 1,024 and says so", () => {
    const status = statusOf(seenOf(Array.from({ length: 1100 }, (_, index) => svm(index))));
    expect(status.svms).toHaveLength(1024);
    expect(condition(status, "SvmListWarning")).toMatchObject({ status: "True", reason: "SvmListCut" });
    expect(condition(status, "SvmListWarning")?.message).toContain("lists 1100 SVMs");
    expect(condition(status, "Ready")?.status).toBe("True");
  });

  test("SVMs under one UUID: it says which are not used", () => {
    const status = statusOf(seenOf([svm(1)], { repeatedSvms: ["twin-a", "twin-b"] }));
    expect(condition(status, "SvmListWarning")?.message).toContain("and not twin-a, twin-b");
  });

  test("names, states and versions beyond its bounds are cut", () => {
    const long = "x".repeat(5000);
    const cluster = { name: long, uuid: long, version: long };
    const status = statusOf(seenOf([{ ...svm(1, long), state: long }], { cluster }));
    expect([status.svms?.[0]?.name.length, status.cluster?.version?.length]).toEqual([253, 253]);
  });
});

test("of ONTAP's version it shows the release", () => {
  const version = "NetApp Release 9.18.1: Tue Jan 31 10:00:00 UTC 2026";
  const cluster = { name: "c1", uuid: undefined, version };
  expect(statusOf(seenOf([], { cluster })).cluster).toEqual({ name: "c1", version: "9.18.1" });
});

describe("SVMs that cannot be compared", () => {
  const failure: ArrayFailure = {
    kind: "array",
    verb: "GET",
    meaning: meaningOfCode("262197", 400, "GET"),
    answer: { httpStatus: 400, code: "262197", message: "no such field", target: "fields" },
    detail: undefined,
    retryAfterMs: undefined,
  };
  const uncompared = (count: number): ConnectionStatusInput["uncompared"] =>
    Array.from({ length: count }, (_, index) => ({
      svm: { uuid: svm(index).uuid, name: `svm${index}` },
      failure,
      sinceMs: Date.parse(now) + index * 1000,
    }));

  test("are named with the time since when and the reason, and the connection stays Ready", () => {
    const status = statusOf(seenOf([svm(0)]), { uncompared: uncompared(1) });
    const warning = condition(status, "CompareWarning");
    expect(warning).toMatchObject({ status: "True", reason: failure.meaning.reason });
    expect(warning?.message).toContain(
      `Credentials cannot be compared on SVM svm0 since ${now} (${failure.meaning.reason}): `,
    );
    expect(condition(status, "Ready")?.status).toBe("True");
  });

  test("are named three at most", () => {
    const message = condition(statusOf(seenOf([]), { uncompared: uncompared(5) }), "CompareWarning")?.message ?? "";
    expect(message).toContain("svm2");
    expect(message).toContain("and 2 more");
    expect(message).not.toContain("svm3");
  });

  test("are not a word when there are none", () => {
    expect(condition(statusOf(seenOf([])), "CompareWarning")).toBeUndefined();
  });
});
