import type { IscsiCredentialStatus } from "../api/iscsi-credential.ts";
import type { IscsiCredential } from "../api/parse.ts";
import { readyOf } from "../api/verdict.ts";
import type { SvmUuid } from "../array/identifiers.ts";
import { unreachable } from "../std/unreachable.ts";
import { secretVersionsOf, type Applied, type SecretVersions } from "./applied.ts";
import { verdictReportedBy, type ReportedVerdict } from "./events.ts";
import type { Meaning } from "./meaning.ts";
import type { Outcome } from "./outcome.ts";
import { rejectedWriteIn, type RejectedWrite } from "./rejected-write.ts";

/**
 * What this process remembers of one object between passes. It wins over the object's status, which may be read back
 * later than it was written; it is safe to lose, at the price of one repeated write at most. It changes once, at the end of
 * a pass, by `memoryAfter`.
 */
export interface Memory {
  readonly uid: string;
  readonly applied: Applied | undefined;
  /** The SVM on which `applied` holds. */
  readonly appliedSvm: SvmUuid | undefined;
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
  /** Reads that were requested before this, on the monotonic clock, do not count. */
  readonly readSinceMs: number;
  /** Failed attempts in a row. */
  readonly failures: number;
  /** Events tell a verdict once, also if the status that says it could not be written at once. */
  readonly lastReportedVerdict: ReportedVerdict;
  /** The last write, if ONTAP rejected it for what it says. */
  readonly rejected: RejectedWrite | undefined;
}

/** What a pass came to, as far as the next one has to know. */
export interface PassEnd {
  readonly outcome: Outcome;
  /** Whether the pass was to read ONTAP: because it was time, or because a person or a failure asked for it. */
  readonly wantedRead: boolean;
  /** Whether the pass was to write the secrets again although nothing differs. */
  readonly wantedReassert: boolean;
  /** When the next resync is due, if this pass read ONTAP. */
  readonly nextReadMs: number | undefined;
  readonly endedMs: number;
}

/** What a pass learned that did not get as far as to ask ONTAP. */
export const withoutRead = (outcome: Outcome): Omit<PassEnd, "endedMs"> => ({
  outcome,
  wantedRead: false,
  wantedReassert: false,
  nextReadMs: undefined,
});

/**
 * The memory of the next pass. A read of ONTAP counts only if the pass that it served ended well: after any other pass it is
 * still due, since what it found may not have been corrected.
 */
export function memoryAfter(
  memory: Memory,
  { outcome, wantedRead, wantedReassert, nextReadMs, endedMs }: PassEnd,
): Memory {
  switch (outcome.kind) {
    case "held": {
      const { applied, svm, digest, carriedBy } = outcome.accepted;
      return {
        ...seen(memory, nextReadMs),
        applied,
        appliedSvm: svm,
        digest: digest ?? memory.digest,
        carriedBy,
        failures: 0,
        rejected: undefined,
        lastReportedVerdict: verdictReportedBy(outcome),
      };
    }
    case "planned":
      return { ...seen(memory, nextReadMs), failures: 0, lastReportedVerdict: verdictReportedBy(outcome) };
    case "failed": {
      const { meaning, rejected } = outcome;
      const { retry, silent } = meaning;
      // Only attempts count: an object that waits for a person or for the connection attempts nothing.
      const attempted = retry.when === "at-once" || retry.when === "backed-off";
      return {
        ...memory,
        mustRead: memory.mustRead || wantedRead || doubtsArray[meaning.blames],
        mustReassert: memory.mustReassert || wantedReassert,
        readSinceMs: endedMs,
        failures: attempted ? memory.failures + 1 : 0,
        rejected: meaning.blames === "array" ? rejected : memory.rejected,
        lastReportedVerdict: silent ? memory.lastReportedVerdict : verdictReportedBy(outcome),
      };
    }
    case "nothing-to-do":
    case "not-compared":
    case "suspended":
    case "released":
      return memory;
    default:
      return unreachable(outcome);
  }
}

/** Whether a failure leaves open what the array holds, or kept this object from it for a while. */
const doubtsArray: Readonly<Record<Meaning["blames"], boolean>> = {
  array: true,
  connection: true,
  spec: true,
  secrets: false,
  kubernetes: false,
};

/** After a pass that ended well. One that did not read ONTAP leaves the next read as due as it was. */
function seen(memory: Memory, nextReadMs: number | undefined): Memory {
  return { ...memory, readDueMs: nextReadMs ?? memory.readDueMs, mustRead: false, mustReassert: false };
}

export interface Memories {
  /** Another uid under the same key is another object, of which nothing is remembered. */
  of(credential: IscsiCredential): Memory;
  put(credential: IscsiCredential, memory: Memory): void;
  forget(key: string): void;
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
  };
}

/** What the object itself tells of earlier processes. */
export function firstMemory(credential: IscsiCredential): Memory {
  const { meta, status } = credential;
  const applied = status?.applied;
  return {
    uid: meta.uid,
    applied,
    appliedSvm: applied === undefined ? undefined : (status?.svm?.uuid as SvmUuid | undefined),
    digest: undefined,
    carriedBy: applied === undefined ? undefined : secretVersionsOf(applied),
    readDueMs: undefined,
    mustRead: false,
    mustReassert: false,
    readSinceMs: Number.NEGATIVE_INFINITY,
    failures: status?.consecutiveFailures ?? 0,
    lastReportedVerdict: reportedVerdictIn(status),
    rejected: rejectedWriteIn(credential),
  };
}

function reportedVerdictIn(status: IscsiCredentialStatus | undefined): ReportedVerdict {
  const { status: ready, reason } = readyOf(status?.conditions);
  return { status: ready, reason };
}
