import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { LiveFacts, LiveStep } from "./decide.ts";
import type { Outcome } from "./outcome.ts";
import { credentialFinalizer } from "./references.ts";

/**
 * What may never be, whatever the code around it has decided. Checked again right before a write and before a status says True:
 * a broken one stops its object, and is logged and counted.
 */
export const invariants = {
  enforce: "only mode Enforce writes",
  suspend: "a suspended object writes nothing",
  adoption: "what was there before is not changed while adoption is refused",
  finalizer: "our finalizer is on an object before it is written to the array",
  generation: "Ready=True is of this generation of this object",
  type: "Ready=True is of the authentication type that is declared",
  secrets: "Ready=True is of the Secrets that are declared",
} as const;

/** Its message is one of `invariants`, and so never a secret. */
export class BrokenInvariant extends Error {
  override readonly name = "BrokenInvariant";
  constructor(invariant: keyof typeof invariants) {
    super(invariants[invariant]);
  }
}

const assert = (invariant: keyof typeof invariants, holds: boolean): void => {
  if (!holds) throw new BrokenInvariant(invariant);
};

/** @param now the object as it is right before the write; undefined if it is gone, and then nothing is written for it. */
export function assertWritable(
  step: Pick<LiveStep, "do">,
  facts: Pick<LiveFacts, "mode" | "adoption" | "isOurs" | "isDefault" | "observed">,
  spec: Pick<IscsiCredentialSpec, "suspend">,
  now: Pick<IscsiCredential, "meta"> | undefined,
): void {
  const { mode, adoption, isOurs, isDefault, observed } = facts;
  const isForeign = observed.state === "held" && !isOurs && !isDefault;
  assert("enforce", mode === "Enforce");
  assert("suspend", !spec.suspend);
  assert("adoption", step.do !== "change" || !isForeign || adoption.policy === "Adopt");
  assert("finalizer", now === undefined || now.meta.finalizers.includes(credentialFinalizer));
}

/** What a pass came to, held against what it was asked for. */
export function assertTruthful(
  { meta }: Pick<IscsiCredential, "meta">,
  { authenticationType, chap }: Pick<IscsiCredentialSpec, "authenticationType" | "chap">,
  outcome: Outcome,
): void {
  if (outcome.kind !== "held" || outcome.verdict.standing !== "ready") return;
  const { applied } = outcome.accepted;
  assert("generation", applied.generation === meta.generation && applied.uid === meta.uid);
  assert("type", applied.authenticationType === authenticationType);
  assert(
    "secrets",
    applied.inboundSecret?.name === chap?.inbound.secretRef.name &&
      applied.outboundSecret?.name === chap?.outbound?.secretRef.name,
  );
}
