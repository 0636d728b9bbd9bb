import type { IscsiCredentialStatus } from "../api/iscsi-credential.ts";
import type { IscsiCredential } from "../api/parse.ts";
import { readyOf } from "../api/verdict.ts";
import type { SvmUuid } from "../array/identifiers.ts";
import { secretVersionsOf, type Applied, type SecretVersions } from "./applied.ts";
import type { ReportedVerdict } from "./events.ts";
import { refusalIn, type Refusal } from "./refusal.ts";

/**
 * What this process remembers of one object between passes. It wins over the object's status, which may be read back
 * later than it was written; it is safe to lose, at the price of one repeated write at most.
 */
export interface Memory {
  readonly uid: string;
  applied: Applied | undefined;
  /** The SVM on which `applied` holds. */
  appliedSvm: SvmUuid | undefined;
  /** Digest of what was applied; undefined after a restart. */
  digest: string | undefined;
  /** The newest versions of the Secrets that are known to carry the applied values. */
  carriedBy: SecretVersions | undefined;
  /** When ONTAP is looked at again, on the monotonic clock; undefined until the first look is scheduled. */
  readDueMs: number | undefined;
  /** ONTAP was found to differ from what we believed. */
  mustRead: boolean;
  /** Failed attempts in a row. */
  failures: number;
  /** Events tell a verdict once, also if the status that says it could not be written at once. */
  lastReportedVerdict: ReportedVerdict;
  /** The last write, if ONTAP refused it for what it says. */
  refused: Refusal | undefined;
}

export interface Memories {
  /** Another uid under the same key is another object, and is remembered anew. */
  of(credential: IscsiCredential): Memory;
  forget(key: string): void;
}

export function createMemories(): Memories {
  const memories = new Map<string, Memory>();
  return {
    of(credential) {
      const known = memories.get(credential.key);
      if (known?.uid === credential.meta.uid) return known;
      const memory = firstMemory(credential);
      memories.set(credential.key, memory);
      return memory;
    },
    forget: (key) => void memories.delete(key),
  };
}

export function forgetApplied(memory: Memory): void {
  memory.applied = undefined;
  memory.appliedSvm = undefined;
  memory.digest = undefined;
  memory.carriedBy = undefined;
}

function firstMemory(credential: IscsiCredential): Memory {
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
    failures: status?.consecutiveFailures ?? 0,
    lastReportedVerdict: reportedVerdictIn(status),
    refused: refusalIn(credential),
  };
}

function reportedVerdictIn(status: IscsiCredentialStatus | undefined): ReportedVerdict {
  const { status: ready, reason } = readyOf(status?.conditions);
  return { status: ready, reason };
}
