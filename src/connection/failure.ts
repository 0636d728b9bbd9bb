import type { TextFlaw } from "../api/text-flaw.ts";
import type { KubeFailure } from "../api/failure.ts";
import type { SpecProblems } from "../api/parse.ts";
import type { ObjectKey } from "../api/key.ts";
import type { OfferRefusal } from "../authority/offered-secret.ts";
import type { DataKind } from "../api/ports.ts";
import type { ArrayFailure } from "../array/failure.ts";

/** What keeps a value of a Secret or ConfigMap from serving. */
export type EntryFlaw =
  | TextFlaw
  | "missing"
  | "not-utf8"
  | "der-certificate"
  | "control-character"
  | "not-a-certificate";

/** A login that must not be sent now, since ONTAP locks accounts. */
export interface LoginWithheld {
  readonly kind: "login-withheld";
  readonly secret: string;
  /** `refused`: the array refused this very login. `others`: it refused others of the same user, and this one is new. */
  readonly because: "refused" | "others";
  /** When it is tried again, as wall time; undefined: not before a person changes something or asks. */
  readonly nextAttemptMs: number | undefined;
}

/** Why a connection does not work. Plain data without secrets; never thrown. */
export type ConnectionFailure =
  | { readonly kind: "spec-invalid"; readonly problems: SpecProblems }
  /** `spec.endpoint` has a host that no URL can have. */
  | { readonly kind: "endpoint-unusable" }
  /** The operator's flags forbid these three. */
  | { readonly kind: "endpoint-not-allowed"; readonly endpoint: string }
  | { readonly kind: "namespace-not-allowed"; readonly namespace: string }
  | { readonly kind: "insecure-tls-forbidden" }
  /** `spec.tls.caBundle` holds no certificate that can be read. */
  | { readonly kind: "ca-bundle-unusable" }
  | { readonly kind: "object-missing"; readonly object: DataKind; readonly name: string; readonly field: string }
  | {
      readonly kind: "entry-unusable";
      readonly object: DataKind;
      readonly name: string;
      readonly entry: string;
      readonly flaw: EntryFlaw;
      /** In bytes, for a value that is too long. */
      readonly most: number;
      /** The field of the OntapConnection that names the object. */
      readonly field: string;
    }
  /** The login Secret's owner does not offer it for this. */
  | { readonly kind: "secret-not-offered"; readonly secret: ObjectKey; readonly refusal: OfferRefusal }
  | LoginWithheld
  | ArrayFailure
  | KubeFailure;
