import type { KubeFailure } from "../api/failure.ts";
import type { SpecProblems } from "../api/parse.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { DataKind } from "../api/ports.ts";

/** Why a connection does not work. Plain data without secrets; never thrown. */
export type ConnectionFailure =
  | { readonly kind: "spec-invalid"; readonly problems: SpecProblems }
  | { readonly kind: "object-missing"; readonly object: DataKind; readonly name: string; readonly field: string }
  | {
      readonly kind: "entry-unusable";
      readonly object: DataKind;
      readonly name: string;
      readonly entry: string;
      readonly problem: string;
      readonly field: string;
    }
  /** The array refused this version of the login Secret before; undefined means: not again until something changes. */
  | { readonly kind: "login-parked"; readonly secret: string; readonly nextAttemptMs: number | undefined }
  | ArrayFailure
  | KubeFailure;
