import { mostMissingSvms, type OntapConnectionStatus } from "../api/ontap-connection.ts";
import type { SvmUuid } from "../array/identifiers.ts";
import type { Svm } from "../array/port.ts";
import { defined } from "../std/defined.ts";
import type { Account } from "./access.ts";

interface Entry {
  readonly name: string | undefined;
  /** How many complete lists in a row lacked it. */
  readonly missed: number;
  /** When the first of them did; RFC 3339. */
  readonly since: string | undefined;
}

/**
 * Every SVM that an account has shown, and whether its newest lists still do. What an account without a user name does not
 * see is never gone: another token may see more.
 */
export interface SvmHistory {
  readonly access: Account | undefined;
  readonly entries: ReadonlyMap<SvmUuid, Entry>;
  /** What the newest list shows; it may be empty without saying anything about the others. */
  readonly shown: ReadonlySet<SvmUuid>;
}

/** `missing`: not seen, which may mean a login that is not allowed to see it; `gone`: the array has it no more. */
export type SvmPresence = "present" | "missing" | "gone";

/** One list that lacks an SVM may be an accident; a credential is released by the second. */
const listsUntilGone = 2;

const seenNow = (name: string): Entry => ({ name, missed: 0, since: undefined });

export function presenceOf({ entries, shown }: SvmHistory, uuid: SvmUuid): SvmPresence {
  if (shown.has(uuid)) return "present";
  return (entries.get(uuid)?.missed ?? 0) >= listsUntilGone ? "gone" : "missing";
}

/** What a status tells of the lists that an earlier process has read; each SVM that it lacks was lacked by one at least. */
export function historyIn(status: OntapConnectionStatus | undefined): SvmHistory {
  const { access, svms = [], missingSvms = [] } = status ?? {};
  const present = svms.map(({ uuid, name }): [SvmUuid, Entry] => [uuid as SvmUuid, seenNow(name)]);
  const missing = missingSvms.map(({ uuid, name, since }): [SvmUuid, Entry] => [
    uuid as SvmUuid,
    { name, missed: 1, since },
  ]);
  return {
    access: access === undefined ? undefined : { endpoint: access.endpoint, user: access.user },
    entries: new Map([...missing, ...present]),
    shown: new Set(present.map(([uuid]) => uuid)),
  };
}

/**
 * What is known after one more complete list. A list that is empty proves nothing, since a login that may see nothing
 * gets the same; and what another endpoint or user has shown is no evidence here.
 * @param now RFC 3339.
 */
export function historyAfter(before: SvmHistory, list: readonly Svm[], access: Account, now: string): SvmHistory {
  const present = list.map(({ uuid, name }): [SvmUuid, Entry] => [uuid, seenNow(name)]);
  const shown = new Set(list.map(({ uuid }) => uuid));
  if (!isSame(before.access, access)) return { access, entries: new Map(present), shown };
  if (list.length === 0) return { ...before, shown };
  const missing = [...before.entries]
    .filter(([uuid]) => !shown.has(uuid))
    .map(([uuid, { name, missed, since = now }]): [SvmUuid, Entry] => [uuid, { name, missed: missed + 1, since }]);
  return { access, entries: new Map([...missing, ...present]), shown };
}

function isSame(before: Account | undefined, { endpoint, user }: Account): boolean {
  return user !== undefined && before?.user === user && before.endpoint === endpoint;
}

/** For the status: the newest that are missing, by UUID. */
export function missingSvms({ entries }: SvmHistory): OntapConnectionStatus["missingSvms"] {
  const missing = [...entries]
    .flatMap(([uuid, { name, since }]) => (since === undefined ? [] : [defined({ uuid, name, since })]))
    .toSorted((a, b) => (a.since > b.since ? -1 : 1))
    .slice(0, mostMissingSvms);
  return missing.length === 0 ? undefined : missing;
}
