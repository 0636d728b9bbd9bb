import { describe, expect, test } from "vitest";
import type { ObjectKey } from "../api/key.ts";
import { parseOntapConnection, type OntapConnection } from "../api/parse.ts";
import { timestamp } from "../api/verdict.ts";
import type { InitiatorName, SvmUuid } from "../array/identifiers.ts";
import { createManualClock } from "../../test/harness/manual-clock.ts";
import { createLeftBehindLedger, type Abandoned, type LeftBehind } from "./left-behind.ts";

const svm = "d140b0e0-0000-4000-8000-000000000001" as SvmUuid;
const entry = (name: string): Abandoned => ({
  svm,
  initiator: `iqn.1994-05.com.redhat:${name}` as InitiatorName,
  svmName: "svm1",
  namespace: "team-a",
});

const key = "storage/prod" as ObjectKey;

/** A ledger, and the connection whose status and annotations it sees. */
function aLedger() {
  const clock = createManualClock();
  const object = { status: {} as object, annotations: {} };
  const changes: ObjectKey[] = [];
  const connection = (): OntapConnection => {
    const metadata = { name: "prod", namespace: "storage", uid: "1", annotations: object.annotations };
    const parsed = parseOntapConnection({ metadata, spec: {}, status: object.status });
    if (parsed === undefined) throw new Error("the connection does not parse");
    return parsed;
  };
  const start = () =>
    createLeftBehindLedger({
      find: (asked) => (asked === key ? connection() : undefined),
      clock,
      onChange: (changed) => changes.push(changed),
    });
  let ledger = start();
  const pass = (): LeftBehind | undefined => {
    const leftBehind = ledger.of(connection());
    object.status = { leftBehind };
    ledger.written(key, leftBehind);
    return leftBehind;
  };
  return { clock, object, changes, pass, connection, ledger: () => ledger, restart: () => void (ledger = start()) };
}

const names = (list: LeftBehind | undefined): readonly string[] =>
  (list?.newest ?? []).map(({ initiator }) => initiator.split(":")[1] ?? "");

describe("the ledger of what is left behind", () => {
  test("an entry asks for a pass, and is recorded when the status that tells of it is written", () => {
    const { ledger, changes, pass } = aLedger();
    ledger().record(key, entry("a"));
    expect([changes, ledger().isRecorded(key, entry("a"))]).toEqual([[key], false]);
    expect(pass()).toMatchObject({ total: 1, newest: [{ svm: { name: "svm1", uuid: svm }, namespace: "team-a" }] });
    expect(ledger().isRecorded(key, entry("a"))).toBe(true);
  });

  test("the same entry twice is one, also after a restart", () => {
    const { ledger, pass, restart } = aLedger();
    ledger().record(key, entry("a"));
    pass();
    ledger().record(key, entry("a"));
    restart();
    ledger().record(key, entry("a"));
    expect(pass()?.total).toBe(1);
    expect(ledger().isRecorded(key, entry("a"))).toBe(true);
  });

  test("an entry that came while the status was written waits for the next one", () => {
    const { ledger, connection } = aLedger();
    ledger().record(key, entry("a"));
    const first = ledger().of(connection());
    ledger().record(key, entry("b"));
    ledger().written(key, first);
    expect(ledger().isRecorded(key, entry("b"))).toBe(false);
  });

  test("of more than twenty the newest are listed and all are counted; every one of them is recorded", () => {
    const { ledger, pass, restart } = aLedger();
    const all = Array.from({ length: 25 }, (_, index) => entry(`host-${index}`));
    for (const each of all) ledger().record(key, each);
    const told = pass();
    expect([told?.total, told?.newest.length, names(told)[0]]).toEqual([25, 20, "host-24"]);
    expect(all.every((each) => ledger().isRecorded(key, each))).toBe(true);
    restart();
    expect(ledger().total(key)).toBe(25);
  });

  test("an identity that is applied again is not left behind any more", () => {
    const { ledger, changes, pass } = aLedger();
    for (const name of ["a", "b"]) ledger().record(key, entry(name));
    pass();
    ledger().settle(key, entry("a"));
    ledger().settle(key, entry("never"));
    expect([names(pass()), changes.length, ledger().isRecorded(key, entry("a"))]).toEqual([["b"], 3, false]);
  });

  test.each([
    { because: "a time between them", at: 1500, left: ["b"] },
    { because: "a time after both", at: 2500, left: [] },
    { because: "a time before both", at: 500, left: ["b", "a"] },
  ])("the owner acknowledges up to $because: $left stays", async ({ at, left }) => {
    const { ledger, clock, object, pass } = aLedger();
    const startMs = clock.now();
    await clock.pass(1000);
    ledger().record(key, entry("a"));
    await clock.pass(1000);
    ledger().record(key, entry("b"));
    pass();
    object.annotations = { "ontap-iscsi.dev/left-behind-acknowledged": new Date(startMs + at).toISOString() };
    expect(names(pass())).toEqual(left);
  });

  test("what is only counted ends with the oldest that is listed", async () => {
    const { ledger, clock, object, pass } = aLedger();
    for (let index = 0; index < 25; index += 1) {
      ledger().record(key, entry(`host-${index}`));
      await clock.pass(1000);
    }
    pass();
    object.annotations = { "ontap-iscsi.dev/left-behind-acknowledged": timestamp(clock.now() - 15_000) };
    expect(pass()?.total).toBe(14);
  });

  test("words that are no time acknowledge nothing", () => {
    const { ledger, object, pass } = aLedger();
    ledger().record(key, entry("a"));
    object.annotations = { "ontap-iscsi.dev/left-behind-acknowledged": "all" };
    expect(pass()?.total).toBe(1);
  });

  test("without a connection there is nothing to tell it to", () => {
    const { ledger, changes } = aLedger();
    const gone = "storage/gone" as ObjectKey;
    ledger().record(gone, entry("a"));
    expect([changes, ledger().isRecorded(gone, entry("a"))]).toEqual([[], true]);
  });
});
