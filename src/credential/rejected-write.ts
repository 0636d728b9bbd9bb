import type { IscsiCredential } from "../api/parse.ts";
import { pendingRequest } from "../api/reconcile-request.ts";
import { meaningOfCode, meaningOfJudgement } from "../array/catalogue/catalogue.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { SvmUuid } from "../array/identifiers.ts";
import { sameVersions, type SecretVersions } from "./applied.ts";

/** A write that ONTAP rejected for what it says. The same one is not sent again, neither by this process nor by the next. */
export interface RejectedWrite {
  readonly failure: ArrayFailure;
  /** The metadata.generation that asked for it. */
  readonly generation: number;
  readonly svm: SvmUuid;
  /** The Secrets whose values it carried. */
  readonly secrets: SecretVersions;
  /** All that the write says, as one text; undefined for one that an earlier process sent. */
  readonly write: string | undefined;
}

/** What a pass is about to send, in the same terms. */
export interface WriteAttempt extends Omit<RejectedWrite, "failure" | "write"> {
  readonly write: string;
}

/** Undefined for a failure that passes by itself: then the same write may succeed later. */
export function rejectedWriteOf(attempt: WriteAttempt, failure: ArrayFailure): RejectedWrite | undefined {
  const { class: of } = failure.meaning;
  return of === "input" || of === "bug" || isPutAside(failure) ? { ...attempt, failure } : undefined;
}

/** The array keeps the write until a person approves it. Another one of the same would only ask again, and carry the secret again. */
export const isPutAside = ({ meaning }: ArrayFailure): boolean => meaning.reason === "ApprovalPending";

/** The rejected write that an earlier process left in the status, as far as it still counts. */
export function rejectedWriteIn(credential: IscsiCredential): RejectedWrite | undefined {
  const { ontapError: error, svm } = credential.status ?? {};
  if (error?.generation === undefined || svm === undefined || pendingRequest(credential) !== undefined)
    return undefined;
  const { code, message, target, httpStatus, operation: verb, generation, inboundSecret, outboundSecret } = error;
  return {
    failure: {
      kind: "array",
      verb,
      meaning:
        httpStatus === 202 ? meaningOfJudgement("approval pending", code) : meaningOfCode(code, httpStatus, verb),
      answer: { httpStatus, code, message, target },
      detail: undefined,
      retryAfterMs: undefined,
    },
    generation,
    svm: svm.uuid as SvmUuid,
    secrets: { inbound: inboundSecret, outbound: outboundSecret },
    write: undefined,
  };
}

/** Whether this write was rejected before. Of one that an earlier process sent only the ingredients are known. */
export function isRejected(attempt: WriteAttempt, rejected: RejectedWrite): boolean {
  if (rejected.write !== undefined) return rejected.write === attempt.write;
  const { generation, svm, secrets } = rejected;
  return generation === attempt.generation && svm === attempt.svm && sameVersions(secrets, attempt.secrets);
}
