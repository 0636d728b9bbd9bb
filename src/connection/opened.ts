import type { ObjectKey } from "../api/key.ts";
import type { ArrayAccess, OntapArray } from "../array/port.ts";
import type { Clock } from "../std/clock.ts";
import type { Log } from "../std/log.ts";
import type { Access } from "./access.ts";
import type { Logins } from "./logins.ts";
import { rememberPermissions, type Permissions } from "./permissions.ts";
import type { Sessions } from "./session.ts";

/** An array that is open, and with what. */
export interface Opened {
  readonly array: OntapArray;
  readonly permissions: Permissions;
  readonly access: Access;
}

export interface OpenDeps {
  readonly openArray: (connection: ObjectKey, access: ArrayAccess) => OntapArray;
  readonly sessions: Sessions;
  readonly logins: Logins;
  readonly clock: Clock;
  readonly log: Log;
}

/** Sends nothing. */
export function open(key: ObjectKey, access: Access, { openArray, sessions, logins, clock, log }: OpenDeps): Opened {
  const onChange = (): void => sessions.requestProbe(key);
  const { settings, loginId } = access;
  const gate = logins.gate(key, loginId, settings.maxConcurrentRequests);
  const remembering = rememberPermissions(openArray(key, { ...settings, gate }), { clock, onChange });
  log.info({ connection: key, endpoint: settings.endpoint }, "opened the array");
  return { ...remembering, access };
}

/** Gives the sockets of an array back that another one has replaced. Calls under way end by themselves; nothing waits for them. */
export function closeReplaced(before: Opened | undefined, after: Opened | undefined): void {
  if (before !== undefined && before.array !== after?.array) void before.array.close();
}
