import { isDeepStrictEqual } from "node:util";
import { reconcileRequestAnnotation } from "../api/fields.ts";
import type { ObjectKey } from "../api/key.ts";
import type { LoginStatus, OntapConnectionSpec } from "../api/ontap-connection.ts";
import type { OntapConnection } from "../api/parse.ts";
import type { DataReaders, DataVersion } from "../api/ports.ts";
import type { Clock } from "../std/clock.ts";
import {
  caSource,
  connecting,
  loginSource,
  readAccess,
  sameVersion,
  type Access,
  type AccessDeps,
  missing,
  type Source,
} from "./access.ts";
import type { AccessFact, ConnectionFacts } from "./decide.ts";
import type { ConnectionFailure } from "./failure.ts";
import type { Learned, Memory } from "./memory.ts";
import type { Sessions } from "./session.ts";
import { connectionFinalizer } from "./vocabulary.ts";

/** What a pass reads from. */
export interface GatherDeps extends AccessDeps {
  /** The credentials that refer to a connection. */
  readonly usersOf: (key: ObjectKey) => readonly ObjectKey[];
  /** Those of them whose deletion asks the array. */
  readonly holdersOf: (key: ObjectKey) => readonly ObjectKey[];
  /** Whether a namespace is being deleted, with all that is in it. */
  readonly namespaceIsTerminating: (namespace: string) => boolean;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly dryRun: boolean;
}

/** Facts for `decideConnection`, what `act` needs to carry its step out, and what the pass learned by the way. */
export interface Gathered extends Learned {
  readonly facts: ConnectionFacts;
  /** The login Secret is gone: what was read of it serves deletions, and nothing else. */
  readonly secretGone: ConnectionFailure | undefined;
  /** Which request for a probe this pass answers. */
  readonly probeRequest: number | undefined;
}

interface FoundAccess extends Pick<Learned, "access"> {
  readonly fact: AccessFact;
  readonly secretGone: ConnectionFailure | undefined;
}

/** Reads everything that a decision about a connection rests on: Secrets only if something about them is new. */
export async function gather(
  connection: OntapConnection,
  memory: Memory,
  deps: GatherDeps,
  signal: AbortSignal,
): Promise<Gathered> {
  const { key, meta } = connection;
  const { usersOf, holdersOf, sessions, clock, dryRun } = deps;
  const users = usersOf(key);
  const deleting = meta.deletionTimestamp !== undefined;
  const holders = deleting ? holdersOf(key) : [];
  const request = requestOf(connection);
  const probeRequest = sessions.probeRequested(key);
  const found: FoundAccess =
    deleting && holders.length === 0
      ? { fact: { state: "unread" }, access: undefined, secretGone: undefined }
      : await findAccess(connection, memory, deps, signal);
  return {
    facts: {
      dryRun,
      deleting,
      hasFinalizer: meta.finalizers.includes(connectionFinalizer),
      users,
      holders,
      access: found.fact,
      session: sessions.of(key).state,
      probeDue:
        request !== undefined || probeRequest !== undefined || clock.monotonic() >= dueMs(key, memory, sessions),
    },
    access: found.access,
    secretGone: found.secretGone,
    request,
    probeRequest,
  };
}

/** When the array is asked again, on the monotonic clock: it is time, or something that it forbids is tried again. */
export function dueMs(key: ObjectKey, { schedule, opened }: Memory, sessions: Sessions): number {
  const trialDueMs = sessions.of(key).state === "open" ? opened?.permissions.trialDueMs() : undefined;
  return Math.min(schedule.dueMs, trialDueMs ?? Infinity);
}

async function findAccess(
  connection: OntapConnection,
  memory: Memory,
  deps: GatherDeps,
  signal: AbortSignal,
): Promise<FoundAccess> {
  const { key, meta, spec, status } = connection;
  const { readers, logins, namespaceIsTerminating } = deps;
  const { opened, access: known } = memory;
  const unusable = (failure: ConnectionFailure): FoundAccess => ({
    fact: { state: "unusable", failure },
    access: undefined,
    secretGone: undefined,
  });
  if (!spec.ok) return unusable({ kind: "spec-invalid", problems: spec.error });
  const leaving = meta.deletionTimestamp !== undefined || namespaceIsTerminating(meta.namespace);
  const current = isCurrent(known, spec.value, meta.namespace, readers, leaving);
  const read = current
    ? ({ ok: true, value: known } as const)
    : await readAccess(spec.value, meta.namespace, deps, signal);
  if (!read.ok) return unusable(read.error);
  const access = read.value;
  logins.use(key, access.loginId);
  const { login: refused } = status ?? {};
  // The first read of this process: what an earlier one was told counts before any attempt.
  if (known === undefined && refused !== undefined && isOf(refused, access)) {
    logins.recall(access.loginId, { count: refused.refusals, lastMs: Date.parse(refused.lastRefusalTime) });
  }
  const source = loginSource(spec.value, meta.namespace);
  const secretGone = readers.Secret.seen(source.key) === "absent" ? missing(source) : undefined;
  const request = meta.annotations[reconcileRequestAnnotation];
  const standing = logins.standing(access.loginId, request !== undefined && request !== memory.attemptedRequest);
  if (standing.may === "wait") {
    const { because, nextAttemptMs } = standing;
    const failure = { kind: "login-withheld", secret: access.loginSecret, because, nextAttemptMs } as const;
    return { fact: { state: "withheld", failure }, access, secretGone };
  }
  // An array that has heard of a refusal answers by itself; another attempt needs one that is opened again.
  const isOpen = opened?.access === access && opened.array.loginRefusals() === 0;
  return { fact: { state: isOpen ? "opened" : "new" }, access, secretGone };
}

/** Whether a refusal that a status tells of was of this login; one of another release may not say where. */
function isOf(refused: LoginStatus, { account, loginVersion }: Access): boolean {
  return (
    sameVersion(loginVersion, refused) && (refused.endpoint === undefined || refused.endpoint === account.endpoint)
  );
}

/** @param leaving the connection is being deleted: then a Secret that went first has served its last purpose, deletions. */
function isCurrent(
  known: Access | undefined,
  spec: OntapConnectionSpec,
  namespace: string,
  readers: DataReaders,
  leaving: boolean,
): known is Access {
  if (known === undefined || !isDeepStrictEqual(known.connecting, connecting(spec))) return false;
  const ca = caSource(spec, namespace);
  const stillServes = ({ kind, key }: Source, read: DataVersion | undefined): boolean => {
    const seen = readers[kind].seen(key);
    return seen === "absent" ? leaving : seen === "unknown" || sameVersion(seen, read);
  };
  return (
    stillServes(loginSource(spec, namespace), known.loginVersion) && (ca === undefined || stillServes(ca, known.ca))
  );
}

/** What the status takes for a value of the request annotation; a longer one could never be told as handled. */
const longestRequest = 256;

/** The value of the request annotation, if it has not been acted upon. */
function requestOf({ meta, status }: OntapConnection): string | undefined {
  const value = meta.annotations[reconcileRequestAnnotation];
  const isNew = value !== undefined && value !== status?.lastHandledReconcileAt && value.length <= longestRequest;
  return isNew ? value : undefined;
}
