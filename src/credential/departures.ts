import type { ObjectKey } from "../api/key.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { InitiatorName } from "../array/identifiers.ts";
import { acceptedBy, type FormerSvm } from "./applied.ts";
import { policyOf } from "./finalize.ts";
import type { Memory } from "./memory.ts";
import type { Outcome } from "./outcome.ts";
import { connectionKeyOf, credentialFinalizer, initiatorOf } from "./references.ts";

/** What an object leaves on the array if it goes now. */
export interface Remains {
  readonly credential: ObjectKey;
  readonly uid: string;
  readonly namespace: string;
  readonly connection: ObjectKey;
  readonly initiator: InitiatorName;
  readonly svms: readonly FormerSvm[];
}

/**
 * Which objects have something on an array that only a pass over their deletion ends. One that goes without that pass has lost
 * our finalizer to a user (`kubectl replace`, or a deletion that was cut short), and what it has there stays.
 */
export interface Departures {
  /** After each pass over an object. */
  note(credential: IscsiCredential, memory: Memory, outcome: Outcome): void;
  /** What the object that was last seen under a key has left there, unless it is the one that has the key now. */
  take(key: ObjectKey, presentUid: string | undefined): Remains | undefined;
}

export function createDepartures(): Departures {
  const byKey = new Map<ObjectKey, Remains>();
  return {
    note(credential, memory, outcome) {
      const { key, meta } = credential;
      // Without our finalizer it was let go by an earlier process, or it is known here already.
      if (meta.deletionTimestamp !== undefined && !meta.finalizers.includes(credentialFinalizer)) return;
      const remains = isCarriedOut(outcome) ? undefined : remainsOf(credential, memory);
      if (remains === undefined) byKey.delete(key);
      else byKey.set(key, remains);
    },
    take(key, presentUid) {
      const remains = byKey.get(key);
      if (remains === undefined || remains.uid === presentUid) return undefined;
      byKey.delete(key);
      return remains;
    },
  };
}

/** Whether all that a deletion asks of the array is done. The answer to our letting go of the object may have been lost. */
const isCarriedOut = (outcome: Outcome): boolean =>
  outcome.kind === "released" || (outcome.kind === "failed" && outcome.step === "release");

/** With deletionPolicy Retain an object leaves what it has on purpose. */
function remainsOf({ key, meta, spec }: IscsiCredential, memory: Memory): Remains | undefined {
  const svms = acceptedBy(memory);
  if (!spec.ok || svms.length === 0 || policyOf(spec.value) === "Retain") return undefined;
  const { uid, namespace } = meta;
  const connection = connectionKeyOf(spec.value, namespace);
  return { credential: key, uid, namespace, connection, initiator: initiatorOf(spec.value), svms };
}
