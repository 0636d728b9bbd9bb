import { apiGroup } from "../api/fields.ts";
import { namespacedNameOf, type ObjectKey } from "../api/key.ts";
import { iscsiCredentialKind, ontapConnectionKind } from "../api/kinds.ts";
import type { OntapConnection } from "../api/parse.ts";
import type { OntapArray } from "../array/port.ts";
import { createNotices } from "../connection/notices.ts";
import { createLeftBehindLedger } from "../connection/left-behind.ts";
import { createLogins } from "../connection/logins.ts";
import { createProbeCuts } from "../connection/probe-cut.ts";
import { createConnectionReconcile } from "../connection/reconcile.ts";
import { createSessions, type Session } from "../connection/session.ts";
import { createController } from "../controller/controller.ts";
import { createQueue } from "../controller/queue.ts";
import { createArrayCache } from "../credential/array-cache.ts";
import { countVerdicts } from "../credential/census.ts";
import type { ConsentDeps } from "../credential/consent.ts";
import { createDigest } from "../credential/digest.ts";
import { needsConnection } from "../credential/finalize.ts";
import { createIdentityLocks } from "../credential/identity-locks.ts";
import { createCredentialReconcile } from "../credential/reconcile.ts";
import { createEventRecorder } from "../kube/events.ts";
import { measureKube } from "../kube/measure.ts";
import { logRefusals } from "../kube/refusals.ts";
import type { Change } from "../kube/store.ts";
import { createWriter } from "../kube/writer.ts";
import type { Observation, ObservedConnection } from "../metrics/observation.ts";
import { createChannel } from "../std/channel.ts";
import { labelsByName } from "../std/label-selector.ts";
import { createCaches, servesOf } from "./caches.ts";
import type { OperatorDeps } from "./deps.ts";
import { connectionOf, isDenied, triggersOf, type ObservedChange } from "./triggers.ts";

export interface Operator {
  /** Runs until `stop` aborts, then lets passes under way end, which `abandon` cuts short. */
  run(stop: AbortSignal, abandon: AbortSignal): Promise<void>;
  /** Whether every cache has been complete once. */
  synced(): boolean;
  /** How it stands now, for metrics and probes. Costs a walk over all objects. */
  observe(): Observation;
}

const credentialWorkers = 32;
const workersPerArray = 16;
const connectionWorkers = 16;

/**
 * Wires the parts: caches, what is known of arrays, a controller for each kind, and the arrows from a change to the keys that it
 * concerns (triggers.ts).
 */
export function createOperator(deps: OperatorDeps): Operator {
  const { clock, random, log, kube, openArray, meters, instance, leadership, shard, dryRun, switches } = deps;
  const transport = logRefusals(measureKube(kube, meters.kube), { clock, log });
  const changes = createChannel<ObservedChange>();
  const caches = createCaches({
    transport,
    clock,
    random,
    log,
    shard,
    namespaces: switches.namespaces,
    meter: meters.watch,
    publish: (change) => changes.publish(change),
  });
  const { credentials, connections, secrets, configMaps, index, lookups } = caches;
  const serves = servesOf(shard, connections);
  const arrayCache = createArrayCache(clock, random);
  const sessions = createSessions({
    clock,
    onChange: (connection) => changes.publish({ of: "session", connection }),
    onReport: (connection) => changes.publish({ of: "report", connection }),
  });
  const probes = createProbeCuts(clock);
  const logins = createLogins({ clock, onVerdict: (connection) => sessions.requestProbe(connection) });
  const leftBehind = createLeftBehindLedger({
    find: (key) => connections.get(key),
    clock,
    onChange: (connection) => changes.publish({ of: "report", connection }),
  });
  const openArrays = trackArrays();
  /** What was seen while another process led, that one may have left undone. */
  let actingSinceMs = 0;

  const credentialQueue = createQueue<ObjectKey>({
    laneOf: (key) => connectionOf(credentials.get(key)) ?? "",
    tenantOf: (key) => namespacedNameOf(key).namespace,
    laneLimit: workersPerArray,
  });
  const recorder = createEventRecorder({
    transport,
    clock,
    log,
    meter: meters.events,
    instance,
    isBusy: () => credentialQueue.depth(clock.monotonic()) > 0,
  });
  const consent: ConsentDeps = {
    findConnection: (key) => connections.get(key),
    credentialsThrough: (connection) => index.ofConnection(connection).flatMap((key) => credentials.get(key) ?? []),
    namespaceLabels: (namespace) => caches.namespaceLabels(namespace),
    clock,
  };
  const notices = createNotices({
    find: (key) => connections.get(key),
    emit: (connection, event) => recorder.emit(ontapConnectionKind, connection.meta, event),
    clock,
  });
  const connectionMeter = meters.controller(ontapConnectionKind.plural);
  const connectionController = createController<ObjectKey>({
    name: ontapConnectionKind.plural,
    clock,
    log,
    meter: connectionMeter,
    workers: connectionWorkers,
    queue: createQueue({ laneOf: (key) => key, laneLimit: 1 }),
    reconcile: createConnectionReconcile({
      // One of another shard is to this one as if it were not there: its session is closed, and nothing is written.
      find: (key) => (serves(key) ? connections.get(key) : undefined),
      usersOf: (key) => index.ofConnection(key),
      grantUsersOf: (key) =>
        index.ofConnection(key).map((user) => ({
          namespace: namespacedNameOf(user).namespace,
          denied: isDenied(credentials.get(user)),
        })),
      holdersOf(key) {
        return index.ofConnection(key).filter((user) => {
          const credential = credentials.get(user);
          return credential !== undefined && needsConnection(credential, { ...consent, sessions });
        });
      },
      readers: { Secret: secrets, ConfigMap: configMaps },
      namespaceLabels(namespace) {
        const labels = caches.namespaceLabels(namespace);
        return labels === "name-only" ? labelsByName(namespace) : (labels ?? {});
      },
      namespaceIsTerminating: (namespace) => caches.namespaceIsTerminating(namespace),
      policy: switches,
      writer: createWriter(ontapConnectionKind, connections, transport),
      openArray: (connection, access) => openArrays.track(openArray(access, meters.calls(connection))),
      sessions,
      logins,
      probes,
      leftBehind,
      emit: (connection, event) => recorder.emit(ontapConnectionKind, connection.meta, event),
      clock,
      random,
      log,
      defects: connectionMeter,
      dryRun,
    }),
  });

  const credentialMeter = meters.controller(iscsiCredentialKind.plural);
  const servedCredential = (key: ObjectKey) => {
    const credential = credentials.get(key);
    return serves(connectionOf(credential)) ? credential : undefined;
  };
  const credentialPasses = createCredentialReconcile({
    find: servedCredential,
    presentUid: (key) => credentials.get(key)?.meta.uid,
    ...consent,
    credentialsOf: (initiator) => index.ofInitiator(initiator).flatMap((key) => credentials.get(key) ?? []),
    seenMs: (key) => Math.max(caches.seenMs(key), actingSinceMs),
    crowdOf: (connection) => credentialQueue.waitingIn(connection),
    sessions,
    secrets,
    isLogin: (secret) => caches.isLogin(secret),
    arrays: arrayCache,
    locks: createIdentityLocks(),
    leftBehind,
    notices,
    digest: createDigest(),
    writer: createWriter(iscsiCredentialKind, credentials, transport),
    emit: (credential, event) => recorder.emit(iscsiCredentialKind, credential.meta, event),
    meter: meters.credentials,
    clock,
    random,
    log,
    defects: credentialMeter,
    dryRun,
  });
  const credentialController = createController<ObjectKey>({
    name: iscsiCredentialKind.plural,
    clock,
    log,
    meter: credentialMeter,
    workers: credentialWorkers,
    queue: credentialQueue,
    reconcile: credentialPasses.reconcile,
  });
  const controllers = { credentials: credentialController, connections: connectionController };
  changes.subscribe((change) => {
    for (const { controller, keys, options } of triggersOf(change, lookups)) {
      for (const key of keys) controllers[controller].enqueue(key, options);
    }
  });
  changes.subscribe((change) => {
    if (change.of === "session") forgetOtherSvms(change.connection);
    else if (change.of === "connection") {
      probes.changed(change.change.key, change.change.after);
      followRoster(change.change);
    } else if (change.of === "rewound") credentialPasses.reassertAll();
  });

  function forgetOtherSvms(connection: ObjectKey): void {
    const session = sessions.of(connection);
    const svms = session.state === "open" ? session.svms.map(({ uuid }) => uuid) : undefined;
    if (svms !== undefined) arrayCache.keepOnly(connection, svms);
  }

  function followRoster({ key, before, after }: Change<OntapConnection>): void {
    if (before === undefined) meters.connections.came(key);
    if (after !== undefined) return;
    arrayCache.forget(key);
    meters.connections.went(key);
  }

  return {
    synced: () => caches.synced(),
    observe: () => ({
      leads: leadership.held(),
      controllers: [
        { name: iscsiCredentialKind.plural, ...credentialController.backlog() },
        { name: ontapConnectionKind.plural, ...connectionController.backlog() },
      ],
      connections: [...connections.values()]
        .filter(({ key }) => serves(key))
        .map(({ key }) => ({
          connection: key,
          leftBehind: leftBehind.total(key),
          ...sessionShown(sessions.of(key)),
        })),
      credentials: countVerdicts(
        [...credentials.values()].filter(({ key }) => servedCredential(key) !== undefined),
        (connection) => connections.get(connection) !== undefined,
      ),
      watches: [...caches.reflectors.own, ...caches.reflectors.data].map((reflector) => reflector.health()),
    }),
    async run(stop, abandon) {
      const aborted = new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
      const running = [recorder.run(stop)];
      for (const reflectors of [caches.reflectors.own, caches.reflectors.data]) {
        running.push(...reflectors.map((reflector) => reflector.run(stop)));
        await Promise.race([aborted, Promise.all(reflectors.map(({ whenSynced }) => whenSynced))]);
      }
      if (!leadership.held()) log.info({}, "caches are complete; waiting to lead");
      await Promise.race([aborted, leadership.whenHeld]);
      actingSinceMs = clock.monotonic();
      log.info({ group: apiGroup, credentials: credentials.size(), connections: connections.size() }, "reconciling");
      running.push(connectionController.run(stop, abandon), credentialController.run(stop, abandon));
      await Promise.all(running);
      await openArrays.closeAll();
    },
  };
}

/** What this process knows itself: a status may be an hour old, and another process's. */
function sessionShown(session: Session): Pick<ObservedConnection, "session" | "reason"> {
  if (session.state === "unknown") return { session: "unknown", reason: undefined };
  const reason = session.state === "open" ? "Connected" : session.meaning.verdict.reason;
  return { session: session.state, reason };
}

/** Arrays that are open, so that the last ones can be closed when the operator ends. */
function trackArrays() {
  const open = new Set<OntapArray>();
  return {
    track(array: OntapArray): OntapArray {
      const tracked: OntapArray = {
        ...array,
        close() {
          open.delete(tracked);
          return array.close();
        },
      };
      open.add(tracked);
      return tracked;
    },
    closeAll: () => Promise.all([...open].map((array) => array.close())),
  };
}
