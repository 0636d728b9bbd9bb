import { reconcileRequestAnnotation } from "../api/fields.ts";
import type { IscsiCredential } from "../api/parse.ts";
import { meaningOfCode } from "../array/catalogue/catalogue.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { SvmUuid } from "../array/identifiers.ts";
import { sameVersions, type SecretVersions } from "./applied.ts";

/** A write that ONTAP refused for what it says. The same one is not sent again, neither by this process nor by the next. */
export interface Refusal {
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
export interface Attempt extends Omit<Refusal, "failure" | "write"> {
  readonly write: string;
}

/** Only another write could end differently, and nobody asked for this one again. */
export function refusalOf(attempt: Attempt, failure: ArrayFailure): Refusal | undefined {
  const { class: of } = failure.meaning;
  return of === "input" || of === "bug" ? { ...attempt, failure } : undefined;
}

/** The refusal that an earlier process has left in the status, as far as it still counts. */
export function refusalIn({ meta, status }: IscsiCredential): Refusal | undefined {
  const { ontapError: error, svm } = status ?? {};
  if (error?.generation === undefined || svm === undefined) return undefined;
  if (meta.annotations[reconcileRequestAnnotation] !== status?.lastHandledReconcileAt) return undefined;
  const { code, message, target, httpStatus, operation: verb, generation, inboundSecret, outboundSecret } = error;
  return {
    failure: {
      kind: "array",
      verb,
      meaning: meaningOfCode(code, httpStatus, verb),
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

/** Of a write of an earlier process it is only known what it was made of. */
export function isRefused(attempt: Attempt, refusal: Refusal): boolean {
  if (refusal.write !== undefined) return refusal.write === attempt.write;
  const { generation, svm, secrets } = refusal;
  return generation === attempt.generation && svm === attempt.svm && sameVersions(secrets, attempt.secrets);
}
