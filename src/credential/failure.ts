import type { KubeFailure } from "../api/failure.ts";
import type { ObjectKey } from "../api/key.ts";
import type { SpecProblems } from "../api/parse.ts";
import type { Limit } from "../authority/limits.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { SecretProblem } from "./chap-pair.ts";
import type { Difference } from "./differences.ts";

/** Every way a pass over a credential can fall short that is not a bug of ours. Plain data without secrets; never thrown. */
export type CredentialFailure =
  | { readonly kind: "spec-invalid"; readonly problems: SpecProblems }
  | { readonly kind: "connection-missing"; readonly connection: ObjectKey }
  /** The connection lets this object do what it asks for under no grant; `limit` stands in the way. */
  | { readonly kind: "not-granted"; readonly connection: ObjectKey; readonly limit: Limit }
  /** The connection has not been asked yet since the operator started. */
  | { readonly kind: "connection-unknown"; readonly connection: ObjectKey }
  /** The connection does not work; `reason` is its own. The news stands there. */
  | { readonly kind: "connection-down"; readonly connection: ObjectKey; readonly reason: string }
  | {
      readonly kind: "svm-missing";
      readonly connection: ObjectKey;
      readonly svm: string;
      readonly seen: readonly string[];
    }
  | { readonly kind: "secret-missing"; readonly secret: string; readonly field: string }
  | SecretProblem
  /** Another object holds the credential, or comes before this one. One of another namespace is named to the owner only. */
  | { readonly kind: "conflict"; readonly rival: ObjectKey; readonly isElsewhere: boolean }
  /** ONTAP held the credential before this object, and the object or the grant refuses to adopt it. */
  | { readonly kind: "already-exists"; readonly by: "object" | "grant" }
  /** Deleted; another object takes over without a gap. */
  | { readonly kind: "handing-over"; readonly to: ObjectKey | undefined }
  /** Deleted, and the SVM that accepted the credential is not seen: it may be there all the same. */
  | { readonly kind: "svm-not-seen"; readonly connection: ObjectKey; readonly svm: string }
  /** ONTAP's answers say again and again that the array is not as a read has just shown it. */
  | { readonly kind: "not-converging"; readonly failure: ArrayFailure }
  /** What ONTAP holds was found changed several times in a row, each time after it had accepted what is declared. */
  | { readonly kind: "not-kept"; readonly found: readonly Difference[] }
  /** Taking away what is to be removed would leave no address, and to ONTAP none means any. */
  | { readonly kind: "last-addresses" }
  /** Deleted while suspended: the desired to write nothing and the desired to be gone contradict each other. */
  | { readonly kind: "suspended-deletion" }
  /** Deleted while the operator only looks: released now, its credential would stay on the array for good. */
  | { readonly kind: "dry-run-deletion" }
  | { readonly kind: "bug"; readonly place: string }
  | ArrayFailure
  | KubeFailure;
