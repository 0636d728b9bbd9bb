import type { ObjectKey } from "../api/key.ts";
import { timestamp } from "../api/verdict.ts";
import type { LoginStatus } from "../api/ontap-connection.ts";
import type { OntapConnection } from "../api/parse.ts";
import type { EmitEvent, StatusWrite } from "../api/ports.ts";
import type { Reconcile, ReconcileResult } from "../controller/controller.ts";
import type { DefectMeter } from "../controller/meter.ts";
import type { Random } from "../std/random.ts";
import { defined } from "../std/defined.ts";
import type { Access } from "./access.ts";
import { act, type ActDeps } from "./act.ts";
import { decideConnection } from "./decide.ts";
import { eventsOf } from "./events.ts";
import type { ConnectionFailure } from "./failure.ts";
import { dueMs, gather, type Gathered, type GatherDeps } from "./gather.ts";
import type { LeftBehindLedger } from "./left-behind.ts";
import type { Logins } from "./logins.ts";
import { meaningOfFailure } from "./meaning.ts";
import { firstMemory, memoryAfter, type Memory } from "./memory.ts";
import { grantUsage, type GrantUser } from "./grant-usage.ts";
import { resultAfterFinalizers, resultUntil, retrySoon, scheduleAfter } from "./next.ts";
import { closeReplaced } from "./opened.ts";
import { isReported, type ConnectionOutcome, type ReportedOutcome } from "./outcome.ts";
import { passLine } from "./pass-line.ts";
import { openSession, type Session } from "./session.ts";
import { connectionStatusAfter } from "./status.ts";

export interface ConnectionDeps extends ActDeps, GatherDeps {
  readonly find: (key: ObjectKey) => OntapConnection | undefined;
  readonly emit: EmitEvent<OntapConnection>;
  readonly leftBehind: LeftBehindLedger;
  /** The credentials that refer to a connection, as users of its grants. */
  readonly grantUsersOf: (key: ObjectKey) => readonly GrantUser[];
  readonly random: Random;
  readonly defects: DefectMeter;
}

/** gather → decide → act → report for OntapConnections: keeps one session per connection, and says how it stands. */
export function createConnectionReconcile(deps: ConnectionDeps): Reconcile<ObjectKey> {
  const { find, grantUsersOf, writer, emit, sessions, logins, leftBehind, clock, log, defects } = deps;
  const memories = new Map<ObjectKey, Memory>();

  return async function reconcile(key, signal): Promise<ReconcileResult> {
    const connection = find(key);
    const memory = memoryOf(key, connection);
    if (connection === undefined || memory === undefined) return { kind: "await-change" };
    const gathered = await gather(connection, memory, deps, signal);
    const outcome = await act(decideConnection(gathered.facts), { connection, memory, gathered }, deps, signal);
    const schedule = scheduleAfter(outcome, connection.spec, memory.failures, deps);
    const after = memoryAfter(memory, outcome, gathered, schedule);
    memories.set(key, after);
    closeReplaced(memory.opened, after.opened);
    publish(connection, outcome, gathered);
    const { level, message, fields } = passLine(connection, outcome, memory.lastReportedVerdict, after.failures);
    log[level](fields, message);
    if (outcome.kind === "finalizers") return resultAfterFinalizers(outcome.written);
    if (isReported(outcome)) {
      for (const event of eventsOf(outcome, memory.lastReportedVerdict)) emit(connection, event);
      const written = await report(connection, outcome, after, gathered, signal);
      if (written.status === "retry") return retrySoon;
    }
    return resultUntil(dueMs(key, after, sessions), clock);
  };

  /** What is remembered of the object as it is now; of one that is gone, or another of the same name, nothing is kept. */
  function memoryOf(key: ObjectKey, connection: OntapConnection | undefined): Memory | undefined {
    const known = memories.get(key);
    if (known !== undefined && known.uid === connection?.meta.uid) return known;
    memories.delete(key);
    sessions.forget(key);
    logins.forget(key);
    if (connection === undefined) leftBehind.forget(key);
    closeReplaced(known?.opened, undefined);
    if (connection === undefined) return undefined;
    const memory = firstMemory(connection);
    memories.set(key, memory);
    return memory;
  }

  /** Tells the credentials what the array showed, or that only the probe asks it now. */
  function publish(
    { key }: OntapConnection,
    outcome: ConnectionOutcome,
    { request, probeRequest, secretGone }: Gathered,
  ): void {
    if (!isReported(outcome) || outcome.step === "nothing") return;
    if (outcome.kind === "failed") {
      const { failure } = outcome;
      if (failure.kind === "array" && failure.meaning.class === "bug") defects.defect("request");
      sessions.set(key, downBy(failure), probeRequest);
      return;
    }
    const { array, permissions } = outcome.opened;
    const open = openSession(array, outcome.seen);
    sessions.set(key, secretGone === undefined ? open : { ...downBy(secretGone), forDeletions: open }, probeRequest);
    if (permissions.offerTrials(request === undefined ? "due" : "all")) sessions.enqueueCredentials(key);
  }

  async function report(
    connection: OntapConnection,
    outcome: ReportedOutcome,
    { access, schedule }: Memory,
    { facts, request }: Gathered,
    signal: AbortSignal,
  ): Promise<StatusWrite> {
    const left = leftBehind.of(connection);
    const status = connectionStatusAfter(
      connection,
      {
        outcome,
        credentials: facts.users.length,
        grants: grantUsage(connection.meta.namespace, grantUsersOf(connection.key)),
        login: access === undefined ? connection.status?.login : loginStatusOf(access, logins),
        uncompared: sessions.uncompared(connection.key),
        leftBehind: left,
        nextAttemptMs: schedule.announcedMs,
        lastHandledReconcileAt: request,
      },
      clock.now(),
    );
    const written = await writer.setStatus(connection, status, signal);
    if (written.status === "written" || written.status === "unchanged") leftBehind.written(connection.key, left);
    return written;
  }
}

const downBy = (failure: ConnectionFailure): Extract<Session, { state: "down" }> => ({
  state: "down",
  failure,
  meaning: meaningOfFailure(failure),
});

/** What the next process needs to know of a login that the array has refused. */
function loginStatusOf({ account, loginId, loginVersion }: Access, logins: Logins): LoginStatus | undefined {
  const refusals = logins.refusals(loginId);
  if (refusals === undefined) return undefined;
  const { uid, resourceVersion } = loginVersion;
  return defined({
    endpoint: account.endpoint,
    user: account.user,
    uid,
    resourceVersion,
    refusals: refusals.count,
    lastRefusalTime: timestamp(refusals.lastMs),
  });
}
