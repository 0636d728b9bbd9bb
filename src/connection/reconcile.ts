import { isDeepStrictEqual } from "node:util";
import { apiGroup, millisecondsOf, reconcileRequestAnnotation } from "../api/fields.ts";
import type { ObjectKey } from "../api/key.ts";
import type { OntapConnectionSpec } from "../api/ontap-connection.ts";
import type { OntapConnection } from "../api/parse.ts";
import { readyOf } from "../api/verdict.ts";
import type { ArrayReason } from "../array/catalogue/catalogue.ts";
import type { ArrayAccess, OntapArray } from "../array/port.ts";
import { backoffMs } from "../controller/backoff.ts";
import type { Next, Reconcile } from "../controller/controller.ts";
import type { DefectMeter } from "../controller/meter.ts";
import type { Clock } from "../std/clock.ts";
import type { Log } from "../std/log.ts";
import type { Random } from "../std/random.ts";
import { err, ok, type Result } from "../std/result.ts";
import { unreachable } from "../std/unreachable.ts";
import { caSource, isSameLogin, loginSource, readAccess, type Source } from "./access.ts";
import { decideConnection, type ConnectionFacts, type ConnectionStep } from "./decide.ts";
import type { ConnectionFailure } from "./failure.ts";
import { connecting, requested, sameVersion } from "./inputs.ts";
import { parkedFailure, parkedLogin, refusalIn, refusedAgain, type LoginRefusal } from "./login-refusal.ts";
import type { ConnectionOutcome } from "./outcome.ts";
import { rememberPermissions, type Permissions } from "./permissions.ts";
import type { ConnectionWriter, DataReaders, DataVersion } from "../api/ports.ts";
import type { OpenSession, Sessions } from "./session.ts";
import { connectionStatusAfter, connectionVerdict } from "./status.ts";

export const connectionFinalizer = `${apiGroup}/connection-in-use`;

export interface ConnectionDeps {
  readonly find: (key: ObjectKey) => OntapConnection | undefined;
  /** The credentials that refer to a connection. */
  readonly usersOf: (key: ObjectKey) => readonly ObjectKey[];
  readonly readers: DataReaders;
  readonly writer: ConnectionWriter;
  readonly openArray: (connection: ObjectKey, access: ArrayAccess) => OntapArray;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly defects: DefectMeter;
  readonly dryRun: boolean;
}

/** What this process remembers of one connection between passes; gone with it, and safe to lose. */
interface Opened {
  readonly array: OntapArray;
  readonly permissions: Permissions;
  readonly spec: OntapConnectionSpec;
  readonly access: ArrayAccess;
  readonly login: DataVersion;
  readonly ca: DataVersion | undefined;
}

interface Memory {
  opened: Opened | undefined;
  probeDueMs: number;
  failures: number;
  /** The refusal of the login that stands. It wins over the status, which may be written late, or never. */
  refused: LoginRefusal | undefined;
}

/** While the array cannot be reached its one probe comes this often, and no sooner: work goes on that soon after its return. */
const unreachableProbeMs = 5000;
const failureBackoff = { firstMs: 1000, longestMs: 5 * 60_000 };
/** Sooner attempts are not announced: a status that is written every few seconds is noise to whoever watches it. */
const announcedFromMs = 60_000;

/** gather → decide → act → report for OntapConnections: keeps one session per connection, and says how it stands. */
export function createConnectionReconcile(deps: ConnectionDeps): Reconcile<ObjectKey> {
  const { find, usersOf, readers, writer, openArray, sessions, clock, random, log, defects, dryRun } = deps;
  const memories = new Map<ObjectKey, Memory>();

  return async function reconcile(key, signal): Promise<Next> {
    const connection = find(key);
    if (connection === undefined) {
      await forget(key);
      return { look: "on-change" };
    }
    const memory = memoryOf(connection);
    const facts = gather(connection, memory);
    const over = facts.deleting && facts.users.length === 0;
    if (!connection.spec.ok && !over) {
      return conclude(connection, memory, failed({ kind: "spec-invalid", problems: connection.spec.error }), signal);
    }
    const step = decideConnection(facts);
    log.debug({ connection: key, step: step.do }, "decided");
    return act(connection, memory, step, signal);
  };

  function memoryOf(connection: OntapConnection): Memory {
    const { key } = connection;
    const known = memories.get(key);
    if (known !== undefined) return known;
    const memory: Memory = { opened: undefined, probeDueMs: 0, failures: 0, refused: refusalIn(connection) };
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
    const shared = {
      dryRun,
      deleting: meta.deletionTimestamp !== undefined,
      claimed: meta.finalizers.includes(connectionFinalizer),
      users: usersOf(key),
    };
    if (!spec.ok) return { ...shared, inputs: "changed", session: "down", probeDue: false, parked: undefined };
    return {
      ...shared,
      // A refused login is only ever tried again on a fresh array: the old one answers for itself that it was refused.
      inputs: memory.refused === undefined ? inputsOf(spec.value, meta.namespace, memory.opened) : "changed",
      session: sessions.of(key).state,
      probeDue: requested(connection) !== undefined || sessions.doubted(key) || clock.monotonic() >= dueMs(key, memory),
      parked: standingRefusal(connection, spec.value, memory),
    };
  }

  function standingRefusal(connection: OntapConnection, spec: OntapConnectionSpec, { refused }: Memory) {
    if (refused === undefined) return undefined;
    return parkedLogin(refused, connection, spec, { secrets: readers.Secret, nowMs: clock.now() });
  }

  function inputsOf(spec: OntapConnectionSpec, namespace: string, opened: Opened | undefined): "opened" | "changed" {
    if (opened === undefined || !isDeepStrictEqual(connecting(opened.spec), connecting(spec))) return "changed";
    const ca = caSource(spec, namespace);
    const loginSame = stillServes(loginSource(spec, namespace), opened.login);
    return loginSame && (ca === undefined || stillServes(ca, opened.ca)) ? "opened" : "changed";
  }

  /** One that is gone leaves what was last read in force, so that a namespace can be deleted in any order. */
  function stillServes({ kind, key }: Source, read: DataVersion | undefined): boolean {
    const seen = readers[kind].seen(key);
    return seen === "absent" || seen === "unknown" || sameVersion(seen, read);
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
        return refresh(connection, memory, signal);
      case "claim":
        return afterWrite(await writer.setFinalizers(connection, [...finalizers, connectionFinalizer], signal));
      case "release": {
        const others = finalizers.filter((finalizer) => finalizer !== connectionFinalizer);
        return afterWrite(await writer.setFinalizers(connection, others, signal));
      }
      case "hold":
        return report(connection, memory, { kind: "held", users: step.users }, signal);
      case "park":
        return conclude(connection, memory, failed(step.failure), signal);
      case "open": {
        const opened = await open(connection, memory, signal);
        const outcome = opened.ok ? await probe(connection, memory, opened.value, signal) : failed(opened.error);
        return conclude(connection, memory, outcome, signal);
      }
      case "probe": {
        if (memory.opened === undefined) throw new Error("a probe of an array that was never opened");
        return conclude(connection, memory, await probe(connection, memory, memory.opened, signal), signal);
      }
      default:
        return unreachable(step);
    }
  }

  async function open(
    connection: OntapConnection,
    memory: Memory,
    signal: AbortSignal,
  ): Promise<Result<Opened, ConnectionFailure>> {
    const { key, meta, spec } = connection;
    if (!spec.ok) return err({ kind: "spec-invalid", problems: spec.error });
    const read = await readAccess(spec.value, meta.namespace, readers, signal);
    if (!read.ok) return read;
    const { access, login, ca } = read.value;
    const { opened: before, refused } = memory;
    if (refused !== undefined && before !== undefined && isSameLogin(before.access.login, access.login)) {
      // Another version of the Secret, touched or made anew, is no other login.
      memory.refused = { ...refused, login: { ...refused.login, ...login } };
      const standing = standingRefusal(connection, spec.value, memory);
      if (standing !== undefined) return err(standing);
    }
    const remembering = rememberPermissions(openArray(key, access), { clock, onChange: () => sessions.doubt(key) });
    const opened = { ...remembering, spec: spec.value, access, login, ca };
    memory.opened = opened;
    log.info({ connection: key, endpoint: access.endpoint }, "opened the array");
    // Calls under way on the old one end by themselves; nobody has to wait for them.
    void before?.array.close();
    return ok(opened);
  }

  async function probe(
    connection: OntapConnection,
    memory: Memory,
    { array, permissions, login }: Opened,
    signal: AbortSignal,
  ): Promise<ConnectionOutcome> {
    const svms = await array.svms(signal);
    if (!svms.ok) {
      if (svms.error.meaning.reason !== loginRefused || !connection.spec.ok) return failed(svms.error);
      const spec = connection.spec.value;
      const refusal = refusedAgain(memory.refused?.login, login, array.loginRefusals(), clock.now());
      memory.refused = { login: refusal, spec, request: requested(connection) };
      // In the words of every later pass, so that they have nothing to rewrite.
      return failed(parkedFailure(connection, spec, refusal));
    }
    memory.refused = undefined;
    const cluster = await array.cluster(signal);
    const session = {
      state: "open",
      array,
      svms: svms.value.svms,
      cluster: cluster.ok ? cluster.value : undefined,
      forbidden: permissions.refusals(),
    } as const;
    const { key } = connection;
    sessions.set(key, session);
    if (permissions.offerTrials(requested(connection) === undefined ? "due" : "all")) sessions.turn(key);
    return outcomeOf(session);
  }

  /** Nothing to ask the array; but the number of credentials may have changed, or the spec in what does not matter to it. */
  async function refresh(connection: OntapConnection, memory: Memory, signal: AbortSignal): Promise<Next> {
    const { key, status, meta } = connection;
    const session = sessions.of(key);
    const stale = status?.credentials !== usersOf(key).length || status.observedGeneration !== meta.generation;
    if (session.state !== "open" || !stale) return nextLook(key, memory);
    return report(connection, memory, outcomeOf(session), signal);
  }

  /** What came of asking, or of not getting that far. */
  async function conclude(
    connection: OntapConnection,
    memory: Memory,
    outcome: ConnectionOutcome,
    signal: AbortSignal,
  ): Promise<Next> {
    schedule(connection, memory, outcome);
    return report(connection, memory, outcome, signal);
  }

  async function report(
    connection: OntapConnection,
    memory: Memory,
    outcome: ConnectionOutcome,
    signal: AbortSignal,
  ): Promise<Next> {
    const { key, meta } = connection;
    if (outcome.kind === "failed") {
      const { failure } = outcome;
      sessions.set(key, { state: "down", failure });
      if (failure.kind === "array" && failure.meaning.class === "bug") defects.defect("request");
    }
    const status = connectionStatusAfter(
      connection,
      {
        outcome: toldOf(connection, memory, outcome),
        credentials: usersOf(key).length,
        login: memory.refused?.login,
        lastHandledReconcileAt: meta.annotations[reconcileRequestAnnotation],
      },
      clock.now(),
    );
    const ready = readyOf(status.conditions);
    const isNews = ready.reason !== readyOf(connection.status?.conditions).reason;
    const level = !isNews ? "debug" : outcome.kind === "failed" ? "warn" : "info";
    const { status: standing, reason, message: because } = ready;
    log[level]({ connection: key, ready: standing, reason, because, failures: memory.failures }, "connection probed");
    const written = await writer.setStatus(connection, status, signal);
    return written.status === "retry" ? retrySoon : nextLook(key, memory);
  }

  /** What people are told of an outcome. */
  function toldOf({ key, meta }: OntapConnection, memory: Memory, outcome: ConnectionOutcome): ConnectionOutcome {
    if (outcome.kind === "open" && meta.deletionTimestamp !== undefined) return { kind: "held", users: usersOf(key) };
    const waitMs = memory.probeDueMs - clock.monotonic();
    if (outcome.kind !== "failed" || waitMs === Infinity || waitMs < announcedFromMs) return outcome;
    // Not reckoned anew: a wait that is added to a later now falls a millisecond short, and so into another second.
    if (outcome.failure.kind === "login-parked") return { ...outcome, nextAttemptMs: outcome.failure.nextAttemptMs };
    return { ...outcome, nextAttemptMs: clock.now() + waitMs };
  }

  /** When the array is asked again: it is time, or something that it forbids is tried again. */
  function dueMs(key: ObjectKey, { probeDueMs, opened }: Memory): number {
    const trialDueMs = sessions.of(key).state === "open" ? opened?.permissions.trialDueMs() : undefined;
    return Math.min(probeDueMs, trialDueMs ?? Infinity);
  }

  function nextLook(key: ObjectKey, memory: Memory): Next {
    const ms = dueMs(key, memory) - clock.monotonic();
    return ms === Infinity ? { look: "on-change" } : { look: "after", ms: Math.max(0, ms), urgency: "resync" };
  }

  /** Decides when the array is asked again, and counts failures in a row. */
  function schedule({ spec }: OntapConnection, memory: Memory, outcome: ConnectionOutcome): void {
    const waitMs = spec.ok ? untilNextProbe(spec.value, memory, outcome) : Infinity;
    memory.failures = outcome.kind === "failed" ? memory.failures + 1 : 0;
    memory.probeDueMs = clock.monotonic() + waitMs;
  }

  function untilNextProbe(spec: OntapConnectionSpec, { failures }: Memory, outcome: ConnectionOutcome): number {
    if (outcome.kind !== "failed") return millisecondsOf(spec.resyncInterval) * (0.9 + 0.2 * random());
    const { failure } = outcome;
    if (failure.kind === "login-parked") return Math.max(0, (failure.nextAttemptMs ?? Infinity) - clock.now());
    // The watch tells when what is missing appears.
    if (failure.kind === "object-missing" || connectionVerdict(failure).standing === "stalled") return Infinity;
    const noAnswer = failure.kind === "array" && failure.answer === undefined;
    return noAnswer ? unreachableProbeMs : backoffMs(failures + 1, failureBackoff, random);
  }
}

/** The catalogue's word for a login that the array does not accept. */
const loginRefused: ArrayReason = "LoginRefused";

const retrySoon: Next = { look: "after", ms: 1000, urgency: "retry" };

const failed = (failure: ConnectionFailure): ConnectionOutcome => ({
  kind: "failed",
  failure,
  nextAttemptMs: undefined,
});

const outcomeOf = ({ cluster, svms, forbidden }: OpenSession): ConnectionOutcome => ({
  kind: "open",
  cluster,
  svms,
  forbidden,
});

/** After a finalizer was written: the object is in the cache as it is now, so look again. */
const afterWrite = (written: Result<unknown, unknown>): Next =>
  written.ok ? { look: "after", ms: 0, urgency: "change" } : retrySoon;
