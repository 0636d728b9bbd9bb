import type { KubeAnswer } from "../api/failure.ts";
import type { IscsiCredentialStatus } from "../api/iscsi-credential.ts";
import type { IscsiCredential } from "../api/parse.ts";

/** What a pass over a credential writes to Kubernetes. Both fail with `conflict` if the object is no longer as it was read. */
export interface CredentialWriter {
  /** Undefined when the object is gone, as after its last finalizer. */
  setFinalizers(
    credential: IscsiCredential,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): KubeAnswer<IscsiCredential | undefined>;
  setStatus(credential: IscsiCredential, status: IscsiCredentialStatus, signal: AbortSignal): KubeAnswer<void>;
}

/** News for people, beside the status. Best effort: an Event that cannot be written is dropped. */
export interface CredentialEvent {
  readonly type: "Normal" | "Warning";
  /** One CamelCase word of the closed table. */
  readonly reason: string;
  /** What the operator did or tried: CamelCase. */
  readonly action: string;
  readonly note: string;
}

export type EmitEvent = (regarding: IscsiCredential, event: CredentialEvent) => void;
