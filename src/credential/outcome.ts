import type { ArrayFailure } from "../array/failure.ts";
import type { CredentialId } from "../array/identifiers.ts";
import type { Applied } from "./applied.ts";
import type { Direction } from "./chap-pair.ts";
import type { Remote } from "./decide.ts";
import type { Difference } from "./differences.ts";
import type { CredentialFailure } from "./failure.ts";

/** What a pass came to. `status.ts` makes conditions of it. */
export type Outcome =
  /** ONTAP holds what is asked for: it was seen, or it has just accepted it. */
  | {
      readonly kind: "held";
      readonly svm: SvmSeen;
      readonly remote: Remote;
      readonly applied: Applied;
      readonly unusual: UnusualPasswords;
      /** The write of this pass, if there was one. */
      readonly wrote: Written | undefined;
    }
  | { readonly kind: "planned"; readonly svm: SvmSeen; readonly remote: Remote; readonly plan: Plan }
  /** Nothing to do, and nothing to tell; `missed` is why a settled object could not be compared with ONTAP. */
  | { readonly kind: "undisturbed"; readonly missed: ArrayFailure | undefined }
  /** A person stopped it: nothing is done, and what was true of it stays. */
  | { readonly kind: "suspended" }
  /** The object may go. */
  | { readonly kind: "released" }
  | {
      readonly kind: "failed";
      readonly failure: CredentialFailure;
      /** Where, once that was known. */
      readonly svm: SvmSeen | undefined;
    };

export interface SvmSeen {
  readonly id: CredentialId;
  readonly name: string | undefined;
}

export interface Written {
  readonly verb: "POST" | "PATCH";
  readonly because: readonly Difference[];
  /** ONTAP no longer held what it had accepted: somebody else changed it. */
  readonly drift: boolean;
}

export interface Plan {
  readonly operation: "POST" | "PATCH" | "Adopt";
  readonly changes: readonly Difference[];
  /** Why it is not carried out. */
  readonly because: "mode" | "dry-run";
}

/** Directions whose password some hosts treat differently; `unread` when the Secrets were not read in this pass. */
export type UnusualPasswords = readonly Direction[] | "unread";

export const undisturbed: Outcome = { kind: "undisturbed", missed: undefined };

export const failed = (failure: CredentialFailure, svm?: SvmSeen): Outcome => ({ kind: "failed", failure, svm });
