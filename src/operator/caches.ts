import { iscsiCredentialKind, ontapConnectionKind } from "../api/kinds.ts";
import type { ObjectKey } from "../api/key.ts";
import {
  parseIscsiCredential,
  parseOntapConnection,
  type IscsiCredential,
  type OntapConnection,
} from "../api/parse.ts";
import { withSharedParts } from "../api/shared-parts.ts";
import type { NamespaceLabels } from "../authority/permits.ts";
import { createConnectionIndex } from "../connection/connection-index.ts";
import { connectionFinalizer } from "../connection/vocabulary.ts";
import { createCredentialIndex, type CredentialIndex } from "../credential/credential-index.ts";
import { createDataCache, type DataCache } from "../kube/data-reader.ts";
import { namespaceKey, parseNamespace, type NamespaceMetadata } from "../kube/namespaces.ts";
import { collectionPath, coreCollectionPath, namespacesPath } from "../kube/paths.ts";
import { createReflector, type Reflector, type ReflectorOptions } from "../kube/reflector.ts";
import { createStore, inNamespace, type Store, type Stored } from "../kube/store.ts";
import { createSharing } from "../std/sharing.ts";
import type { OperatorDeps, Shard } from "./deps.ts";
import { needsReconcile, type ObservedChange, type Lookups } from "./triggers.ts";

/** What this process keeps of the API server's objects, and who mentions whom among them. */
export interface Caches {
  readonly credentials: Store<IscsiCredential>;
  readonly connections: Store<OntapConnection>;
  readonly secrets: DataCache;
  readonly configMaps: DataCache;
  readonly index: CredentialIndex;
  readonly lookups: Lookups;
  namespaceLabels(namespace: string): NamespaceLabels;
  /** False also where namespaces are not read. */
  namespaceIsTerminating(namespace: string): boolean;
  /** Whether any connection logs in with this Secret. */
  isLogin(secret: ObjectKey): boolean;
  /** When the newest change of a credential that asks for a pass was seen, on the monotonic clock. */
  seenMs(credential: ObjectKey): number;
  /** Our own kinds, then what they mention: of Secrets and ConfigMaps only what is mentioned is worth remembering. */
  readonly reflectors: { readonly own: readonly Reflector[]; readonly data: readonly Reflector[] };
  /** Whether every cache has been complete once. */
  synced(): boolean;
}

export type CachesDeps = Pick<OperatorDeps, "clock" | "random" | "log" | "shard"> & {
  readonly transport: OperatorDeps["kube"];
  /** The only namespaces that are read; undefined for the whole cluster, and for what its namespaces are labelled. */
  readonly namespaces: OperatorDeps["switches"]["namespaces"];
  readonly meter: OperatorDeps["meters"]["watch"];
  /** Is told of every change, after the caches and lookups show it. */
  readonly publish: (change: ObservedChange) => void;
};

/** Values that objects have in common, about: conditions differ by their second and by what they name. */
const mostShared = 4096;

export function createCaches(deps: CachesDeps): Caches {
  const { transport, clock, publish, namespaces: served } = deps;

  const index = createCredentialIndex();
  const seenMs = new Map<ObjectKey, number>();
  const share = createSharing(mostShared);
  const compact = (credential: IscsiCredential): IscsiCredential => withSharedParts(credential, share);
  const credentials = createStore<IscsiCredential>((change) => {
    const { key, before, after } = change;
    if (after === undefined) {
      index.remove(key);
      seenMs.delete(key);
    } else {
      index.put(after);
      if (needsReconcile(before, after)) seenMs.set(key, clock.monotonic());
    }
    publish({ of: "credential", change });
  }, compact);

  const connectionIndex = createConnectionIndex();
  const connections = createStore<OntapConnection>((change) => {
    if (change.after === undefined) connectionIndex.remove(change.key);
    else connectionIndex.put(change.after);
    publish({ of: "connection", change });
  });

  const namespaces = createStore<NamespaceMetadata>((change) => publish({ of: "namespace", change }));
  const secrets = createDataCache({
    kind: "Secret",
    transport,
    clock,
    isReferenced: (key) => index.ofSecret(key).length > 0 || connectionIndex.of("Secret", key).length > 0,
    referenced: () => [...index.secrets(), ...connectionIndex.sources("Secret")],
    onChange: (key) => publish({ of: "Secret", key }),
  });
  const configMaps = createDataCache({
    kind: "ConfigMap",
    transport,
    clock,
    isReferenced: (key) => connectionIndex.of("ConfigMap", key).length > 0,
    referenced: () => connectionIndex.sources("ConfigMap"),
    onChange: (key) => publish({ of: "ConfigMap", key }),
  });

  // A watch that was resumed after the server had caught up with its version would never notice by itself.
  const onRewound = (): void => {
    publish({ of: "rewound" });
    for (const reflector of [...own, ...data]) reflector.listAgain();
  };
  const reflect = <T extends Stored>(options: Reflected<T>): Reflector =>
    createReflector({ ...deps, ...options, onRewound });
  /** One reflector for the cluster, or one for each namespace that is served. */
  function reflectAll<T extends Stored>({ name, pathIn, store, ...rest }: ReflectedKind<T>): readonly Reflector[] {
    if (served === undefined) return [reflect({ ...rest, name, path: pathIn(), store })];
    return served.map((namespace) =>
      reflect({
        ...rest,
        name: `${namespace}/${name}`,
        path: pathIn(namespace),
        store: inNamespace(store, namespace),
      }),
    );
  }
  const own: Reflector[] = [
    ...reflectAll({
      name: iscsiCredentialKind.plural,
      pathIn: (namespace) => collectionPath(iscsiCredentialKind, namespace),
      metadataOnly: false,
      // At once, so that a list that is on its way takes no more than what is kept of it.
      parse(raw) {
        const parsed = parseIscsiCredential(raw);
        return parsed && compact(parsed);
      },
      store: credentials,
    }),
    ...reflectAll({
      name: ontapConnectionKind.plural,
      pathIn: (namespace) => collectionPath(ontapConnectionKind, namespace),
      metadataOnly: false,
      parse: parseOntapConnection,
      store: connections,
    }),
  ];
  if (served === undefined) {
    const path = namespacesPath;
    own.push(reflect({ name: "namespaces", path, metadataOnly: true, parse: parseNamespace, store: namespaces }));
  }
  const data: readonly Reflector[] = [secrets, configMaps].flatMap((cache) =>
    reflectAll({
      ...cache,
      name: cache.resource,
      pathIn: (namespace) => coreCollectionPath(cache.resource, namespace),
      metadataOnly: true,
    }),
  );
  const synced = (): boolean => [...own, ...data].every((reflector) => reflector.synced());

  return {
    credentials,
    connections,
    secrets,
    configMaps,
    index,
    lookups: {
      credentialsOfSecret: (secret) => index.ofSecret(secret),
      connectionsOf: (kind, source) => connectionIndex.of(kind, source),
      credentialsOfConnection: (connection) => index.ofConnection(connection),
      credentialsOfInitiator: (initiator) => index.ofInitiator(initiator),
      credentialsOfNamespace: (namespace) => index.ofNamespace(namespace),
      allCredentials: () => [...credentials.values()].map(({ key }) => key),
      allConnections: () => [...connections.values()].map(({ key }) => key),
      connectionsOfNamespace: (namespace) => connectionIndex.ofNamespace(namespace),
      isInUse: (connection) => connections.get(connection)?.meta.finalizers.includes(connectionFinalizer) !== false,
      shard: deps.shard,
      synced,
    },
    namespaceLabels: (namespace) =>
      served === undefined ? namespaces.get(namespaceKey(namespace))?.labels : "name-only",
    namespaceIsTerminating: (namespace) => namespaces.get(namespaceKey(namespace))?.terminating === true,
    isLogin: (secret) => connectionIndex.loggingInWith(secret).length > 0,
    seenMs: (credential) => seenMs.get(credential) ?? 0,
    reflectors: { own, data },
    synced,
  };
}

type Reflected<T extends Stored> = Pick<ReflectorOptions<T>, "name" | "path" | "metadataOnly" | "parse" | "store">;

interface ReflectedKind<T extends Stored> extends Omit<Reflected<T>, "path"> {
  /** The path of all objects of a namespace, or of the cluster. */
  readonly pathIn: (namespace?: string) => string;
}

/** A connection that does not exist has no labels. */
export function servesOf(shard: Shard, connections: Store<OntapConnection>) {
  return (connection: ObjectKey | undefined): boolean =>
    shard(connection === undefined ? {} : (connections.get(connection)?.meta.labels ?? {}));
}
