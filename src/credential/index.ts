import { keyOf, type ObjectKey } from "../api/key.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { InitiatorName } from "../array/identifiers.ts";
import { connectionKeyOf, initiatorOf } from "./references.ts";

/** Which credentials mention what, so that a change of the mentioned finds those who care. */
export interface CredentialIndex {
  put(credential: IscsiCredential): void;
  remove(key: ObjectKey): void;
  ofConnection(connection: ObjectKey): readonly ObjectKey[];
  ofSecret(secret: ObjectKey): readonly ObjectKey[];
  /** Every Secret that is mentioned. */
  secrets(): readonly ObjectKey[];
  ofInitiator(initiator: InitiatorName): readonly ObjectKey[];
  /** Namespaces that hold credentials. */
  ofNamespace(namespace: string): readonly ObjectKey[];
}

type Term = string;

const secretTerm = "secret ";

export function createCredentialIndex(): CredentialIndex {
  const keysOf = new Map<Term, Set<ObjectKey>>();
  const termsOf = new Map<ObjectKey, readonly Term[]>();

  function remove(key: ObjectKey): void {
    for (const term of termsOf.get(key) ?? []) {
      const keys = keysOf.get(term);
      if (keys?.delete(key) === true && keys.size === 0) keysOf.delete(term);
    }
    termsOf.delete(key);
  }

  const find = (term: Term): readonly ObjectKey[] => [...(keysOf.get(term) ?? [])];

  return {
    put(credential) {
      remove(credential.key);
      const terms = termsIn(credential);
      termsOf.set(credential.key, terms);
      for (const term of terms) {
        const keys = keysOf.get(term);
        if (keys === undefined) keysOf.set(term, new Set([credential.key]));
        else keys.add(credential.key);
      }
    },
    remove,
    ofConnection: (connection) => find(`connection ${connection}`),
    ofSecret: (secret) => find(`${secretTerm}${secret}`),
    secrets: () =>
      [...keysOf.keys()]
        .filter((term) => term.startsWith(secretTerm))
        .map((term) => term.slice(secretTerm.length) as ObjectKey),
    ofInitiator: (initiator) => find(`initiator ${initiator}`),
    ofNamespace: (namespace) => find(`namespace ${namespace}`),
  };
}

function termsIn({ meta, spec }: IscsiCredential): readonly Term[] {
  const { namespace } = meta;
  if (!spec.ok) return [`namespace ${namespace}`];
  const { chap } = spec.value;
  const refs = [chap?.inbound.secretRef, chap?.outbound?.secretRef];
  return [
    `namespace ${namespace}`,
    `connection ${connectionKeyOf(spec.value, namespace)}`,
    `initiator ${initiatorOf(spec.value)}`,
    ...refs.flatMap((ref) => (ref === undefined ? [] : [`${secretTerm}${keyOf({ namespace, name: ref.name })}`])),
  ];
}
