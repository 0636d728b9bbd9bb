import { apiGroup, reconcileRequestAnnotation, type ObjectMeta } from "./api/fields.ts";
import type { IscsiCredentialSpec } from "./api/iscsi-credential.ts";
import { namespacedNameOf, type ObjectKey } from "./api/key.ts";
import { iscsiCredentialKind, ontapConnectionKind } from "./api/kinds.ts";
import { parseIscsiCredential, parseOntapConnection, type IscsiCredential, type OntapConnection } from "./api/parse.ts";
import { readyOf } from "./api/verdict.ts";
import type { OntapArray, OpenArray } from "./array/port.ts";
import { createConnectionIndex } from "./connection/index.ts";
import { connectionFinalizer, createConnectionReconcile } from "./connection/reconcile.ts";
import { createSessions } from "./connection/session.ts";
import { createController, type Controller, type LookOptions } from "./controller/controller.ts";
import type { Urgency } from "./controller/queue.ts";
import { countVerdicts } from "./credential/census.ts";
import { createDigest } from "./credential/digest.ts";
import { createCredentialIndex } from "./credential/index.ts";
import { createCredentialReconcile } from "./credential/reconcile.ts";
import { connectionKeyOf, initiatorOf } from "./credential/references.ts";
import { createViews } from "./credential/views.ts";
import { createDataCache } from "./kube/data-reader.ts";
import { createEventRecorder } from "./kube/events.ts";
import { measureKube } from "./kube/measure.ts";
import { logRefusals } from "./kube/refusals.ts";
import { namespaceKey, parseNamespace, type NamespaceMetadata } from "./kube/namespaces.ts";
import { collectionPath, coreCollectionPath } from "./kube/paths.ts";
import { createReflector, type Reflector } from "./kube/reflector.ts";
import { createStore, type Change } from "./kube/store.ts";
import type { KubeTransport } from "./kube/transport.ts";
import { createWriter } from "./kube/writer.ts";
import type { Leadership } from "./lease/leadership.ts";
import type { Meters } from "./metrics/meters.ts";
import type { Observation } from "./metrics/observation.ts";
import type { Clock } from "./std/clock.ts";
import type { Labels } from "./std/label-selector.ts";
import type { Log } from "./std/log.ts";
import type { Random } from "./std/random.ts";

/** Everything that could make two runs differ. Production passes the real ones, tests what they like. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly kube: KubeTransport;
  readonly openArray: OpenArray;
  readonly meters: Meters;
  /** Who writes: the pod's name. */
  readonly instance: string;
  /** Reconciling begins when it is held; caches are kept warm before. */
  readonly leadership: Leadership;
  /** The connections that this process serves, with all their credentials; of others it touches nothing. */
  readonly shard: Shard;
  /** Every credential behaves as in mode Plan, and no finalizer is put on. */
  readonly dryRun: boolean;
}

/** By the labels of a connection, whether it is served; `() => true` without shards. */
export type Shard = (labels: Labels) => boolean;

export interface Operator {
  /** Runs until `stop` aborts, then lets passes under way end, which `abandon` cuts short. */
  run(stop: AbortSignal, abandon: AbortSignal): Promise<void>;
  /** Whether every cache has been complete once. */
  synced(): boolean;
  /** How it stands now, for metrics and probes. Costs a walk over all objects. */
  observe(): Observation;
}

const credentialWorkers = 32;
const workersPerArray = 8;
const connectionWorkers = 16;
/** How many credentials a connection has may change a thousand times in a second; it is told a little later. */
const countAfterMs = 1000;

/** Wires the parts. Every arrow from "something changed" to "look at this key" is in this file. */
export function createOperator(world: World): Operator {
  const { clock, random, log, kube, openArray, meters, instance, leadership, shard, dryRun } = world;
  const transport = logRefusals(measureKube(kube, meters.kube), { clock, log });
  const arrays = new Set<OntapArray>();
  const index = createCredentialIndex();
  const connectionIndex = createConnectionIndex();
  const credentials = createStore<IscsiCredential>(onCredential);
  const connections = createStore<OntapConnection>(onConnection);
  const namespaces = createStore<NamespaceMetadata>(onNamespace);
  const secrets = createDataCache({
    kind: "Secret",
    transport,
    clock,
    isReferenced: (key) => index.ofSecret(key).length > 0 || connectionIndex.of("Secret", key).length > 0,
    referenced: () => [...index.secrets(), ...connectionIndex.sources("Secret")],
    onChange(key) {
      lookAll(credentialController, index.ofSecret(key));
      lookAll(connectionController, connectionIndex.of("Secret", key));
    },
  });
  const configMaps = createDataCache({
    kind: "ConfigMap",
    transport,
    clock,
    isReferenced: (key) => connectionIndex.of("ConfigMap", key).length > 0,
    referenced: () => connectionIndex.sources("ConfigMap"),
    onChange: (key) => lookAll(connectionController, connectionIndex.of("ConfigMap", key)),
  });
  const sessions = createSessions({
    onTurn(connection) {
      const session = sessions.of(connection);
      if (session.state === "open") {
        views.keepOnly(
          connection,
          session.svms.map(({ uuid }) => uuid),
        );
      }
      // Thousands may have waited for it: whoever changes something now does not wait for them.
      lookAll(credentialController, index.ofConnection(connection), { urgency: "retry" });
    },
    onDoubt: (connection) => connectionController.look(connection),
  });
  const views = createViews(clock, random);
  const recorder = createEventRecorder({
    transport,
    clock,
    log,
    meter: meters.events,
    instance,
    isBusy: () => credentialController.isBusy(),
  });
  const connectionMeter = meters.controller(ontapConnectionKind.plural);
  const credentialMeter = meters.controller(iscsiCredentialKind.plural);

  const connectionController: Controller<ObjectKey> = createController({
    name: ontapConnectionKind.plural,
    clock,
    log,
    meter: connectionMeter,
    workers: connectionWorkers,
    laneOf: () => "",
    laneLimit: connectionWorkers,
    reconcile: createConnectionReconcile({
      // One of another shard is to this one as if it were not there: its session is closed, and nothing is written.
      find: (key) => (serves(key) ? connections.get(key) : undefined),
      usersOf: (key) => index.ofConnection(key),
      readers: { Secret: secrets, ConfigMap: configMaps },
      writer: createWriter(ontapConnectionKind, connections, transport),
      openArray(connection, access) {
        const array = openArray(access, meters.calls(connection));
        const tracked: OntapArray = {
          ...array,
          close() {
            arrays.delete(tracked);
            return array.close();
          },
        };
        arrays.add(tracked);
        return tracked;
      },
      sessions,
      clock,
      random,
      log,
      defects: connectionMeter,
      dryRun,
    }),
  });

  const credentialController: Controller<ObjectKey> = createController({
    name: iscsiCredentialKind.plural,
    clock,
    log,
    meter: credentialMeter,
    workers: credentialWorkers,
    laneOf: (key) => connectionOf(credentials.get(key)) ?? "",
    laneLimit: workersPerArray,
    reconcile: createCredentialReconcile({
      find: (key) => servedCredential(credentials.get(key)),
      findConnection: (key) => connections.get(key),
      credentialsOf: (initiator) => index.ofInitiator(initiator).flatMap((key) => credentials.get(key) ?? []),
      namespaceLabels: (namespace) => namespaces.get(namespaceKey(namespace))?.labels ?? {},
      sessions,
      secrets,
      views,
      digest: createDigest(),
      writer: createWriter(iscsiCredentialKind, credentials, transport),
      emit: (credential, event) => recorder.emit(iscsiCredentialKind, credential.meta, event),
      meter: meters.credentials,
      clock,
      random,
      log,
      defects: credentialMeter,
      dryRun,
    }),
  });

  /** A connection that does not exist has no labels. */
  function serves(connection: ObjectKey | undefined): boolean {
    return shard(connection === undefined ? {} : (connections.get(connection)?.meta.labels ?? {}));
  }

  function servedCredential(credential: IscsiCredential | undefined): IscsiCredential | undefined {
    return serves(connectionOf(credential)) ? credential : undefined;
  }

  /** What comes while the caches fill was there before: nobody has changed it just now. */
  function urgencyOfNews(): Urgency {
    return synced() ? "change" : "resync";
  }

  function onCredential({ key, before, after }: Change<IscsiCredential>): void {
    if (after === undefined) index.remove(key);
    else index.put(after);
    if (isNews(before, after)) credentialController.look(key, { urgency: urgencyOfNews() });
    if (claimShown(before) !== claimShown(after)) lookAtRivals(after ?? before);
    if (before !== undefined && after !== undefined && connectionOf(before) === connectionOf(after)) return;
    for (const object of [before, after])
      if (object?.spec.ok === true) onNeed(object.spec.value, object.meta.namespace);
  }

  /** Whoever lost a conflict may take over, and whoever has won may have lost. */
  function lookAtRivals({ key, spec }: IscsiCredential): void {
    if (!spec.ok) return;
    const claimants = index.ofInitiator(initiatorOf(spec.value));
    lookAll(
      credentialController,
      claimants.filter((claimant) => claimant !== key),
    );
  }

  /** An object began or ceased to need a connection. */
  function onNeed(spec: IscsiCredentialSpec, namespace: string): void {
    const connection = connectionKeyOf(spec, namespace);
    // Its first credential makes a connection outlive it; further ones only change a number.
    const unclaimed = connections.get(connection)?.meta.finalizers.includes(connectionFinalizer) === false;
    connectionController.look(connection, unclaimed ? {} : { afterMs: countAfterMs, urgency: "resync" });
  }

  function onConnection({ key, before, after }: Change<OntapConnection>): void {
    if (after === undefined) connectionIndex.remove(key);
    else connectionIndex.put(after);
    if (isNews(before, after)) connectionController.look(key, { urgency: urgencyOfNews() });
    if (before === undefined) meters.connections.came(key);
    if (after === undefined) {
      views.forget(key);
      meters.connections.went(key);
    }
    const moved = shard(before?.meta.labels ?? {}) !== shard(after?.meta.labels ?? {});
    if (moved) connectionController.look(key);
    if (moved || before?.meta.generation !== after?.meta.generation)
      lookAll(credentialController, index.ofConnection(key));
  }

  function onNamespace({ before, after }: Change<NamespaceMetadata>): void {
    const { key } = after ?? before;
    const labelsBefore = JSON.stringify(before?.labels);
    if (labelsBefore === JSON.stringify(after?.labels)) return;
    lookAll(credentialController, index.ofNamespace(namespacedNameOf(key).name));
  }

  const shared = { transport, clock, random, log, meter: meters.watch };
  // Our own kinds first: they tell which Secrets and ConfigMaps are worth remembering.
  const ownReflectors: readonly Reflector[] = [
    createReflector({
      ...shared,
      name: iscsiCredentialKind.plural,
      path: collectionPath(iscsiCredentialKind),
      metadataOnly: false,
      parse: parseIscsiCredential,
      store: credentials,
    }),
    createReflector({
      ...shared,
      name: ontapConnectionKind.plural,
      path: collectionPath(ontapConnectionKind),
      metadataOnly: false,
      parse: parseOntapConnection,
      store: connections,
    }),
    createReflector({
      ...shared,
      name: "namespaces",
      path: coreCollectionPath("namespaces"),
      metadataOnly: true,
      parse: parseNamespace,
      store: namespaces,
    }),
  ];
  const dataReflectors: readonly Reflector[] = [
    createReflector({ ...shared, ...secrets, name: "secrets", metadataOnly: true }),
    createReflector({ ...shared, ...configMaps, name: "configmaps", metadataOnly: true }),
  ];

  const reflectors: readonly Reflector[] = [...ownReflectors, ...dataReflectors];

  function synced(): boolean {
    return reflectors.every((reflector) => reflector.synced());
  }

  return {
    synced,
    observe: () => ({
      leads: leadership.held(),
      controllers: [
        { name: iscsiCredentialKind.plural, ...credentialController.backlog() },
        { name: ontapConnectionKind.plural, ...connectionController.backlog() },
      ],
      connections: [...connections.values()].map(({ key, status }) => {
        const { status: ready, reason } = readyOf(status?.conditions);
        return { connection: key, session: sessions.of(key).state, ready: ready === "True", reason };
      }),
      credentials: countVerdicts(credentials.values(), (connection) => connections.get(connection) !== undefined),
      watches: reflectors.map((reflector) => reflector.health()),
    }),
    async run(stop, abandon) {
      const running = [recorder.run(stop), ...ownReflectors.map((reflector) => reflector.run(stop))];
      const aborted = new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
      await Promise.race([aborted, Promise.all(ownReflectors.map(({ whenSynced }) => whenSynced))]);
      running.push(...dataReflectors.map((reflector) => reflector.run(stop)));
      await Promise.race([aborted, Promise.all(dataReflectors.map(({ whenSynced }) => whenSynced))]);
      if (!leadership.held()) log.info({}, "caches are complete; waiting to lead");
      await Promise.race([aborted, leadership.whenHeld]);
      log.info({ group: apiGroup, credentials: credentials.size(), connections: connections.size() }, "reconciling");
      running.push(connectionController.run(stop, abandon), credentialController.run(stop, abandon));
      await Promise.all(running);
      await Promise.all([...arrays].map((array) => array.close()));
    },
  };
}

function lookAll(controller: Controller<ObjectKey>, keys: readonly ObjectKey[], options: LookOptions = {}): void {
  for (const key of keys) controller.look(key, options);
}

/** What an object shows of what it claims: through which connection, on which SVM, and whether anything keeps it from that. */
function claimShown(credential: IscsiCredential | undefined): string {
  const ready = credential?.status?.conditions?.find(({ type }) => type === "Ready");
  return [connectionOf(credential), credential?.status?.svm?.uuid, ready?.reason].join(" ");
}

function connectionOf(credential: IscsiCredential | undefined): ObjectKey | undefined {
  return credential?.spec.ok === true ? connectionKeyOf(credential.spec.value, credential.meta.namespace) : undefined;
}

/** Whether a change asks for a look: our own status writes, and what others write beside the spec, do not. */
function isNews(
  before: { readonly meta: ObjectMeta } | undefined,
  after: { readonly meta: ObjectMeta } | undefined,
): boolean {
  if (before === undefined || after === undefined) return true;
  return (
    before.meta.generation !== after.meta.generation ||
    before.meta.deletionTimestamp !== after.meta.deletionTimestamp ||
    before.meta.annotations[reconcileRequestAnnotation] !== after.meta.annotations[reconcileRequestAnnotation]
  );
}
