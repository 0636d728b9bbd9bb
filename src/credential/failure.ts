import type { KubeFailure } from "../api/failure.ts";
import type { ObjectKey } from "../api/key.ts";
import type { SpecProblems } from "../api/parse.ts";
import type { Limit } from "../authority/limits.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { SecretProblem } from "./chap-pair.ts";

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
  | { readonly kind: "conflict"; readonly winner: ObjectKey }
  /** adoptionPolicy Refuse, and ONTAP held the credential before this object. */
  | { readonly kind: "already-exists" }
  /** Taking away what is to be removed would leave no address, and to ONTAP none means any. */
  | { readonly kind: "last-addresses" }
  /** Deleted while suspended: the desired to write nothing and the desired to be gone contradict each other. */
  | { readonly kind: "suspended-deletion" }
  /** Deleted while the operator only looks: released now, its credential would stay on the array for good. */
  | { readonly kind: "dry-run-deletion" }
  | { readonly kind: "bug"; readonly place: string }
  | ArrayFailure
  | KubeFailure;
