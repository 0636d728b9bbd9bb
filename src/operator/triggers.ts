import { adoptUntilAnnotation, reconcileRequestAnnotation } from "../api/fields.ts";
import { namespacedNameOf, type ObjectKey } from "../api/key.ts";
import type { IscsiCredential, OntapConnection } from "../api/parse.ts";
import type { DataKind } from "../api/ports.ts";
import { readyOf } from "../api/verdict.ts";
import type { InitiatorName } from "../array/identifiers.ts";
import type { EnqueueOptions } from "../controller/controller.ts";
import { loginSecretOf } from "../connection/connection-index.ts";
import { needsReconcile as connectionNeedsReconcile } from "../connection/needs-reconcile.ts";
import { needsArrayToGo } from "../credential/finalize.ts";
import { connectionKeyOf, credentialFinalizer, initiatorOf } from "../credential/references.ts";
import type { CredentialReason } from "../credential/vocabulary.ts";
import type { NamespaceMetadata } from "../kube/namespaces.ts";
import type { Change } from "../kube/store.ts";
import type { Labels } from "../std/label-selector.ts";
import { unreachable } from "../std/unreachable.ts";

/**
 * Which keys a change enqueues. Pure: what changed and who is affected go in, keys come out.
 *
 * | What changed | gets a pass |
 * | --- | --- |
 * | an IscsiCredential | itself; if it claims something else now, the other claimants of its initiator; its connection, which counts it and what it denies, or which it no longer holds |
 * | an OntapConnection | itself; its credentials, if its spec, its shard or what it lets them adopt changed; those that name a Secret which has become its login, or is its login no more |
 * | a Secret | the credentials that name it; the connections that log in with it or trust it |
 * | a ConfigMap | the connections that trust it |
 * | labels of a Namespace, or its deletion | its credentials; its connections |
 * | the session of a connection | its credentials, as retries: thousands may have waited, and an edit of now comes before them |
 * | what credentials report of a connection | the connection |
 * | all of the API server's data went back | every object, at resync pace |
 */
export type ObservedChange =
  | { readonly of: "credential"; readonly change: Change<IscsiCredential> }
  | { readonly of: "connection"; readonly change: Change<OntapConnection> }
  | { readonly of: "namespace"; readonly change: Change<NamespaceMetadata> }
  | { readonly of: DataKind; readonly key: ObjectKey }
  | { readonly of: "session" | "report"; readonly connection: ObjectKey }
  /** The API server shows an earlier state than before, as after a restore of etcd. */
  | { readonly of: "rewound" };

/** Who mentions what, and what is known of connections. */
export interface Lookups {
  credentialsOfSecret(secret: ObjectKey): readonly ObjectKey[];
  connectionsOf(kind: DataKind, source: ObjectKey): readonly ObjectKey[];
  credentialsOfConnection(connection: ObjectKey): readonly ObjectKey[];
  credentialsOfInitiator(initiator: InitiatorName): readonly ObjectKey[];
  credentialsOfNamespace(namespace: string): readonly ObjectKey[];
  allCredentials(): readonly ObjectKey[];
  allConnections(): readonly ObjectKey[];
  connectionsOfNamespace(namespace: string): readonly ObjectKey[];
  /** False also for one that does not exist. */
  isInUse(connection: ObjectKey): boolean;
  /** Whether this process serves connections with these labels. */
  shard(labels: Labels): boolean;
  /** Whether every cache has been complete once: what comes before that was there before. */
  synced(): boolean;
}

export interface Enqueued {
  readonly controller: "credentials" | "connections";
  readonly keys: readonly ObjectKey[];
  readonly options: EnqueueOptions;
}

/** How many credentials a connection has may change a thousand times in a second; it counts them a little later. */
const countAfterMs = 1000;

export function triggersOf(change: ObservedChange, lookups: Lookups): readonly Enqueued[] {
  switch (change.of) {
    case "credential":
      return ofCredential(change.change, lookups);
    case "connection":
      return ofConnection(change.change, lookups);
    case "namespace":
      return ofNamespace(change.change, lookups);
    case "Secret":
      return [
        credentials(lookups.credentialsOfSecret(change.key)),
        connections(lookups.connectionsOf("Secret", change.key)),
      ];
    case "ConfigMap":
      return [connections(lookups.connectionsOf("ConfigMap", change.key))];
    case "session":
      return [credentials(lookups.credentialsOfConnection(change.connection), { urgency: "retry" })];
    case "report":
      return [connections([change.connection])];
    case "rewound":
      return [
        connections(lookups.allConnections(), { urgency: "resync" }),
        credentials(lookups.allCredentials(), { urgency: "resync" }),
      ];
    default:
      return unreachable(change);
  }
}

function ofCredential({ key, before, after }: Change<IscsiCredential>, lookups: Lookups): readonly Enqueued[] {
  const triggers: Enqueued[] = [];
  if (needsReconcile(before, after)) triggers.push(credentials([key], urgencyOfChange(lookups)));
  if (claimOf(before) !== claimOf(after)) triggers.push(credentials(rivalsOf(after ?? before, lookups)));
  const moved = before === undefined || after === undefined || connectionOf(before) !== connectionOf(after);
  for (const object of moved ? [before, after] : []) {
    const connection = connectionOf(object);
    if (connection !== undefined) triggers.push(countedBy(connection, lookups));
  }
  // A connection that is being deleted may go when the last one lets it; one that lives counts what it denies.
  if (holds(before) && !holds(after)) triggers.push(...countedLater(before));
  if (!moved && isDenied(before) !== isDenied(after)) triggers.push(...countedLater(after));
  return triggers;
}

function countedLater(credential: IscsiCredential | undefined): readonly Enqueued[] {
  const connection = connectionOf(credential);
  return connection === undefined ? [] : [connections([connection], { afterMs: countAfterMs, urgency: "resync" })];
}

/** No grant of the connection allows what the object asks for, as its status says. */
export const isDenied = (credential: IscsiCredential | undefined): boolean =>
  readyOf(credential?.status?.conditions).reason === ("NotGranted" satisfies CredentialReason);

/** Whether a connection has to outlive the object, once it is deleted. */
const holds = (credential: IscsiCredential | undefined): boolean =>
  credential !== undefined && needsArrayToGo(credential);

function ofConnection({ key, before, after }: Change<OntapConnection>, lookups: Lookups): readonly Enqueued[] {
  const triggers: Enqueued[] = [];
  const resharded = lookups.shard(before?.meta.labels ?? {}) !== lookups.shard(after?.meta.labels ?? {});
  if (connectionNeedsReconcile(before, after)) triggers.push(connections([key], urgencyOfChange(lookups)));
  else if (resharded) triggers.push(connections([key]));
  if (resharded || before?.meta.generation !== after?.meta.generation || adoptUntil(before) !== adoptUntil(after)) {
    triggers.push(credentials(lookups.credentialsOfConnection(key)));
  }
  const logins = new Set([before, after].map((connection) => connection && loginSecretOf(connection)));
  if (logins.size > 1) {
    for (const login of logins) if (login !== undefined) triggers.push(credentials(lookups.credentialsOfSecret(login)));
  }
  return triggers;
}

/** Until when adoption is lifted: objects that were refused it wait for that. */
const adoptUntil = (connection: OntapConnection | undefined): string | undefined =>
  connection?.meta.annotations[adoptUntilAnnotation];

function ofNamespace({ key, before, after }: Change<NamespaceMetadata>, lookups: Lookups): readonly Enqueued[] {
  const { name } = namespacedNameOf(key);
  const relabelled = JSON.stringify(before?.labels) !== JSON.stringify(after?.labels);
  return [
    ...(relabelled ? [credentials(lookups.credentialsOfNamespace(name))] : []),
    ...(relabelled || before?.terminating !== after?.terminating
      ? [connections(lookups.connectionsOfNamespace(name))]
      : []),
  ];
}

/** An object that lost a conflict may take over now, and one that has won may have lost. */
function rivalsOf({ key, spec }: IscsiCredential, lookups: Lookups): readonly ObjectKey[] {
  if (!spec.ok) return [];
  return lookups.credentialsOfInitiator(initiatorOf(spec.value)).filter((claimant) => claimant !== key);
}

/** Its first credential makes a connection outlive it; further ones only change a number. */
function countedBy(connection: ObjectKey, lookups: Lookups): Enqueued {
  return connections([connection], lookups.isInUse(connection) ? { afterMs: countAfterMs, urgency: "resync" } : {});
}

/** What comes while the caches fill was there before: nothing has changed it just now. */
const urgencyOfChange = (lookups: Lookups): EnqueueOptions => ({ urgency: lookups.synced() ? "change" : "resync" });

const credentials = (keys: readonly ObjectKey[], options: EnqueueOptions = {}): Enqueued => ({
  controller: "credentials",
  keys,
  options,
});

const connections = (keys: readonly ObjectKey[], options: EnqueueOptions = {}): Enqueued => ({
  controller: "connections",
  keys,
  options,
});

/** What an object shows of what it claims: through which connection, on which SVM, and whether anything keeps it from that. */
function claimOf(credential: IscsiCredential | undefined): string {
  const ready = credential?.status?.conditions?.find(({ type }) => type === "Ready");
  const { applied, svm } = credential?.status ?? {};
  const deleting = credential?.meta.deletionTimestamp;
  return [connectionOf(credential), svm?.uuid, ready?.reason, applied !== undefined, deleting].join(" ");
}

export function connectionOf(credential: IscsiCredential | undefined): ObjectKey | undefined {
  return credential?.spec.ok === true ? connectionKeyOf(credential.spec.value, credential.meta.namespace) : undefined;
}

/**
 * Whether a change of an IscsiCredential asks for a pass: our own status writes, and what others write beside the spec, do not. A finalizer of ours
 * that was taken away does: without it an object may go with its credential left on the array.
 */
export function needsReconcile(before: IscsiCredential | undefined, after: IscsiCredential | undefined): boolean {
  if (before === undefined || after === undefined) return true;
  return (
    before.meta.generation !== after.meta.generation ||
    before.meta.deletionTimestamp !== after.meta.deletionTimestamp ||
    before.meta.annotations[reconcileRequestAnnotation] !== after.meta.annotations[reconcileRequestAnnotation] ||
    (before.meta.finalizers.includes(credentialFinalizer) && !after.meta.finalizers.includes(credentialFinalizer))
  );
}
