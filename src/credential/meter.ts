import type { ObjectKey } from "../api/key.ts";

/** What the passes over credentials tell, by the connection they went through. */
export interface CredentialMeter {
  /** Someone else had changed what ONTAP had accepted, and it is again as declared. */
  driftCorrected(connection: ObjectKey): void;
  /** ONTAP accepted an edit of a Secret, so long after the edit was heard of. */
  propagated(connection: ObjectKey, tookMs: number): void;
}
