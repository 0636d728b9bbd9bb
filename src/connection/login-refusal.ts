import { isDeepStrictEqual } from "node:util";
import type { OntapConnectionSpec, OntapConnectionStatus } from "../api/ontap-connection.ts";
import type { OntapConnection } from "../api/parse.ts";
import { timestamp } from "../api/verdict.ts";
import { loginSource } from "./access.ts";
import type { ConnectionFailure } from "./failure.ts";
import { connecting, requested, sameVersion } from "./inputs.ts";
import { nextLoginAttemptMs } from "./login-patience.ts";
import type { DataReader, DataVersion } from "../api/ports.ts";

type LoginStatus = NonNullable<OntapConnectionStatus["login"]>;
type LoginParked = Extract<ConnectionFailure, { kind: "login-parked" }>;

/** A login that the array has refused, with what it was tried. Not tried again at once: ONTAP locks accounts. */
export interface LoginRefusal {
  readonly login: LoginStatus;
  /** What was tried; undefined if that was before this process, and the spec has changed since. */
  readonly spec: OntapConnectionSpec | undefined;
  /** The request annotation that has had its attempt. */
  readonly request: string | undefined;
}

/** What the status tells of a login that was refused before this process. */
export function refusalIn({ meta, spec, status }: OntapConnection): LoginRefusal | undefined {
  if (status?.login === undefined) return undefined;
  const unchanged = spec.ok && meta.generation === status.observedGeneration;
  return { login: status.login, spec: unchanged ? spec.value : undefined, request: status.lastHandledReconcileAt };
}

/** The login was refused once more, so many times at once: requests that were under way together count each. */
export function refusedAgain(
  before: LoginStatus | undefined,
  { uid, resourceVersion }: DataVersion,
  times: number,
  nowMs: number,
): LoginStatus {
  const same = before !== undefined && sameVersion({ uid, resourceVersion }, before);
  const refusals = same ? before.refusals + times : times;
  return { uid, resourceVersion, refusals, lastRefusalTime: timestamp(nowMs) };
}

/**
 * The refusal that still stands against the login as it is now; undefined if it may be tried: the Secret or the spec is
 * another one, its time has come, or somebody asks.
 */
export function parkedLogin(
  refused: LoginRefusal,
  connection: OntapConnection,
  spec: OntapConnectionSpec,
  { secrets, nowMs }: { readonly secrets: DataReader; readonly nowMs: number },
): LoginParked | undefined {
  const request = requested(connection);
  const asked = request !== undefined && request !== refused.request;
  const seen = secrets.seen(loginSource(spec, connection.meta.namespace).key);
  const sameSecret = seen !== "absent" && seen !== "unknown" && sameVersion(seen, refused.login);
  const sameSpec = refused.spec !== undefined && isDeepStrictEqual(connecting(refused.spec), connecting(spec));
  const failure = parkedFailure(connection, spec, refused.login);
  const due = failure.nextAttemptMs !== undefined && nowMs >= failure.nextAttemptMs;
  return sameSecret && sameSpec && !asked && !due ? failure : undefined;
}

/** The refusal of this version of the login, and when it is tried again by itself. */
export function parkedFailure(
  { meta }: OntapConnection,
  spec: OntapConnectionSpec,
  { refusals, lastRefusalTime }: LoginStatus,
): LoginParked {
  const nextAttemptMs = nextLoginAttemptMs(refusals, Date.parse(lastRefusalTime));
  return { kind: "login-parked", secret: loginSource(spec, meta.namespace).name, nextAttemptMs };
}
