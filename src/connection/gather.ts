import { isDeepStrictEqual } from "node:util";
import { reconcileRequestAnnotation } from "../api/fields.ts";
import type { ObjectKey } from "../api/key.ts";
import type { OntapConnectionSpec } from "../api/ontap-connection.ts";
import type { OntapConnection } from "../api/parse.ts";
import type { DataReaders, DataVersion } from "../api/ports.ts";
import type { Clock } from "../std/clock.ts";
import {
  caSource,
  connecting,
  isSameLogin,
  loginSource,
  readAccess,
  sameVersion,
  type Access,
  type Source,
} from "./access.ts";
import type { AccessFact, ConnectionFacts } from "./decide.ts";
import { connectionFinalizer } from "./vocabulary.ts";
import { withheldLogin, type LoginRefusal } from "./login-refusal.ts";
import type { Learned, Memory } from "./memory.ts";
import type { Sessions } from "./session.ts";

/** What a pass reads from. */
export interface GatherDeps {
  /** The credentials that refer to a connection. */
  readonly usersOf: (key: ObjectKey) => readonly ObjectKey[];
  readonly readers: DataReaders;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly dryRun: boolean;
}

/** Facts for `decideConnection`, what `act` needs to carry its step out, and what the pass learned by the way. */
export interface Gathered extends Learned {
  readonly facts: ConnectionFacts;
  /** The value of the request annotation, if it has not been acted upon. */
  readonly request: string | undefined;
  /** Which request for a probe this pass answers. */
  readonly probeRequest: number | undefined;
}

interface FoundAccess extends Learned {
  readonly fact: AccessFact;
}

/** Reads everything that a decision about a connection rests on: Secrets only if something about them is new. */
export async function gather(
  connection: OntapConnection,
  memory: Memory,
  deps: GatherDeps,
  signal: AbortSignal,
): Promise<Gathered> {
  const { key, meta } = connection;
  const { usersOf, sessions, clock, dryRun } = deps;
  const users = usersOf(key);
  const deleting = meta.deletionTimestamp !== undefined;
  const request = requestOf(connection);
  const probeRequest = sessions.probeRequested(key);
  const found: FoundAccess =
    deleting && users.length === 0
      ? { fact: { state: "unread" }, access: undefined, refused: memory.refused }
      : await findAccess(connection, memory, deps, signal);
  return {
    facts: {
      dryRun,
      deleting,
      hasFinalizer: meta.finalizers.includes(connectionFinalizer),
      users,
      access: found.fact,
      session: sessions.of(key).state,
      probeDue:
        request !== undefined || probeRequest !== undefined || clock.monotonic() >= dueMs(key, memory, sessions),
    },
    access: found.access,
    refused: found.refused,
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
  { readers, clock }: GatherDeps,
  signal: AbortSignal,
): Promise<FoundAccess> {
  const { meta, spec } = connection;
  const { opened, access: known, refused } = memory;
  const unusable = (failure: Extract<AccessFact, { state: "unusable" }>["failure"]): FoundAccess => ({
    fact: { state: "unusable", failure },
    access: undefined,
    refused,
  });
  if (!spec.ok) return unusable({ kind: "spec-invalid", problems: spec.error });
  const withheld = (refusal: LoginRefusal | undefined): FoundAccess | undefined => {
    if (refusal === undefined) return undefined;
    const about = { secrets: readers.Secret, nowMs: clock.now(), request: requestOf(connection) };
    const failure = withheldLogin(refusal, spec.value, meta.namespace, about);
    return failure && { fact: { state: "withheld", failure }, access: known, refused: refusal };
  };
  const standing = withheld(refused);
  if (standing !== undefined) return standing;
  const current = refused === undefined && isCurrent(known, spec.value, meta.namespace, readers);
  const read = current
    ? ({ ok: true, value: known } as const)
    : await readAccess(spec.value, meta.namespace, readers, signal);
  if (!read.ok) return unusable(read.error);
  const access = read.value;
  // Another version of the Secret, touched or made again, is the same login.
  const same = known !== undefined && isSameLogin(known.settings.login, access.settings.login);
  const refusal =
    refused !== undefined && same ? { ...refused, login: { ...refused.login, ...access.login } } : refused;
  // A refused login is only tried again on an array that is opened again: the old one answers by itself that it was refused.
  const isOpen = opened?.access === access && refusal === undefined;
  return withheld(refusal) ?? { fact: { state: isOpen ? "opened" : "new" }, access, refused: refusal };
}

function isCurrent(
  known: Access | undefined,
  spec: OntapConnectionSpec,
  namespace: string,
  readers: DataReaders,
): known is Access {
  if (known === undefined || !isDeepStrictEqual(known.connecting, connecting(spec))) return false;
  const ca = caSource(spec, namespace);
  return (
    stillServes(loginSource(spec, namespace), known.login, readers) &&
    (ca === undefined || stillServes(ca, known.ca, readers))
  );
}

/** One that is gone leaves what was last read in force, so that a namespace can be deleted in any order. */
function stillServes({ kind, key }: Source, read: DataVersion | undefined, readers: DataReaders): boolean {
  const seen = readers[kind].seen(key);
  return seen === "absent" || seen === "unknown" || sameVersion(seen, read);
}

/** What the status takes for a value of the request annotation; a longer one could never be told as handled. */
const longestRequest = 256;

/** The value of the request annotation, if it has not been acted upon. */
function requestOf({ meta, status }: OntapConnection): string | undefined {
  const value = meta.annotations[reconcileRequestAnnotation];
  const isNew = value !== undefined && value !== status?.lastHandledReconcileAt && value.length <= longestRequest;
  return isNew ? value : undefined;
}
