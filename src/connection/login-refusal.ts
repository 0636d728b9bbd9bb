import { isDeepStrictEqual } from "node:util";
import type { OntapConnectionSpec, OntapConnectionStatus } from "../api/ontap-connection.ts";
import type { OntapConnection } from "../api/parse.ts";
import type { DataReader, DataVersion } from "../api/ports.ts";
import { timestamp } from "../api/verdict.ts";
import { connecting, loginSource, sameVersion, type Connecting } from "./access.ts";
import type { LoginWithheld } from "./failure.ts";

type LoginStatus = NonNullable<OntapConnectionStatus["login"]>;

/** A login that the array has refused, with what it was tried. Not tried again at once: ONTAP locks accounts. */
export interface LoginRefusal {
  readonly login: LoginStatus;
  /** What was tried; undefined if that was before this process, and the spec has changed since. */
  readonly connecting: Connecting | undefined;
  /** The request annotation that has had its attempt. */
  readonly request: string | undefined;
}

/** What the status tells of a login that was refused before this process. */
export function refusalIn({ meta, spec, status }: OntapConnection): LoginRefusal | undefined {
  if (status?.login === undefined) return undefined;
  const unchanged = spec.ok && meta.generation === status.observedGeneration;
  return {
    login: status.login,
    connecting: unchanged ? connecting(spec.value) : undefined,
    request: status.lastHandledReconcileAt,
  };
}

/** The login was refused again; `times` counts the requests that were under way together. */
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
 * another one, its time has come, or a person asks.
 */
export function withheldLogin(
  refused: LoginRefusal,
  spec: OntapConnectionSpec,
  namespace: string,
  {
    secrets,
    nowMs,
    request,
  }: { readonly secrets: DataReader; readonly nowMs: number; readonly request: string | undefined },
): LoginWithheld | undefined {
  const asked = request !== undefined && request !== refused.request;
  const { key, name } = loginSource(spec, namespace);
  const seen = secrets.seen(key);
  const sameSecret = seen !== "absent" && seen !== "unknown" && sameVersion(seen, refused.login);
  const sameSpec = isDeepStrictEqual(refused.connecting, connecting(spec));
  const failure = withheldFailure(name, refused.login);
  const due = failure.nextAttemptMs !== undefined && nowMs >= failure.nextAttemptMs;
  return sameSecret && sameSpec && !asked && !due ? failure : undefined;
}

/** The refusal of this version of the login, and when it is tried again without a request. */
export function withheldFailure(secret: string, { refusals, lastRefusalTime }: LoginStatus): LoginWithheld {
  return { kind: "login-withheld", secret, nextAttemptMs: nextLoginAttemptMs(refusals, Date.parse(lastRefusalTime)) };
}

/**
 * How long a refused login is left alone. ONTAP locks an account at the fifth failure and nothing unlocks it, and a
 * locked account answers like a wrong password; an account directory that was down comes back. So a login is tried
 * once, then after 15 minutes, an hour and six hours, and then never again.
 */
const patienceMs = [15 * 60_000, 60 * 60_000, 6 * 60 * 60_000] as const;

/** When a login that was refused so many times may be tried again; undefined: not before something changes. */
export function nextLoginAttemptMs(refusals: number, lastRefusalMs: number): number | undefined {
  const wait = patienceMs[refusals - 1];
  return wait === undefined ? undefined : lastRefusalMs + wait;
}
