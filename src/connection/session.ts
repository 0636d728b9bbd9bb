import type { ObjectKey } from "../api/key.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { Cluster, OntapArray, Svm } from "../array/port.ts";
import type { ConnectionFailure } from "./failure.ts";

/** The last probe was answered. */
export interface OpenSession {
  readonly state: "open";
  readonly array: OntapArray;
  readonly svms: readonly Svm[];
  readonly cluster: Cluster | undefined;
  /** What the array forbids to the login although it answers, at most one refusal a verb. */
  readonly forbidden: readonly ArrayFailure[];
}

/** What this process knows of the array behind a connection. */
export type Session =
  /** Not asked yet since the process started. */
  | { readonly state: "unknown" }
  | OpenSession
  /** Nobody but the probe asks this array until it works again: one verdict for all its credentials. */
  | { readonly state: "down"; readonly failure: ConnectionFailure };

export interface Sessions {
  of(connection: ObjectKey): Session;
  set(connection: ObjectKey, session: Session): void;
  /** Nothing is known to have changed, but it is time for its credentials to ask again. */
  turn(connection: ObjectKey): void;
  /** A call got no answer, or a refusal that meets others too: the connection shall ask for itself what still works. */
  doubt(connection: ObjectKey): void;
  doubted(connection: ObjectKey): boolean;
  forget(connection: ObjectKey): void;
  subscribe(listener: SessionListener): void;
}

const unknown: Session = { state: "unknown" };

export interface SessionListener {
  /** A connection begins or ceases to work, is opened again, shows other SVMs or forbids something else: its credentials get a pass. */
  readonly onChange: (connection: ObjectKey) => void;
  /** The connection itself gets a pass. */
  readonly onProbeRequest: (connection: ObjectKey) => void;
}

export function createSessions(): Sessions {
  const sessions = new Map<ObjectKey, Session>();
  const doubts = new Set<ObjectKey>();
  const listeners: SessionListener[] = [];
  const changed = (connection: ObjectKey): void => listeners.forEach(({ onChange }) => onChange(connection));
  return {
    of: (connection) => sessions.get(connection) ?? unknown,
    subscribe: (listener) => void listeners.push(listener),
    set(connection, session) {
      const before = sessions.get(connection) ?? unknown;
      sessions.set(connection, session);
      doubts.delete(connection);
      if (fingerprint(before) !== fingerprint(session) || arrayOf(before) !== arrayOf(session)) changed(connection);
    },
    turn: changed,
    doubt(connection) {
      if (doubts.has(connection)) return;
      doubts.add(connection);
      for (const { onProbeRequest } of listeners) onProbeRequest(connection);
    },
    doubted: (connection) => doubts.has(connection),
    forget(connection) {
      doubts.delete(connection);
      if (sessions.delete(connection)) changed(connection);
    },
  };
}

/** Whoever asked an array that was replaced meanwhile has no answer, and need not wait to ask the new one. */
const arrayOf = (session: Session): OntapArray | undefined => (session.state === "open" ? session.array : undefined);

function fingerprint(session: Session): string {
  if (session.state !== "open") return session.state;
  const svms = session.svms.map(({ uuid, name, state, subtype }) => [uuid, name, state, subtype]);
  return JSON.stringify([svms, session.forbidden.map(({ verb }) => verb)]);
}
