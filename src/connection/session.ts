import type { ObjectKey } from "../api/key.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { SvmUuid } from "../array/identifiers.ts";
import type { Cluster, OntapArray, Svm } from "../array/port.ts";
import type { Clock } from "../std/clock.ts";
import { err, ok, type Result } from "../std/result.ts";
import type { ConnectionFailure } from "./failure.ts";
import type { Meaning } from "./meaning.ts";
import { presenceOf, type SvmHistory, type SvmPresence } from "./svm-history.ts";

/** What an array that answers has shown of itself. */
export interface ArraySeen {
  /** Each UUID once. */
  readonly svms: readonly Svm[];
  /** Names of SVMs that were listed with the UUID of another one; they are passed over. */
  readonly repeatedSvms: readonly string[];
  readonly svmHistory: SvmHistory;
  readonly cluster: Cluster | undefined;
  /** What the array forbids to the login although it answers, at most one failure a verb. */
  readonly forbidden: readonly ArrayFailure[];
}

/** The last probe was answered. */
export interface OpenSession extends ArraySeen {
  readonly state: "open";
  readonly array: OntapArray;
  /** Whether the array has an SVM, as far as its lists tell. */
  presence(uuid: SvmUuid): SvmPresence;
}

/** What this process knows of the array behind a connection. */
export type Session =
  /** Not asked yet since the process started. */
  | { readonly state: "unknown" }
  | OpenSession
  /** Only the probe asks this array until it works again: one verdict for all its credentials. */
  | {
      readonly state: "down";
      readonly failure: ConnectionFailure;
      readonly meaning: Meaning;
      /** The login Secret went before the connection: what was read of it serves deletions, and nothing else. */
      readonly forDeletions?: OpenSession;
    };

/** The array, as far as a credential that is being deleted may ask it. */
export function sessionForDeletion(session: Session): Result<OpenSession, Exclude<Session, OpenSession>> {
  if (session.state === "open") return ok(session);
  const { forDeletions } = session.state === "down" ? session : { forDeletions: undefined };
  return forDeletions === undefined ? err(session) : ok(forDeletions);
}

/** An SVM whose credentials could not be compared with what ONTAP holds. */
export interface Uncompared {
  readonly svm: { readonly uuid: SvmUuid; readonly name: string };
  readonly failure: ArrayFailure;
  /** Since when, as wall time. */
  readonly sinceMs: number;
}

/** The one place where both controllers meet: what the connection knows, and what its credentials report. */
export interface Sessions {
  of(connection: ObjectKey): Session;
  /** Since when the array has answered without a break, or did before it ceased to, on the monotonic clock. */
  openSinceMs(connection: ObjectKey): number;
  /** @param answered which request for a probe the pass has answered; a later one stands. */
  set(connection: ObjectKey, session: Session, answered: number | undefined): void;
  /** It is time for its credentials to ask again, although nothing is known to have changed. */
  enqueueCredentials(connection: ObjectKey): void;
  /** A call got no answer, or a refusal that meets others too: the connection should ask for itself what still works. */
  requestProbe(connection: ObjectKey): void;
  /** The newest request for a probe that no pass has answered. */
  probeRequested(connection: ObjectKey): number | undefined;
  /** A credential read an SVM to compare itself: with a failure, or, undefined, well. */
  compared(connection: ObjectKey, svm: Uncompared["svm"], failure: ArrayFailure | undefined, nowMs: number): void;
  /** Longest first. */
  uncompared(connection: ObjectKey): readonly Uncompared[];
  forget(connection: ObjectKey): void;
}

export const openSession = (array: OntapArray, seen: ArraySeen): OpenSession => ({
  ...seen,
  state: "open",
  array,
  presence: (uuid) => presenceOf(seen.svmHistory, uuid),
});

const unknown: Session = { state: "unknown" };

export interface SessionsDeps {
  readonly clock: Clock;
  /** A connection begins or ceases to work, is opened again, shows other SVMs or forbids something else: its credentials need a pass. */
  readonly onChange: (connection: ObjectKey) => void;
  /** The connection itself needs a pass. */
  readonly onReport: (connection: ObjectKey) => void;
}

export function createSessions({ clock, onChange, onReport }: SessionsDeps): Sessions {
  const sessions = new Map<ObjectKey, Session>();
  const openSince = new Map<ObjectKey, number>();
  const probeRequests = new Map<ObjectKey, number>();
  const uncompared = new Map<ObjectKey, Map<SvmUuid, Uncompared>>();
  let requests = 0;
  return {
    of: (connection) => sessions.get(connection) ?? unknown,
    openSinceMs: (connection) => openSince.get(connection) ?? -Infinity,
    set(connection, session, answered) {
      const before = sessions.get(connection) ?? unknown;
      sessions.set(connection, session);
      if (session.state === "open" && before.state !== "open") openSince.set(connection, clock.monotonic());
      if (probeRequests.get(connection) === answered) probeRequests.delete(connection);
      if (session.state === "open") keepOnly(uncompared.get(connection), session);
      if (fingerprint(before) !== fingerprint(session) || arrayOf(before) !== arrayOf(session)) onChange(connection);
    },
    enqueueCredentials: onChange,
    requestProbe(connection) {
      probeRequests.set(connection, (requests += 1));
      onReport(connection);
    },
    probeRequested: (connection) => probeRequests.get(connection),
    compared(connection, svm, failure, nowMs) {
      const known = uncompared.get(connection);
      const before = known?.get(svm.uuid);
      if (failure === undefined) {
        if (known?.delete(svm.uuid) === true) onReport(connection);
        return;
      }
      if (before?.failure.meaning.reason === failure.meaning.reason) return;
      const entry = { svm, failure, sinceMs: before?.sinceMs ?? nowMs };
      if (known === undefined) uncompared.set(connection, new Map([[svm.uuid, entry]]));
      else known.set(svm.uuid, entry);
      onReport(connection);
    },
    uncompared: (connection) =>
      [...(uncompared.get(connection)?.values() ?? [])].toSorted((a, b) => a.sinceMs - b.sinceMs),
    forget(connection) {
      probeRequests.delete(connection);
      uncompared.delete(connection);
      openSince.delete(connection);
      if (sessions.delete(connection)) onChange(connection);
    },
  };
}

/** Nothing compares itself with an SVM that is not there any more. */
function keepOnly(entries: Map<SvmUuid, Uncompared> | undefined, { svms }: OpenSession): void {
  for (const uuid of entries?.keys() ?? []) if (!svms.some((svm) => svm.uuid === uuid)) entries?.delete(uuid);
}

/** A caller of an array that was replaced meanwhile has no answer, and need not wait to ask the new one. */
function arrayOf(session: Session): OntapArray | undefined {
  const serving = sessionForDeletion(session);
  return serving.ok ? serving.value.array : undefined;
}

function fingerprint(session: Session): string {
  const serving = sessionForDeletion(session);
  if (!serving.ok) return session.state;
  const open = serving.value;
  const svms = open.svms.map(({ uuid, name, state, subtype }) => [uuid, name, state, subtype]);
  const gone = [...open.svmHistory.entries.keys()].filter((uuid) => open.presence(uuid) === "gone");
  return JSON.stringify([session.state, svms, gone, open.forbidden.map(({ verb }) => verb)]);
}
