import type { IscsiCredential } from "../api/parse.ts";
import { readyOf, type ReadyVerdict } from "../api/verdict.ts";
import { unreachable } from "../std/unreachable.ts";
import { evidenceIn, secretVersionsOf, type Evidence, type SecretVersions } from "./applied.ts";
import { driftAfter, type Drift } from "./drift.ts";
import type { CredentialFailure } from "./failure.ts";
import type { Meaning } from "./meaning.ts";
import { isConvergence, readyAfter, type Failed, type Outcome } from "./outcome.ts";
import { isPutAside, rejectedWriteIn, type RejectedWrite } from "./rejected-write.ts";
import type { CredentialCondition } from "./vocabulary.ts";
import type { Allowance } from "./allowance.ts";

/**
 * What this process remembers of one object between passes. It wins over the object's status, which may be read back
 * later than it was written; it is safe to lose, at the price of one repeated write at most. It changes once, at the end of
 * a pass, by `memoryAfter`.
 */
export interface Memory extends Evidence {
  readonly uid: string;
  /** Digest of what was applied; undefined after a restart. */
  readonly digest: string | undefined;
  /** The newest versions of the Secrets that are known to carry the applied values. */
  readonly carriedBy: SecretVersions | undefined;
  /** When ONTAP is read again, on the monotonic clock; undefined until the first resync is scheduled. */
  readonly readDueMs: number | undefined;
  /** ONTAP is to be read before anything is concluded, whatever the time. */
  readonly mustRead: boolean;
  /** The secrets are to be written again, whatever the time. */
  readonly mustReassert: boolean;
  /** The secrets are to be written again at the next resync. */
  readonly reassertAtResync: boolean;
  /** Reads that were requested before this, on the monotonic clock, do not count. */
  readonly readSinceMs: number;
  /** Failed attempts in a row. */
  readonly failures: number;
  /** How often in a row ONTAP's answer meant that a read has to be repeated. */
  readonly convergences: number;
  /** What was found changed behind our back, and how often in a row. */
  readonly drift: Drift | undefined;
  readonly allowance: Allowance | undefined;
  /** Events tell a verdict once, also if the status that says it could not be written at once. */
  readonly lastReportedVerdict: ReadyVerdict;
  /** The last write, if ONTAP rejected it for what it says. */
  readonly rejected: RejectedWrite | undefined;
}

/** What a pass came to, as far as the next one has to know. */
export interface PassEnd {
  /** What was remembered when the pass began, as it counts where the object is now. */
  readonly memory: Memory;
  readonly outcome: Outcome;
  /** Whether the pass was to read ONTAP: because it was time, or because a person or a failure asked for it. */
  readonly wantedRead: boolean;
  /** Whether the pass was to write the secrets again although nothing differs. */
  readonly wantedReassert: boolean;
  /** When the next resync is due; undefined for a pass that did not get as far as to know its SVM. */
  readonly nextReadMs: number | undefined;
  readonly endedMs: number;
}

/** The end of a pass that did not get as far as to ask ONTAP. */
export const withoutRead = (memory: Memory, outcome: Outcome): Omit<PassEnd, "endedMs"> => ({
  memory,
  outcome,
  wantedRead: false,
  wantedReassert: false,
  nextReadMs: undefined,
});

/**
 * The memory of the next pass. A read of ONTAP counts only if the pass that it served ended well: after any other pass it is
 * still due, since what it found may not have been corrected.
 */
export function memoryAfter({ memory, outcome, wantedRead, wantedReassert, nextReadMs, endedMs }: PassEnd): Memory {
  switch (outcome.kind) {
    case "held": {
      const { accepted, drift } = outcome;
      return {
        ...settled(memory, nextReadMs),
        applied: accepted.applied,
        attempt: undefined,
        formerSvms: memory.formerSvms.filter(({ uuid }) => uuid !== accepted.applied.svm.uuid),
        digest: accepted.digest ?? memory.digest,
        carriedBy: accepted.carriedBy,
        rejected: undefined,
        reassertAtResync: memory.reassertAtResync && outcome.wrote === undefined,
        // A pass that did not look, or wrote for a reason of its own, says nothing about others.
        drift:
          drift === undefined && (outcome.observed.state === "unread" || outcome.wrote !== undefined)
            ? memory.drift
            : driftAfter(memory.drift, drift),
        ...(drift?.nextReadMs === undefined ? {} : { readDueMs: drift.nextReadMs }),
        allowance: outcome.allowance ?? memory.allowance,
        lastReportedVerdict: readyAfter(outcome),
      };
    }
    case "planned": {
      const lastReportedVerdict = readyAfter(outcome);
      // A plan is not the write that it shows: what asked for that one asks for it still when the mode changes.
      return {
        ...settled(memory, nextReadMs),
        mustReassert: memory.mustReassert || wantedReassert,
        lastReportedVerdict,
      };
    }
    case "failed": {
      const { meaning, failure, rejected, attempt } = outcome;
      const { retry, silent, blames } = meaning;
      // Only attempts count: an object that waits for a person or for the connection attempts nothing.
      const attempted = retry.when === "at-once" || retry.when === "backed-off";
      const converges = failure.kind === "not-converging" || isConvergence(failure);
      return {
        ...memory,
        attempt: attempt === "none" ? undefined : (attempt ?? memory.attempt),
        digest: leavesValuesOpen(outcome) ? undefined : memory.digest,
        mustRead: memory.mustRead || wantedRead || (doubtsArray[blames] && failure.kind !== "connection-unknown"),
        mustReassert: memory.mustReassert || wantedReassert || letsOthersWrite.has(failure.kind),
        readSinceMs: endedMs,
        failures: attempted ? memory.failures + 1 : 0,
        convergences: converges ? memory.convergences + 1 : memory.convergences,
        allowance: outcome.allowance ?? memory.allowance,
        rejected: blames === "array" ? rejected : memory.rejected,
        lastReportedVerdict: silent ? memory.lastReportedVerdict : readyAfter(outcome),
      };
    }
    case "nothing-to-do":
    case "not-compared":
    case "waits":
    case "suspended":
    case "released":
      return memory;
    default:
      return unreachable(outcome);
  }
}

/**
 * Whether a failure leaves open what the array holds, or kept this object from it for a while. That a process has just started
 * does neither.
 */
const doubtsArray: Readonly<Record<Meaning["blames"], boolean>> = {
  array: true,
  connection: true,
  spec: true,
  secrets: false,
  kubernetes: false,
};

/** Failures during which another object may hold the credential, and write values that no read shows. */
const letsOthersWrite: ReadonlySet<CredentialFailure["kind"]> = new Set(["conflict", "not-granted"]);

/**
 * Whether a write has failed, and the array may hold its values all the same, now or once a person approves it. Then the values that
 * it accepted before count as new ones: a Secret may be set back to them.
 */
const leavesValuesOpen = ({ step, failure, rejected }: Failed): boolean =>
  (step === "create" || step === "change") &&
  failure.kind === "array" &&
  (rejected === undefined || isPutAside(rejected.failure));

/** After a pass that ended well. */
function settled(memory: Memory, nextReadMs: number | undefined): Memory {
  return {
    ...memory,
    readDueMs: nextReadMs ?? memory.readDueMs,
    mustRead: false,
    mustReassert: false,
    failures: 0,
    convergences: 0,
  };
}

export interface Memories {
  /** Another uid under the same key is another object, of which nothing is remembered. */
  of(credential: IscsiCredential): Memory;
  put(credential: IscsiCredential, memory: Memory): void;
  forget(key: string): void;
  /** The API server holds older data than before: what its Secrets hold is written again, each at its next resync. */
  reassertAll(): void;
}

export function createMemories(): Memories {
  const memories = new Map<string, Memory>();
  return {
    of(credential) {
      const known = memories.get(credential.key);
      return known?.uid === credential.meta.uid ? known : firstMemory(credential);
    },
    put: ({ key }, memory) => void memories.set(key, memory),
    forget: (key) => void memories.delete(key),
    reassertAll() {
      for (const [key, memory] of memories) memories.set(key, { ...memory, reassertAtResync: true });
    },
  };
}

/** What the object itself tells of earlier processes. */
export function firstMemory(credential: IscsiCredential): Memory {
  const { meta, status } = credential;
  const evidence = evidenceIn(credential);
  const { applied } = evidence;
  const { status: ready, reason } = readyOf(status?.conditions);
  // What was wrong may be so still: only the array can tell, and of passwords only a write.
  const isInDoubt = applied !== undefined && !saysApplied(status);
  return {
    uid: meta.uid,
    ...evidence,
    digest: undefined,
    carriedBy: applied === undefined ? undefined : secretVersionsOf(applied),
    readDueMs: undefined,
    mustRead: isInDoubt,
    mustReassert: isInDoubt,
    reassertAtResync: false,
    readSinceMs: Number.NEGATIVE_INFINITY,
    failures: status?.consecutiveFailures ?? 0,
    convergences: 0,
    drift: undefined,
    allowance: undefined,
    lastReportedVerdict: { status: ready, reason },
    rejected: rejectedWriteIn(credential),
  };
}

function saysApplied(status: IscsiCredential["status"]): boolean {
  const said = status?.conditions?.find(({ type }) => type === ("Applied" satisfies CredentialCondition));
  return said?.status === "True";
}
