import type { ArrayFailure } from "../array/failure.ts";
import type { Verb } from "../array/verb.ts";
import type { ArrayCalls, OntapArray } from "../array/port.ts";
import { err, type Result } from "../std/result.ts";
import type { Clock } from "../std/clock.ts";

/** What the array forbids to a login, found by one credential and known to all. */
export interface Permissions {
  /** The refusals that stand, at most one a verb. */
  refusals(): readonly ArrayFailure[];
  /** When the next trial is due, on the monotonic clock; Infinity while nothing is refused. */
  trialDueMs(): number;
  /** Lets one call of each refused verb that is due, or of every one, through to the array; false if there is none. */
  offerTrials(which: "due" | "all"): boolean;
}

interface Refusal {
  readonly failure: ArrayFailure;
  trialDueMs: number;
  /** Whether the next call may ask the array. */
  trial: boolean;
}

/** Roles are changed by people. That often one credential finds out for all whether somebody has. */
const trialEveryMs = 5 * 60_000;

/**
 * Once the array has forbidden a verb on credentials, everybody gets that answer without asking: a thousand credentials
 * would only be refused a thousand times, and again at every retry. Calls that were under way already are refused by the
 * array itself.
 * @param onChange is told when a refusal begins to stand, and when it is lifted.
 */
export function rememberPermissions(
  array: OntapArray,
  { clock, onChange }: { readonly clock: Clock; readonly onChange: () => void },
): { readonly array: OntapArray; readonly permissions: Permissions } {
  const refusals = new Map<Verb, Refusal>();

  async function ask<T>(verb: Verb, call: () => Promise<Result<T, ArrayFailure>>): Promise<Result<T, ArrayFailure>> {
    const standing = refusals.get(verb);
    if (standing?.trial === false) return err(standing.failure);
    if (standing !== undefined) standing.trial = false;
    const answer = await call();
    const stood = refusals.has(verb);
    if (!answer.ok && answer.error.meaning.class === "permission") {
      refusals.set(verb, { failure: answer.error, trialDueMs: clock.monotonic() + trialEveryMs, trial: false });
    } else if (answer.ok || answer.error.answer !== undefined) {
      // Whatever else the array says, it says it to somebody who may ask.
      refusals.delete(verb);
    }
    if (refusals.has(verb) !== stood) onChange();
    return answer;
  }

  const dueBy = (nowMs: number): readonly Refusal[] =>
    [...refusals.values()].filter(({ trialDueMs }) => trialDueMs <= nowMs);

  const guard = (calls: ArrayCalls): ArrayCalls => ({
    cluster: (signal) => calls.cluster(signal),
    svms: (signal) => calls.svms(signal),
    credentials: (svm, signal) => ask("GET", () => calls.credentials(svm, signal)),
    credential: (id, signal) => ask("GET", () => calls.credential(id, signal)),
    createCredential: (id, creation, signal) => ask("POST", () => calls.createCredential(id, creation, signal)),
    changeCredential: (id, change, signal) => ask("PATCH", () => calls.changeCredential(id, change, signal)),
    removeCredential: (id, signal) => ask("DELETE", () => calls.removeCredential(id, signal)),
  });

  return {
    array: { ...array, ...guard(array), as: (requester) => guard(array.as(requester)) },
    permissions: {
      refusals: () => [...refusals.values()].map(({ failure }) => failure),
      trialDueMs: () => Math.min(Infinity, ...[...refusals.values()].map(({ trialDueMs }) => trialDueMs)),
      offerTrials(which) {
        const nowMs = clock.monotonic();
        const offered = dueBy(which === "all" ? Infinity : nowMs);
        for (const refusal of offered) {
          refusal.trial = true;
          refusal.trialDueMs = nowMs + trialEveryMs;
        }
        return offered.length > 0;
      },
    },
  };
}
