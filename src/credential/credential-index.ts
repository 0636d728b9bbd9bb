import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import { keyOf, type ObjectKey } from "../api/key.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { InitiatorName } from "../array/identifiers.ts";
import { createRelation } from "../std/relation.ts";
import { connectionKeyOf, initiatorOf } from "./references.ts";

/** Which credentials mention what, so that a change of the mentioned finds those who care. */
export interface CredentialIndex {
  put(credential: IscsiCredential): void;
  remove(key: ObjectKey): void;
  ofConnection(connection: ObjectKey): readonly ObjectKey[];
  ofSecret(secret: ObjectKey): readonly ObjectKey[];
  /** Every Secret that is mentioned. */
  secrets(): IterableIterator<ObjectKey>;
  ofInitiator(initiator: InitiatorName): readonly ObjectKey[];
  /** Namespaces that hold credentials. */
  ofNamespace(namespace: string): readonly ObjectKey[];
}

export function createCredentialIndex(): CredentialIndex {
  const connections = createRelation<ObjectKey, ObjectKey>();
  const secrets = createRelation<ObjectKey, ObjectKey>();
  const initiators = createRelation<ObjectKey, InitiatorName>();
  const namespaces = createRelation<ObjectKey, string>();
  return {
    put({ key, meta: { namespace }, spec }) {
      namespaces.set(key, [namespace]);
      connections.set(key, spec.ok ? [connectionKeyOf(spec.value, namespace)] : []);
      secrets.set(key, spec.ok ? secretsNamed(spec.value, namespace) : []);
      initiators.set(key, spec.ok ? [initiatorOf(spec.value)] : []);
    },
    remove(key) {
      for (const relation of [connections, secrets, initiators, namespaces]) relation.set(key, []);
    },
    ofConnection: (connection) => connections.keysOf(connection),
    ofSecret: (secret) => secrets.keysOf(secret),
    secrets: () => secrets.terms(),
    ofInitiator: (initiator) => initiators.keysOf(initiator),
    ofNamespace: (namespace) => namespaces.keysOf(namespace),
  };
}

export function secretsNamed({ chap }: IscsiCredentialSpec, namespace: string): readonly ObjectKey[] {
  const refs = [chap?.inbound.secretRef, chap?.outbound?.secretRef];
  return refs.flatMap((ref) => (ref === undefined ? [] : [keyOf({ namespace, name: ref.name })]));
}
