import { namespacedNameOf, type ObjectKey } from "../api/key.ts";
import type { CredentialId } from "../array/identifiers.ts";

/**
 * One object at a time writes a credential of an array: passes of different objects run side by side, and while one hands a
 * credential over, the other must not act on what it believed before.
 */
export interface IdentityLocks {
  /** False while another object's pass holds the credential. Held until `leave`. */
  enter(object: ObjectKey, connection: ObjectKey, id: CredentialId): boolean;
  /** The pass of the object has ended, and its status shows what it did. */
  leave(object: ObjectKey): void;
}

/** So long a pass waits for the other one; it is a request or two. */
export const lockedMs = 200;

export function createIdentityLocks(): IdentityLocks {
  const holders = new Map<string, ObjectKey>();
  const held = new Map<ObjectKey, readonly string[]>();
  return {
    enter(object, connection, { svm, initiator }) {
      // Across trust domains no object waits for another.
      const identity = `${namespacedNameOf(connection).namespace} ${svm} ${initiator}`;
      const holder = holders.get(identity);
      if (holder !== undefined) return holder === object;
      holders.set(identity, object);
      held.set(object, [...(held.get(object) ?? []), identity]);
      return true;
    },
    leave(object) {
      for (const identity of held.get(object) ?? []) holders.delete(identity);
      held.delete(object);
    },
  };
}
