import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import type { ObjectKey } from "../api/key.ts";
import type { Login, LoginGate } from "../array/port.ts";
import type { Clock } from "../std/clock.ts";
import { createRelation } from "../std/relation.ts";
import { unreachable } from "../std/unreachable.ts";
import { createLoginVerdicts, type LoginId, type LoginStanding, type Refusals } from "./login-verdicts.ts";

/** The logins of all connections of this process: which connection uses which, what the array said to it, and who may send it now. */
export interface Logins {
  identify(endpoint: string, user: string | undefined, login: Login): LoginId;
  /** The connection logs in with this from now on. */
  use(connection: ObjectKey, login: LoginId): void;
  standing(login: LoginId, asked: boolean): LoginStanding;
  refusals(login: LoginId): Refusals | undefined;
  recall(login: LoginId, refusals: Refusals): void;
  /** Stands before each request of an array that is opened now; closed for good by the next refusal of the login. */
  gate(connection: ObjectKey, login: LoginId, maxConcurrentRequests: number): LoginGate;
  forget(connection: ObjectKey): void;
}

export interface LoginsOptions {
  readonly clock: Clock;
  /** The verdict on its login changed, by what another connection heard. */
  readonly onVerdict: (connection: ObjectKey) => void;
  /** Of digests; only this process has it. */
  readonly key?: Uint8Array;
}

/** One request that waits for its place: tries to get in, and tells whether it waits no more. */
type Waiter = () => boolean;

export function createLogins({ clock, onVerdict, key = randomBytes(32) }: LoginsOptions): Logins {
  const verdicts = createLoginVerdicts();
  const users = createRelation<ObjectKey, string>();
  const waiting = new Map<string, Set<Waiter>>();
  const secretKey = createSecretKey(key);

  function digestOf(login: Login): string {
    const hmac = createHmac("sha256", secretKey);
    for (const part of partsOf(login)) hmac.update(`${Buffer.byteLength(part)}:${part}`);
    return hmac.digest("base64");
  }

  function letIn(account: string): void {
    const waiters = waiting.get(account);
    for (const waiter of waiters ?? []) if (waiter()) waiters?.delete(waiter);
    if (waiters?.size === 0) waiting.delete(account);
  }

  return {
    identify(endpoint, user, login) {
      const digest = digestOf(login);
      // A token may not tell its user; then no two of them count together.
      return { account: `${endpoint} ${login.method} ${user ?? digest}`, digest };
    },
    use: (connection, login) => users.set(connection, [nameOf(login)]),
    forget: (connection) => users.set(connection, []),
    standing: (login, asked) => verdicts.standing(login, asked, clock.now()),
    refusals: (login) => verdicts.refusals(login),
    recall: (login, refusals) => verdicts.recall(login, refusals),
    gate(connection, login, maxConcurrentRequests) {
      const epoch = verdicts.epoch(login);
      return {
        async enter(signal) {
          signal.throwIfAborted();
          const { promise, resolve, reject } = Promise.withResolvers<ReturnType<typeof verdicts.begin>>();
          const waiter: Waiter = () => {
            const begun = verdicts.begin(login, epoch, maxConcurrentRequests, clock.now());
            if (begun !== "busy") resolve(begun);
            return begun !== "busy";
          };
          const abandon = (): void => {
            waiting.get(login.account)?.delete(waiter);
            reject(signal.reason);
          };
          // A place that is given back goes to a request that waits, so none that comes now can overtake.
          if (!waiter()) waiting.set(login.account, (waiting.get(login.account) ?? new Set()).add(waiter));
          signal.addEventListener("abort", abandon, { once: true });
          const begun = await promise.finally(() => signal.removeEventListener("abort", abandon));
          if (begun === "refused" || begun === "busy") return undefined;
          return (httpStatus) => {
            const changed = verdicts.end(login, begun, httpStatus, clock.now());
            letIn(login.account);
            if (!changed) return;
            for (const other of users.keysOf(nameOf(login))) if (other !== connection) onVerdict(other);
          };
        },
      };
    },
  };
}

const nameOf = ({ account, digest }: LoginId): string => `${account} ${digest}`;

/** All that an array could tell one login from another by. */
function partsOf(login: Login): readonly string[] {
  switch (login.method) {
    case "basic":
      return [login.method, login.user, login.password.reveal()];
    case "clientCertificate":
      return [login.method, login.certificatePem, login.keyPem.reveal()];
    case "bearerToken":
      return [login.method, login.token.reveal()];
    default:
      return unreachable(login);
  }
}
