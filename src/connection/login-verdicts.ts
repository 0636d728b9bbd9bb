/** One login of one ONTAP account: which secret proves the user, without the secret. */
export interface LoginId {
  /** `host:port` and user: what ONTAP counts failures by. */
  readonly account: string;
  readonly digest: string;
}

/** How often in a row the array has refused a login, and when last, as wall time. */
export interface Refusals {
  readonly count: number;
  readonly lastMs: number;
}

/** Whether a login may be sent now. */
export type LoginStanding =
  | { readonly may: "be-sent" }
  /** `refused`: the array refused this very login. `others`: it refused others of the same user, and this one is new. */
  | { readonly may: "wait"; readonly because: "refused" | "others"; readonly nextAttemptMs: number | undefined };

/** A request that was admitted. */
export interface Ticket {
  readonly epoch: number;
  /** The login was not proven when it was sent. */
  readonly trial: boolean;
}

/**
 * What is known of logins in this process, whichever connections they are of. Plain state: it neither reads a clock nor
 * waits.
 *
 * ONTAP locks an account at the fifth failure in a row, nothing unlocks it, and a locked account answers like a wrong
 * password. So:
 * - a login that the array has accepted is sent by as many requests as its connections allow, four unless one of them asks
 *   for more: when its password is changed, no more than these fail;
 * - a login that the array has not accepted, or has refused since, is a trial: one request at a time for each account, and
 *   no further one after two failures within 15 minutes, whatever changes meanwhile;
 * - a refusal concerns that login alone, and so does an acceptance: another password of the same user is another login.
 */
export interface LoginVerdicts {
  /** @param asked a person asks for an attempt now. */
  standing(login: LoginId, asked: boolean, nowMs: number): LoginStanding;
  /** Undefined while the login is not refused. */
  refusals(login: LoginId): Refusals | undefined;
  /** Changes with every refusal: what was decided before it no longer holds. */
  epoch(login: LoginId): number;
  /** What an earlier process has left in a status; one that this process has seen accepted stays proven. */
  recall(login: LoginId, refusals: Refusals): void;
  /**
   * Admits a request. `busy`: ask again when another one has ended. `refused`: not to be sent at all.
   * @param most how many requests the connection has under way at most.
   */
  begin(login: LoginId, epoch: number, most: number, nowMs: number): Ticket | "busy" | "refused";
  /**
   * Takes its end down, and tells whether the verdict on the login changed.
   * @param httpStatus undefined if no whole answer came.
   */
  end(login: LoginId, ticket: Ticket, httpStatus: number | undefined, nowMs: number): boolean;
}

interface State {
  proven: boolean;
  epoch: number;
  refusals: Refusals | undefined;
  underWay: number;
  most: number;
}

interface AccountState {
  /** When trials failed, within the window. */
  failures: number[];
  trialUnderWay: boolean;
  readonly logins: Map<string, State>;
}

/** How long a refused login is left alone after its first, second and third refusal; after the fourth it is for a person. */
const patienceMs = [15 * 60_000, 60 * 60_000, 6 * 60 * 60_000] as const;

const windowMs = 15 * 60_000;
const mostFailures = 2;
/** Requests under way with one proven login. One less than what locks an account. */
const mostUnderWay = 4;
/** Of one account; beyond them the oldest idle one is forgotten, and would be a trial again. */
const mostLogins = 256;

export function createLoginVerdicts(): LoginVerdicts {
  const accounts = new Map<string, AccountState>();

  function accountOf({ account }: LoginId): AccountState {
    const known = accounts.get(account) ?? { failures: [], trialUnderWay: false, logins: new Map() };
    accounts.set(account, known);
    return known;
  }

  function stateOf(login: LoginId): State {
    const { logins } = accountOf(login);
    const known = logins.get(login.digest);
    if (known !== undefined) return known;
    const state: State = { proven: false, epoch: 0, refusals: undefined, underWay: 0, most: mostUnderWay };
    logins.set(login.digest, state);
    for (const [digest, other] of logins) {
      if (logins.size <= mostLogins) break;
      if (other.underWay === 0 && other !== state) logins.delete(digest);
    }
    return state;
  }

  /** When trials of an account may go on; undefined: now. */
  function trialsPausedUntilMs(account: AccountState, nowMs: number): number | undefined {
    account.failures = account.failures.filter((atMs) => nowMs - atMs < windowMs).toSorted((a, b) => a - b);
    const first = account.failures.at(-mostFailures);
    return first === undefined ? undefined : first + windowMs;
  }

  return {
    standing(login, asked, nowMs) {
      const { proven, refusals } = stateOf(login);
      if (proven) return { may: "be-sent" };
      const dueMs = refusals && nextLoginAttemptMs(refusals);
      const because = refusals === undefined ? "others" : "refused";
      if (refusals !== undefined && !asked && (dueMs === undefined || nowMs < dueMs)) {
        return { may: "wait", because, nextAttemptMs: dueMs };
      }
      const pausedUntilMs = trialsPausedUntilMs(accountOf(login), nowMs);
      return pausedUntilMs === undefined
        ? { may: "be-sent" }
        : { may: "wait", because, nextAttemptMs: Math.max(pausedUntilMs, dueMs ?? 0) };
    },

    refusals: (login) => stateOf(login).refusals,
    epoch: (login) => stateOf(login).epoch,

    recall(login, refusals) {
      const state = stateOf(login);
      if (state.proven || (state.refusals?.count ?? 0) >= refusals.count) return;
      state.refusals = refusals;
      accountOf(login).failures.push(refusals.lastMs);
    },

    begin(login, epoch, most, nowMs) {
      const account = accountOf(login);
      const state = stateOf(login);
      state.most = Math.max(state.most, most);
      if (epoch !== state.epoch) return "refused";
      if (!state.proven) {
        if (trialsPausedUntilMs(account, nowMs) !== undefined) return "refused";
        if (account.trialUnderWay) return "busy";
        account.trialUnderWay = true;
      } else if (state.underWay >= state.most) return "busy";
      state.underWay += 1;
      return { epoch, trial: !state.proven };
    },

    end(login, { epoch, trial }, httpStatus, nowMs) {
      const account = accountOf(login);
      const state = stateOf(login);
      state.underWay -= 1;
      if (trial) account.trialUnderWay = false;
      if (httpStatus === 401) {
        if (trial) account.failures.push(nowMs);
        state.proven = false;
        state.epoch += 1;
        state.refusals = { count: (state.refusals?.count ?? 0) + 1, lastMs: nowMs };
        return true;
      }
      const accepted = httpStatus !== undefined && httpStatus < 300;
      // An answer to a request that was sent before a refusal is older than that.
      if (!accepted || state.proven || epoch !== state.epoch) return false;
      state.proven = true;
      state.refusals = undefined;
      return true;
    },
  };
}

/** When a refused login is tried again without a request; undefined: not before something changes. */
export function nextLoginAttemptMs({ count, lastMs }: Refusals): number | undefined {
  const wait = patienceMs[count - 1];
  return wait === undefined ? undefined : lastMs + wait;
}
