import { describe, expect, test } from "vitest";
import { ontapConnectionStatus } from "../api/ontap-connection.ts";
import type { SvmUuid } from "../array/identifiers.ts";
import type { Svm } from "../array/port.ts";
import { defined } from "../std/defined.ts";
import type { Account } from "./access.ts";
import { historyAfter, historyIn, missingSvms, presenceOf, type SvmHistory } from "./svm-history.ts";

const uuidOf = (name: string): SvmUuid =>
  `00000000-0000-4000-8000-${Buffer.from(name).toString("hex").padStart(12, "0")}` as SvmUuid;
const svm = (name: string): Svm => ({ uuid: uuidOf(name), name, state: "running", subtype: undefined });

const admin: Account = { endpoint: "array:443", user: "admin" };
const vsadmin: Account = { endpoint: "array:443", user: "vsadmin" };
const elsewhere: Account = { endpoint: "other:443", user: "admin" };
const token: Account = { endpoint: "array:443", user: undefined };

interface List {
  readonly by: Account;
  readonly shows: readonly string[];
}
const list = (by: Account, ...shows: string[]): List => ({ by, shows });

/** A process that ends between two lists, and one that reads what it has left in the status. */
const restart = "restart";

function historyOf(events: readonly (List | typeof restart)[]): SvmHistory {
  return events.reduce<SvmHistory>((history, event, index) => {
    if (event === restart) return afterRestart(history);
    return historyAfter(history, event.shows.map(svm), event.by, `2026-11-26T00:0${index}:00Z`);
  }, historyIn(undefined));
}

function afterRestart(history: SvmHistory): SvmHistory {
  const { access, shown, entries } = history;
  const svms = [...shown].map((uuid) => ({ uuid, name: entries.get(uuid)?.name ?? "" }));
  const status = { access: access && defined({ ...access }), svms, missingSvms: missingSvms(history) };
  return historyIn(ontapConnectionStatus.parse(JSON.parse(JSON.stringify(status))));
}

describe("an SVM", () => {
  test.each<{ because: string; events: readonly (List | typeof restart)[]; is: string }>([
    { because: "the newest list shows it", events: [list(admin, "a", "b")], is: "present" },
    { because: "one list lacks it", events: [list(admin, "a", "b"), list(admin, "b")], is: "missing" },
    {
      because: "two lists in a row lack it, through what showed it",
      events: [list(admin, "a", "b"), list(admin, "b"), list(admin, "b")],
      is: "gone",
    },
    {
      because: "it came back between them",
      events: [list(admin, "a", "b"), list(admin, "b"), list(admin, "a", "b"), list(admin, "b")],
      is: "missing",
    },
    {
      because: "it came back after all",
      events: [list(admin, "a", "b"), list(admin, "b"), list(admin, "b"), list(admin, "a", "b")],
      is: "present",
    },
    { because: "it was never shown", events: [list(admin, "b"), list(admin, "b"), list(admin, "b")], is: "missing" },
    {
      because: "empty lists prove nothing",
      events: [list(admin, "a", "b"), list(admin), list(admin), list(admin)],
      is: "missing",
    },
    {
      because: "an empty list between them does not count",
      events: [list(admin, "a", "b"), list(admin, "b"), list(admin)],
      is: "missing",
    },
    {
      because: "another user may not see it",
      events: [list(admin, "a", "b"), list(vsadmin, "b"), list(vsadmin, "b"), list(vsadmin, "b")],
      is: "missing",
    },
    {
      because: "another endpoint is another array",
      events: [list(admin, "a", "b"), list(elsewhere, "b"), list(elsewhere, "b"), list(elsewhere, "b")],
      is: "missing",
    },
    {
      because: "only lists of what showed it count together",
      events: [list(admin, "a", "b"), list(admin, "b"), list(vsadmin, "b"), list(admin, "b")],
      is: "missing",
    },
    {
      because: "a login without a user name is never evidence",
      events: [list(token, "a", "b"), list(token, "b"), list(token, "b"), list(token, "b")],
      is: "missing",
    },
    {
      because: "a restart forgets no list",
      events: [list(admin, "a", "b"), restart, list(admin, "b"), restart, list(admin, "b")],
      is: "gone",
    },
    {
      because: "a restart is no list",
      events: [list(admin, "a", "b"), list(admin, "b"), restart, restart],
      is: "missing",
    },
    {
      because: "one that was gone is looked for once more after a restart",
      events: [list(admin, "a", "b"), list(admin, "b"), list(admin, "b"), restart, list(admin, "b")],
      is: "gone",
    },
  ])("is $is: $because", ({ events, is }) => {
    expect(presenceOf(historyOf(events), uuidOf("a"))).toBe(is);
  });
});

test("of a thousand that vanish at once the status names 64", () => {
  const many = Array.from({ length: 1000 }, (_, index) => `svm${index}`);
  expect(missingSvms(historyOf([list(admin, "b", ...many), list(admin, "b")]))).toHaveLength(64);
});
