import type { ObjectKey } from "../api/key.ts";
import type { OntapConnection } from "../api/parse.ts";
import { createRelation } from "../std/relation.ts";
import { caSource, loginSource } from "./access.ts";
import type { DataKind } from "../api/ports.ts";

/** Which connections refer to a Secret or ConfigMap, so that a change of it finds them. Asked for each Secret of the cluster. */
export interface ConnectionIndex {
  put(connection: OntapConnection): void;
  remove(key: ObjectKey): void;
  of(kind: DataKind, source: ObjectKey): readonly ObjectKey[];
  ofNamespace(namespace: string): readonly ObjectKey[];
  /** Those that log in with a Secret; not those that only trust what it holds. */
  loggingInWith(secret: ObjectKey): readonly ObjectKey[];
  /** Every Secret, or ConfigMap, that is referred to. */
  sources(kind: DataKind): IterableIterator<ObjectKey>;
}

export function createConnectionIndex(): ConnectionIndex {
  const relations = {
    Secret: createRelation<ObjectKey, ObjectKey>(),
    ConfigMap: createRelation<ObjectKey, ObjectKey>(),
  } as const satisfies Record<DataKind, unknown>;
  const namespaces = createRelation<ObjectKey, string>();
  const logins = createRelation<ObjectKey, ObjectKey>();
  return {
    put(connection) {
      namespaces.set(connection.key, [connection.meta.namespace]);
      const login = loginSecretOf(connection);
      logins.set(connection.key, login === undefined ? [] : [login]);
      relations.Secret.set(connection.key, sourcesOf(connection, "Secret"));
      relations.ConfigMap.set(connection.key, sourcesOf(connection, "ConfigMap"));
    },
    remove(key) {
      for (const relation of [relations.Secret, relations.ConfigMap, logins]) relation.set(key, []);
      namespaces.set(key, []);
    },
    ofNamespace: (namespace) => namespaces.keysOf(namespace),
    of: (kind, source) => relations[kind].keysOf(source),
    loggingInWith: (secret) => logins.keysOf(secret),
    sources: (kind) => relations[kind].terms(),
  };
}

/** The Secret that a connection logs in with; undefined while its spec cannot be read. */
export const loginSecretOf = ({ spec, meta }: OntapConnection): ObjectKey | undefined =>
  spec.ok ? loginSource(spec.value, meta.namespace).key : undefined;

function sourcesOf({ spec, meta }: OntapConnection, kind: DataKind): readonly ObjectKey[] {
  if (!spec.ok) return [];
  const sources = [loginSource(spec.value, meta.namespace), caSource(spec.value, meta.namespace)];
  return sources.flatMap((source) => (source?.kind === kind ? [source.key] : []));
}
