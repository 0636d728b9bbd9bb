import { isDeepStrictEqual } from "node:util";
import { apiGroup, millisecondsOf, reconcileRequestAnnotation } from "../api/fields.ts";
import type { ObjectKey } from "../api/key.ts";
import type { OntapConnectionSpec, OntapConnectionStatus } from "../api/ontap-connection.ts";
import type { OntapConnection } from "../api/parse.ts";
import { timestamp } from "../api/verdict.ts";
import type { OntapArray, OpenArray } from "../array/port.ts";
import { backoffMs } from "../controller/backoff.ts";
import type { Next, Reconcile } from "../controller/controller.ts";
import type { Clock } from "../std/clock.ts";
import type { Log } from "../std/log.ts";
import type { Random } from "../std/random.ts";
import { err, ok, type Result } from "../std/result.ts";
import { unreachable } from "../std/unreachable.ts";
import { caSource, loginSource, readAccess } from "./access.ts";
import { decideConnection, type ConnectionFacts, type ConnectionStep } from "./decide.ts";
import type { ConnectionFailure } from "./failure.ts";
import { nextLoginAttemptMs } from "./login-patience.ts";
import type { ConnectionOutcome } from "./outcome.ts";
import type { ConnectionWriter, DataReaders, DataVersion } from "./ports.ts";
import type { Sessions } from "./session.ts";
import { connectionStatusAfter, connectionVerdict } from "./status.ts";

export const connectionFinalizer = `${apiGroup}/connection-in-use`;

export interface ConnectionDeps {
  readonly find: (key: ObjectKey) => OntapConnection | undefined;
  /** The credentials that refer to a connection. */
  readonly usersOf: (key: ObjectKey) => readonly ObjectKey[];
  readonly readers: DataReaders;
  readonly writer: ConnectionWriter;
  readonly openArray: OpenArray;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What this process remembers of one connection between passes; gone with it, and safe to lose. */
interface Opened {
  readonly array: OntapArray;
  readonly spec: OntapConnectionSpec;
  readonly login: DataVersion;
  readonly ca: DataVersion | undefined;
}

interface Memory {
  opened: Opened | undefined;
  probeDueMs: number;
  failures: number;
  /** Undefined until the process has decided; then it wins over the status, which may be read back late. */
  login: OntapConnectionStatus["login"];
}

/** While the array cannot be reached its one probe comes this often, so that work goes on soon after its return. */
const unreachableBackoff = { firstMs: 1000, longestMs: 5000 };
const failureBackoff = { firstMs: 1000, longestMs: 5 * 60_000 };
/** Sooner attempts are not announced: a status that is written every few seconds is noise to whoever watches it. */
const announcedFromMs = 60_000;

/** gather → decide → act → report for OntapConnections: keeps one session per connection, and says how it stands. */
export function createConnectionReconcile(deps: ConnectionDeps): Reconcile<ObjectKey> {
  const { find, usersOf, readers, writer, openArray, sessions, clock, random, log } = deps;
  const memories = new Map<ObjectKey, Memory>();

  return async function reconcile(key, signal): Promise<Next> {
    const connection = find(key);
    if (connection === undefined) {
      await forget(key);
      return { look: "on-change" };
    }
    const memory = memoryOf(connection);
    if (!connection.spec.ok && connection.meta.deletionTimestamp === undefined) {
      return report(connection, memory, failed({ kind: "spec-invalid", problems: connection.spec.error }), signal);
    }
    const step = decideConnection(gather(connection, memory));
    log.debug({ connection: key, step: step.do }, "decided");
    return act(connection, memory, step, signal);
  };

  function memoryOf({ key, status }: OntapConnection): Memory {
    const known = memories.get(key);
    if (known !== undefined) return known;
    const memory: Memory = { opened: undefined, probeDueMs: 0, failures: 0, login: status?.login };
    memories.set(key, memory);
    return memory;
  }

  async function forget(key: ObjectKey): Promise<void> {
    const opened = memories.get(key)?.opened;
    memories.delete(key);
    sessions.forget(key);
    await opened?.array.close();
  }

  function gather(connection: OntapConnection, memory: Memory): ConnectionFacts {
    const { key, meta, spec } = connection;
    const claimed = meta.finalizers.includes(connectionFinalizer);
    const users = usersOf(key);
    if (meta.deletionTimestamp !== undefined || !spec.ok) return { phase: "deleting", claimed, users };
    return {
      phase: "live",
      claimed,
      users,
      // A refused login is only ever tried again on a fresh array: the old one answers for itself that it was refused.
      inputs: memory.login === undefined ? inputsOf(spec.value, meta.namespace, memory.opened) : "changed",
      session: sessions.of(key).state,
      probeDue: requested(connection) !== undefined || sessions.doubted(key) || clock.monotonic() >= memory.probeDueMs,
      parked: parkedLogin(connection, spec.value, memory),
    };
  }

  function inputsOf(spec: OntapConnectionSpec, namespace: string, opened: Opened | undefined): "opened" | "changed" {
    if (opened === undefined || !isDeepStrictEqual(connecting(opened.spec), connecting(spec))) return "changed";
    const login = readers.Secret.seen(loginSource(spec, namespace).key);
    const ca = caSource(spec, namespace);
    // A Secret that is gone leaves the login last read in force, so that a namespace can be deleted in any order.
    const loginSame = login === "absent" || login === "unknown" || sameVersion(login, opened.login);
    const caSeen = ca === undefined ? undefined : readers[ca.kind].seen(ca.key);
    const caSame =
      caSeen === undefined || caSeen === "absent" || caSeen === "unknown" || sameVersion(caSeen, opened.ca);
    return loginSame && caSame ? "opened" : "changed";
  }

  /** The refusal that still stands against the login as it is now, if nobody asks for another attempt. */
  function parkedLogin(connection: OntapConnection, spec: OntapConnectionSpec, { login }: Memory) {
    if (login === undefined || requested(connection) !== undefined) return undefined;
    const source = loginSource(spec, connection.meta.namespace);
    const seen = readers.Secret.seen(source.key);
    const sameSecret = seen !== "absent" && seen !== "unknown" && sameVersion(seen, login);
    const sameSpec = connection.meta.generation === connection.status?.observedGeneration;
    const nextAttemptMs = nextLoginAttemptMs(login.refusals, Date.parse(login.lastRefusalTime));
    const due = nextAttemptMs !== undefined && clock.now() >= nextAttemptMs;
    if (!sameSecret || !sameSpec || due) return undefined;
    return { kind: "login-parked", secret: source.name, nextAttemptMs } as const;
  }

  async function act(
    connection: OntapConnection,
    memory: Memory,
    step: ConnectionStep,
    signal: AbortSignal,
  ): Promise<Next> {
    const { finalizers } = connection.meta;
    switch (step.do) {
      case "nothing":
        return refreshCount(connection, memory, signal);
      case "claim":
        return afterWrite(await writer.setFinalizers(connection, [...finalizers, connectionFinalizer], signal));
      case "release": {
        const others = finalizers.filter((finalizer) => finalizer !== connectionFinalizer);
        return afterWrite(await writer.setFinalizers(connection, others, signal));
      }
      case "hold":
        return report(connection, memory, { kind: "held", users: step.users }, signal);
      case "park":
        return report(connection, memory, failed(step.failure), signal);
      case "open": {
        const opened = await open(connection, memory, signal);
        return opened.ok
          ? report(connection, memory, await probe(connection, memory, opened.value, signal), signal)
          : report(connection, memory, failed(opened.error), signal);
      }
      case "probe":
        return memory.opened === undefined
          ? { look: "after", ms: 0, urgency: "retry" }
          : report(connection, memory, await probe(connection, memory, memory.opened, signal), signal);
      default:
        return unreachable(step);
    }
  }

  async function open(
    { key, meta, spec }: OntapConnection,
    memory: Memory,
    signal: AbortSignal,
  ): Promise<Result<Opened, ConnectionFailure>> {
    if (!spec.ok) return err({ kind: "spec-invalid", problems: spec.error });
    const read = await readAccess(spec.value, meta.namespace, readers, signal);
    if (!read.ok) return read;
    const { access, login, ca } = read.value;
    const before = memory.opened;
    const opened = { array: openArray(access), spec: spec.value, login, ca };
    memory.opened = opened;
    log.info({ connection: key, endpoint: access.endpoint }, "opened the array");
    // Calls under way on the old one end by themselves; nobody has to wait for them.
    void before?.array.close();
    return ok(opened);
  }

  async function probe(
    { key }: OntapConnection,
    memory: Memory,
    { array, login }: Opened,
    signal: AbortSignal,
  ): Promise<ConnectionOutcome> {
    const svms = await array.svms(signal);
    if (!svms.ok) {
      if (svms.error.meaning.reason === "LoginRefused") memory.login = refusedOnceMore(memory.login, login);
      return failed(svms.error);
    }
    memory.login = undefined;
    const cluster = await array.cluster(signal);
    const session = {
      state: "open",
      array,
      svms: svms.value,
      cluster: cluster.ok ? cluster.value : undefined,
    } as const;
    sessions.set(key, session);
    return { kind: "open", cluster: session.cluster, svms: session.svms };
  }

  function refusedOnceMore(before: OntapConnectionStatus["login"], login: DataVersion) {
    const refusals = before !== undefined && sameVersion(login, before) ? before.refusals + 1 : 1;
    const { uid, resourceVersion } = login;
    return { uid, resourceVersion, refusals, lastRefusalTime: timestamp(clock.now()) };
  }

  /** Nothing to ask the array; but the number of credentials may have changed. */
  async function refreshCount(connection: OntapConnection, memory: Memory, signal: AbortSignal): Promise<Next> {
    const { key, status, meta } = connection;
    const session = sessions.of(key);
    if (
      session.state === "open" &&
      (status?.credentials !== usersOf(key).length || status.observedGeneration !== meta.generation)
    ) {
      return report(
        connection,
        memory,
        { kind: "open", cluster: session.cluster, svms: session.svms },
        signal,
        "count",
      );
    }
    return { look: "after", ms: Math.max(0, memory.probeDueMs - clock.monotonic()), urgency: "resync" };
  }

  async function report(
    connection: OntapConnection,
    memory: Memory,
    outcome: ConnectionOutcome,
    signal: AbortSignal,
    occasion: "probe" | "count" = "probe",
  ): Promise<Next> {
    const { key, meta, spec } = connection;
    const next = occasion === "probe" ? schedule(connection, memory, outcome) : undefined;
    if (outcome.kind === "failed") {
      sessions.set(key, { state: "down", failure: outcome.failure });
      const { reason, message } = connectionVerdict(outcome.failure);
      log.warn({ connection: key, reason, failures: memory.failures }, message);
    }
    const announced =
      outcome.kind === "failed" && next !== undefined && next.ms >= announcedFromMs
        ? { ...outcome, nextAttemptMs: clock.now() + next.ms }
        : outcome;
    const status = connectionStatusAfter(
      connection,
      {
        outcome: announced,
        credentials: usersOf(key).length,
        login: memory.login,
        lastHandledReconcileAt: meta.annotations[reconcileRequestAnnotation],
      },
      clock.now(),
    );
    if (!isDeepStrictEqual(status, connection.status)) {
      const written = await writer.setStatus(connection, status, signal);
      if (!written.ok && written.error.problem !== "not-found") return retrySoon;
    }
    if (next === undefined || !spec.ok) return { look: "on-change" };
    return { look: "after", ms: next.ms, urgency: outcome.kind === "open" ? "resync" : "retry" };
  }

  /** When the array is asked again; counts failures in a row. */
  function schedule(
    connection: OntapConnection,
    memory: Memory,
    outcome: ConnectionOutcome,
  ): { readonly ms: number } | undefined {
    const { spec } = connection;
    if (outcome.kind === "held" || !spec.ok) return undefined;
    if (outcome.kind === "open") {
      memory.failures = 0;
      const intervalMs = millisecondsOf(spec.value.resyncInterval);
      return due(memory, intervalMs * (0.9 + 0.2 * random()));
    }
    memory.failures += 1;
    const { failure } = outcome;
    const attemptMs = loginAttemptMs(memory, failure);
    if (attemptMs !== undefined) return due(memory, Math.max(0, attemptMs - clock.now()));
    if (connectionVerdict(failure).standing === "stalled" || memory.login !== undefined) return undefined;
    const noAnswer = failure.kind === "array" && failure.answer === undefined;
    return due(memory, backoffMs(memory.failures, noAnswer ? unreachableBackoff : failureBackoff, random));
  }

  function loginAttemptMs({ login }: Memory, failure: ConnectionFailure): number | undefined {
    if (failure.kind === "login-parked") return failure.nextAttemptMs;
    if (login === undefined) return undefined;
    return nextLoginAttemptMs(login.refusals, Date.parse(login.lastRefusalTime));
  }

  function due(memory: Memory, ms: number): { readonly ms: number } {
    memory.probeDueMs = clock.monotonic() + ms;
    return { ms };
  }
}

const retrySoon: Next = { look: "after", ms: 1000, urgency: "retry" };

const failed = (failure: ConnectionFailure): ConnectionOutcome => ({
  kind: "failed",
  failure,
  nextAttemptMs: undefined,
});

/** After a finalizer was written: the object is in the cache as it is now, so look again. */
const afterWrite = (written: Result<unknown, unknown>): Next =>
  written.ok ? { look: "after", ms: 0, urgency: "change" } : retrySoon;

/** The part of a spec that the array was opened with. */
const connecting = ({ endpoint, auth, tls, limits }: OntapConnectionSpec) => ({ endpoint, auth, tls, limits });

const sameVersion = (a: DataVersion, b: DataVersion | undefined): boolean =>
  a.uid === b?.uid && a.resourceVersion === b.resourceVersion;

/** The value of the request annotation, if it has not been acted upon. */
function requested({ meta, status }: OntapConnection): string | undefined {
  const value = meta.annotations[reconcileRequestAnnotation];
  return value === status?.lastHandledReconcileAt ? undefined : value;
}
