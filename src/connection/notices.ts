import { namespacedNameOf, type ObjectKey } from "../api/key.ts";
import type { OntapConnection } from "../api/parse.ts";
import type { EmitEvent, ObjectEvent } from "../api/ports.ts";
import type { Clock } from "../std/clock.ts";
import { unreachable } from "../std/unreachable.ts";
import type { ConnectionEventReason } from "./vocabulary.ts";

/** Something that a credential does through a connection and that the owner of the connection should see. */
export type Notice =
  /** No grant allows what the object asks for; `limit` names the one that it breaks. */
  | { readonly kind: "denied"; readonly credential: ObjectKey; readonly limit: string }
  /** An object of another namespace holds what it wants; it is not told which. */
  | {
      readonly kind: "conflicted";
      readonly credential: ObjectKey;
      readonly initiator: string;
      readonly holder: ObjectKey;
    }
  /** The array held the credential before the object. */
  | { readonly kind: "adopted"; readonly credential: ObjectKey; readonly initiator: string; readonly svm: string }
  /** The object goes, and the credential stays on the array. */
  | { readonly kind: "left-behind"; readonly credential: ObjectKey; readonly initiator: string; readonly svm: string };

/** Events on a connection about what its credentials do. Their own Events are in namespaces that its owner may not read. */
export interface Notices {
  tell(connection: ObjectKey, notice: Notice): void;
}

/** One Event of a kind for each namespace in this time: a tenant with a thousand objects does not fill the owner's list. */
const quietMs = 10 * 60_000;
/** So many are remembered; beyond them further ones are dropped until the oldest is over. */
const mostRemembered = 1024;

export interface NoticesOptions {
  readonly find: (key: ObjectKey) => OntapConnection | undefined;
  readonly emit: EmitEvent<OntapConnection>;
  readonly clock: Clock;
}

export function createNotices({ find, emit, clock }: NoticesOptions): Notices {
  /** When each was told, the oldest first. */
  const told = new Map<string, number>();

  function mayTell(what: string, nowMs: number): boolean {
    for (const [before, atMs] of told) {
      if (nowMs - atMs < quietMs) break;
      told.delete(before);
    }
    if (told.has(what) || told.size >= mostRemembered) return false;
    told.set(what, nowMs);
    return true;
  }

  return {
    tell(key, notice) {
      const connection = find(key);
      const { namespace } = namespacedNameOf(notice.credential);
      if (connection === undefined || !mayTell(`${key} ${notice.kind} ${namespace}`, clock.monotonic())) return;
      emit(connection, eventOf(notice, namespace));
    },
  };
}

function eventOf(notice: Notice, namespace: string): ObjectEvent {
  const { credential } = notice;
  const more = `For 10 minutes no more Events tell of the same in namespace ${namespace}`;
  switch (notice.kind) {
    case "denied":
      return event(
        "CredentialDenied",
        "Deny",
        `No grant allows IscsiCredential ${credential}: ${notice.limit}. ${more}`,
      );
    case "conflicted":
      return event(
        "CredentialConflicted",
        "Reconcile",
        `IscsiCredential ${credential} wants initiator ${notice.initiator}, which IscsiCredential ${notice.holder} holds. Delete one of the two, or grant the initiator to one namespace only. ${more}`,
      );
    case "adopted":
      return event(
        "CredentialAdopted",
        "Adopt",
        `IscsiCredential ${credential} took over initiator ${notice.initiator} on SVM ${notice.svm}, which the array held before. ${more}`,
      );
    case "left-behind":
      return event(
        "CredentialLeftBehind",
        "Release",
        `The credential of initiator ${notice.initiator} stays on SVM ${notice.svm} without IscsiCredential ${credential}; see status.leftBehind. ${more}`,
      );
    default:
      return unreachable(notice);
  }
}

const event = (reason: ConnectionEventReason, action: string, note: string): ObjectEvent => ({
  type: "Warning",
  reason,
  action,
  note,
});
