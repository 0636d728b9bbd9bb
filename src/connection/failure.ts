import type { KubeFailure } from "../api/failure.ts";
import type { SpecProblems } from "../api/parse.ts";
import type { DataKind } from "../api/ports.ts";
import type { ArrayFailure } from "../array/failure.ts";

/** What keeps a value of a Secret or ConfigMap from serving. */
export type EntryFlaw = "missing" | "empty" | "not-utf8" | "line-break" | "not-a-certificate";

/** The array refused this login before; it is not sent again yet. */
export interface LoginWithheld {
  readonly kind: "login-withheld";
  readonly secret: string;
  /** When it is tried again, as wall time; undefined: not before a person changes something or asks. */
  readonly nextAttemptMs: number | undefined;
}

/** Why a connection does not work. Plain data without secrets; never thrown. */
export type ConnectionFailure =
  | { readonly kind: "spec-invalid"; readonly problems: SpecProblems }
  /** `spec.endpoint` has a host that no URL can have. */
  | { readonly kind: "endpoint-unusable" }
  /** `spec.tls.caBundle` holds no certificate that can be read. */
  | { readonly kind: "ca-bundle-unusable" }
  | { readonly kind: "object-missing"; readonly object: DataKind; readonly name: string; readonly field: string }
  | {
      readonly kind: "entry-unusable";
      readonly object: DataKind;
      readonly name: string;
      readonly entry: string;
      readonly flaw: EntryFlaw;
      /** The field of the OntapConnection that names the object. */
      readonly field: string;
    }
  | LoginWithheld
  | ArrayFailure
  | KubeFailure;
