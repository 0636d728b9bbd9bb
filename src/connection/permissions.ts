import type { ArrayFailure } from "../array/failure.ts";
import type { Verb } from "../array/verb.ts";
import type { ArrayCalls, OntapArray } from "../array/port.ts";
import { err, type Result } from "../std/result.ts";
import type { Clock } from "../std/clock.ts";

/** What the array forbids to a login: found by one credential, known to all. */
export interface Permissions {
  /** The failures that stand, at most one a verb. */
  forbidden(): readonly ArrayFailure[];
  /** When the next trial is due, on the monotonic clock; Infinity while nothing is forbidden. */
  trialDueMs(): number;
  /** Lets one call of each forbidden verb that is due, or of every one, through to the array; false if there is none. */
  offerTrials(which: "due" | "all"): boolean;
}

interface ForbiddenVerb {
  readonly failure: ArrayFailure;
  trialDueMs: number;
  /** Whether the next call may ask the array. */
  trial: boolean;
}

/** People change roles. This often one credential finds out for all whether they have. */
const trialEveryMs = 5 * 60_000;

/**
 * Once the array has forbidden a verb on credentials, every caller gets that answer without asking: a thousand credentials
 * would only be refused a thousand times, and again at every retry. Calls that were under way already are refused by the
 * array itself.
 * @param onChange is called when a verb becomes forbidden, and when it is allowed again.
 */
export function rememberPermissions(
  array: OntapArray,
  { clock, onChange }: { readonly clock: Clock; readonly onChange: () => void },
): { readonly array: OntapArray; readonly permissions: Permissions } {
  const forbidden = new Map<Verb, ForbiddenVerb>();

  async function ask<T>(verb: Verb, call: () => Promise<Result<T, ArrayFailure>>): Promise<Result<T, ArrayFailure>> {
    const standing = forbidden.get(verb);
    if (standing?.trial === false) return err(standing.failure);
    if (standing !== undefined) standing.trial = false;
    const answer = await call();
    const stood = forbidden.has(verb);
    if (!answer.ok && answer.error.meaning.class === "permission") {
      forbidden.set(verb, { failure: answer.error, trialDueMs: clock.monotonic() + trialEveryMs, trial: false });
    } else if (answer.ok || answer.error.answer !== undefined) {
      // Any other answer is one to a caller that may ask.
      forbidden.delete(verb);
    }
    if (forbidden.has(verb) !== stood) onChange();
    return answer;
  }

  const dueBy = (nowMs: number): readonly ForbiddenVerb[] =>
    [...forbidden.values()].filter(({ trialDueMs }) => trialDueMs <= nowMs);

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
      forbidden: () => [...forbidden.values()].map(({ failure }) => failure),
      trialDueMs: () => Math.min(Infinity, ...[...forbidden.values()].map(({ trialDueMs }) => trialDueMs)),
      offerTrials(which) {
        const nowMs = clock.monotonic();
        const offered = dueBy(which === "all" ? Infinity : nowMs);
        for (const verb of offered) {
          verb.trial = true;
          verb.trialDueMs = nowMs + trialEveryMs;
        }
        return offered.length > 0;
      },
    },
  };
}
