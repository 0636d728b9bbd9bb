import { mostGrantUsage, type OntapConnectionStatus } from "../api/ontap-connection.ts";

export type GrantUsage = NonNullable<OntapConnectionStatus["grants"]>;

/** A credential that refers to the connection, as far as its use of the grants is concerned. */
export interface GrantUser {
  readonly namespace: string;
  /** No grant allows it, by its own Ready. */
  readonly denied: boolean;
}

/**
 * What the owner of a connection sees of those who use it from other namespaces; undefined for none. Of more namespaces than
 * the status takes, those with the most objects are listed.
 */
export function grantUsage(owner: string, users: readonly GrantUser[]): GrantUsage | undefined {
  const byNamespace = new Map<string, { credentials: number; denied: number }>();
  for (const { namespace, denied } of users) {
    if (namespace === owner) continue;
    const counts = byNamespace.get(namespace) ?? { credentials: 0, denied: 0 };
    if (denied) counts.denied += 1;
    else counts.credentials += 1;
    byNamespace.set(namespace, counts);
  }
  if (byNamespace.size === 0) return undefined;
  const usage = [...byNamespace].map(([namespace, counts]) => ({ namespace, ...counts }));
  const mostFirst = usage.toSorted((a, b) => objectsOf(b) - objectsOf(a) || (a.namespace < b.namespace ? -1 : 1));
  return { namespaces: usage.length, usage: mostFirst.slice(0, mostGrantUsage) };
}

const objectsOf = ({ credentials, denied }: { readonly credentials: number; readonly denied: number }): number =>
  credentials + denied;
