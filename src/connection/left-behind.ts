import { leftBehindAcknowledgedAnnotation } from "../api/fields.ts";
import type { ObjectKey } from "../api/key.ts";
import { mostLeftBehind, type OntapConnectionStatus } from "../api/ontap-connection.ts";
import type { OntapConnection } from "../api/parse.ts";
import { timestamp } from "../api/verdict.ts";
import type { CredentialId } from "../array/identifiers.ts";
import type { Clock } from "../std/clock.ts";

/** A credential that stays on the array although no object declares it any more. */
export interface Abandoned extends CredentialId {
  readonly svmName: string | undefined;
  /** Of the object that once applied it. */
  readonly namespace: string;
}

export type LeftBehind = NonNullable<OntapConnectionStatus["leftBehind"]>;

/**
 * What is left on arrays, by connection. The connection's pass writes it into the status, where it survives a restart; an
 * entry ends when an object applies that identity again, or when the connection's owner acknowledges it.
 */
export interface LeftBehindLedger {
  record(connection: ObjectKey, entry: Abandoned): void;
  /** An object has applied this identity, so it is declared again. */
  settle(connection: ObjectKey, identity: CredentialId): void;
  /** Whether the status tells of it, so that the object that knows of it may go; true also if there is no connection to tell. */
  isRecorded(connection: ObjectKey, identity: CredentialId): boolean;
  /** What the status should say, without what the owner has acknowledged. */
  of(connection: OntapConnection): LeftBehind | undefined;
  /** The API server has the status that says this. */
  written(connection: ObjectKey, told: LeftBehind | undefined): void;
  /** How many credentials are left behind through a connection. */
  total(connection: ObjectKey): number;
  forget(connection: ObjectKey): void;
}

interface Entries {
  readonly uid: string;
  list: LeftBehind;
  /** Recorded and not yet in a status that was written. */
  unwritten: Set<string>;
  /** Once in such a status: further entries may have pushed them out of the newest. */
  readonly told: Set<string>;
}

/** So many identities that were told are remembered by connection; beyond them an entry may be counted again. */
const mostTold = 4096;

export interface LeftBehindOptions {
  readonly find: (key: ObjectKey) => OntapConnection | undefined;
  readonly clock: Clock;
  /** The connection needs a pass that writes its status. */
  readonly onChange: (connection: ObjectKey) => void;
}

export function createLeftBehindLedger({ find, clock, onChange }: LeftBehindOptions): LeftBehindLedger {
  const byConnection = new Map<ObjectKey, Entries>();

  function entriesOf({ key, meta, status }: OntapConnection): Entries {
    const known = byConnection.get(key);
    if (known?.uid === meta.uid) return known;
    const list = status?.leftBehind ?? none;
    const entries: Entries = {
      uid: meta.uid,
      list,
      unwritten: new Set(),
      told: new Set(list.newest.map(({ svm, initiator }) => nameOf({ svm: svm.uuid, initiator }))),
    };
    byConnection.set(key, entries);
    return entries;
  }

  const entriesAt = (key: ObjectKey): Entries | undefined => {
    const connection = find(key);
    return connection && entriesOf(connection);
  };

  return {
    record(key, entry) {
      const entries = entriesAt(key);
      const name = nameOf(entry);
      if (entries === undefined || entries.unwritten.has(name) || entries.told.has(name)) return;
      entries.list = withEntry(entries.list, entry, timestamp(clock.now()));
      entries.unwritten.add(name);
      onChange(key);
    },
    settle(key, identity) {
      const entries = entriesAt(key);
      if (entries === undefined) return;
      const name = nameOf(identity);
      entries.unwritten.delete(name);
      entries.told.delete(name);
      const list = withoutIdentity(entries.list, identity);
      if (list === entries.list) return;
      entries.list = list;
      onChange(key);
    },
    isRecorded(key, identity) {
      const entries = entriesAt(key);
      return entries === undefined || entries.told.has(nameOf(identity));
    },
    of(connection) {
      const entries = entriesOf(connection);
      const until = Date.parse(connection.meta.annotations[leftBehindAcknowledgedAnnotation] ?? "");
      if (!Number.isNaN(until)) entries.list = acknowledged(entries.list, until);
      return entries.list.total === 0 ? undefined : entries.list;
    },
    written(key, told) {
      const entries = byConnection.get(key);
      if (entries === undefined || (told ?? none) !== entries.list) return;
      for (const name of entries.unwritten) entries.told.add(name);
      entries.unwritten = new Set();
      for (const name of entries.told) {
        if (entries.told.size <= mostTold) break;
        entries.told.delete(name);
      }
    },
    total: (key) => entriesAt(key)?.list.total ?? 0,
    forget: (key) => void byConnection.delete(key),
  };
}

const none: LeftBehind = { total: 0, newest: [] };

const nameOf = ({ svm, initiator }: { readonly svm: string; readonly initiator: string }): string =>
  `${svm} ${initiator}`;

/** The newest first; those that no longer fit are only counted. */
function withEntry({ total, newest }: LeftBehind, entry: Abandoned, time: string): LeftBehind {
  const { svm: uuid, svmName, initiator, namespace } = entry;
  const svm = svmName === undefined ? { uuid } : { name: svmName, uuid };
  const others = newest.filter((other) => other.svm.uuid !== uuid || other.initiator !== initiator);
  const again = others.length < newest.length;
  return {
    total: again ? total : total + 1,
    newest: [{ svm, initiator, namespace, time }, ...others].slice(0, mostLeftBehind),
  };
}

/** The identity of an entry that is only counted is not known: it ends when the owner acknowledges it. */
function withoutIdentity(list: LeftBehind, { svm, initiator }: CredentialId): LeftBehind {
  const newest = list.newest.filter((entry) => entry.svm.uuid !== svm || entry.initiator !== initiator);
  const ended = list.newest.length - newest.length;
  return ended === 0 ? list : { total: list.total - ended, newest };
}

/** What was left behind later than `untilMs` stays; what is only counted is older than all that is listed. */
function acknowledged(list: LeftBehind, untilMs: number): LeftBehind {
  const newest = list.newest.filter(({ time }) => Date.parse(time) > untilMs);
  if (newest.length === list.newest.length && newest.length > 0) return list;
  return { total: newest.length, newest };
}
