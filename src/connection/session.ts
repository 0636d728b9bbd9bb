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
}

const unknown: Session = { state: "unknown" };

export interface SessionListener {
  /** A connection begins or ceases to work, shows other SVMs or forbids something else: its credentials want a look. */
  readonly onTurn: (connection: ObjectKey) => void;
  /** The connection itself wants a look. */
  readonly onDoubt: (connection: ObjectKey) => void;
}

export function createSessions({ onTurn, onDoubt }: SessionListener): Sessions {
  const sessions = new Map<ObjectKey, Session>();
  const doubts = new Set<ObjectKey>();
  return {
    of: (connection) => sessions.get(connection) ?? unknown,
    set(connection, session) {
      const before = sessions.get(connection) ?? unknown;
      sessions.set(connection, session);
      doubts.delete(connection);
      if (fingerprint(before) !== fingerprint(session)) onTurn(connection);
    },
    turn: onTurn,
    doubt(connection) {
      if (doubts.has(connection)) return;
      doubts.add(connection);
      onDoubt(connection);
    },
    doubted: (connection) => doubts.has(connection),
    forget(connection) {
      doubts.delete(connection);
      if (sessions.delete(connection)) onTurn(connection);
    },
  };
}

function fingerprint(session: Session): string {
  if (session.state !== "open") return session.state;
  const svms = session.svms.map(({ uuid, name, state, subtype }) => [uuid, name, state, subtype]);
  return JSON.stringify([svms, session.forbidden.map(({ verb }) => verb)]);
}
