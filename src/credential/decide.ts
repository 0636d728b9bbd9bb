import type { DesiredAddresses } from "../array/address-set.ts";
import type {
  ArrayCredential,
  Authentication,
  CredentialChange,
  CredentialCreation,
  DesiredFields,
} from "../array/credential.ts";
import type { Applied } from "./applied.ts";
import { differencesIn, initialAddresses, leavesNone, type Difference } from "./differences.ts";
import type { CredentialFailure } from "./failure.ts";

/** What ONTAP shows for the initiator. Its passwords are write-only, so none is here to compare. */
export type Observed =
  /** Not read since the present occasion began. `remembered` is what an older read showed: a hint, never a proof. */
  | { readonly state: "unread"; readonly remembered: "absent" | "held" | "unknown" }
  | { readonly state: "absent" }
  | { readonly state: "held"; readonly credential: ArrayCredential };

/** What the spec and its Secrets ask for. */
export type Desired =
  /** The Secrets were not read in this pass: of a chap authentication only the user names that ONTAP accepted are known. */
  | { readonly secrets: "unread"; readonly visible: DesiredFields }
  | {
      readonly secrets: "read";
      readonly visible: DesiredFields;
      readonly authentication: Authentication;
      readonly writeReason: SecretWriteReason;
    };

/**
 * Why the secrets are written although nothing visible may differ: the values are not those that ONTAP accepted, nothing
 * tells whether they are, or they are written again on purpose.
 */
export type SecretWriteReason = "changed" | "unknown" | "reassert" | "none";

/** What this pass has to look up, as far as Kubernetes and memory can tell. */
export interface Needs {
  /** Nothing was accepted from this object yet, or its spec, a Secret or a request of a person is newer than that. */
  readonly work: boolean;
  /** The values of the Secrets. */
  readonly secrets: boolean;
  /** A read of the array that was requested after the present occasion began. */
  readonly array: boolean;
  /** The secrets are written again although nothing differs: it is time, or a person asked for it. */
  readonly reassert: boolean;
}

/** Everything one decision about a live object rests on. */
export interface LiveFacts {
  readonly needs: Needs;
  /** Our finalizer is on the object. It proves nothing: any user can put it there. */
  readonly hasFinalizer: boolean;
  /** What ONTAP last accepted from this object: the evidence that what it holds is ours. */
  readonly applied: Pick<Applied, "outboundUser"> | undefined;
  readonly mode: "Enforce" | "Plan";
  readonly adoptionPolicy: "Adopt" | "Refuse";
  readonly isDefault: boolean;
  readonly observed: Observed;
  readonly desired: Desired;
}

/** The one thing to do next. A pass makes at most one write to the array. */
export type LiveStep =
  /** The decision lacks something: look it up, then decide again. */
  | { readonly do: "read-secrets" }
  | { readonly do: "read-array" }
  | { readonly do: "settle" }
  /** ONTAP already holds what is asked for: take it over without a write. */
  | { readonly do: "adopt" }
  | { readonly do: "create"; readonly creation: CredentialCreation; readonly because: readonly Difference[] }
  | { readonly do: "change"; readonly change: CredentialChange; readonly because: readonly Difference[] }
  | { readonly do: "plan"; readonly operation: "POST" | "PATCH" | "Adopt"; readonly because: readonly Difference[] }
  | { readonly do: "refuse"; readonly failure: CredentialFailure };

export function decide(facts: LiveFacts): LiveStep {
  const { needs, applied, mode, adoptionPolicy, isDefault, observed, desired } = facts;
  if (needs.secrets && desired.secrets === "unread") return { do: "read-secrets" };
  if (observed.state === "unread" && (needs.array || wantsProof(facts, observed))) return { do: "read-array" };
  // ONTAP makes `default` itself, so it was always there first; a user who names it means to take it over.
  const foreign = observed.state === "held" && applied === undefined && !isDefault;
  if (foreign && adoptionPolicy === "Refuse") return { do: "refuse", failure: { kind: "already-exists" } };
  const step = stepTowards(facts);
  return mode === "Plan" ? planOf(step) : step;
}

/**
 * Whether an object that has nothing on the array yet must see it first. To create needs no proof of absence, since ONTAP
 * refuses to create what is there; to take over without a write, and to show a plan, do.
 */
function wantsProof({ applied, mode, isDefault }: LiveFacts, { remembered }: { readonly remembered: string }): boolean {
  return applied === undefined && (mode === "Plan" || isDefault || remembered !== "absent");
}

function stepTowards(facts: LiveFacts): LiveStep {
  const { applied, observed, desired } = facts;
  const { visible } = desired;
  const nothingThere = observed.state === "absent" || (observed.state === "unread" && applied === undefined);
  if (nothingThere) return creationOf(desired);
  const held = observed.state === "held" ? observed.credential : undefined;
  const authentication = [
    ...(held === undefined ? [] : differencesIn("authentication", visible, held)),
    ...secretDifferences(desired),
  ];
  const addresses = held === undefined ? [] : differencesIn("addresses", visible, held);
  if (held !== undefined && addresses.length > 0 && leavesNone(visible.addresses, held.addresses)) {
    return { do: "refuse", failure: { kind: "last-addresses" } };
  }
  const because = [...authentication, ...addresses];
  if (because.length === 0) return { do: applied === undefined ? "adopt" : "settle" };
  const carried = authentication.length === 0 ? undefined : authenticationOf(desired);
  if (carried === "unread") return { do: "read-secrets" };
  return {
    do: "change",
    because,
    change: {
      authentication: carried,
      addresses: addresses.length > 0 ? addressChangeOf(visible.addresses) : undefined,
      // Releases differ in whether they let an outbound pair be cleared that is not there.
      holdsOutbound: (held ?? applied)?.outboundUser !== undefined,
    },
  };
}

function secretDifferences(desired: Desired): readonly Difference[] {
  if (desired.secrets === "unread" || desired.writeReason === "none" || desired.authentication.type !== "chap") {
    return [];
  }
  const outbound = desired.authentication.outbound === undefined ? [] : [{ field: "chap.outbound.password" }];
  return [{ field: "chap.inbound.password" }, ...outbound];
}

function creationOf(desired: Desired): LiveStep {
  const { authenticationType, addresses } = desired.visible;
  const authentication = authenticationOf(desired);
  if (authentication === "unread") return { do: "read-secrets" };
  return {
    do: "create",
    because: [{ field: "initiator", wanted: authenticationType }],
    creation: { authentication, addresses: initialAddresses(addresses) },
  };
}

/** What a write carries; `unread` while that takes the values of the Secrets. */
function authenticationOf(desired: Desired): Authentication | "unread" {
  if (desired.secrets === "read") return desired.authentication;
  const { authenticationType } = desired.visible;
  return authenticationType === "chap" ? "unread" : { type: authenticationType };
}

function addressChangeOf(desired: DesiredAddresses | undefined): CredentialChange["addresses"] {
  return desired === undefined ? undefined : { merge: desired.merge, ...desired.declared };
}

function planOf(step: LiveStep): LiveStep {
  switch (step.do) {
    case "create":
      return { do: "plan", operation: "POST", because: step.because };
    case "change":
      return { do: "plan", operation: "PATCH", because: step.because };
    case "adopt":
      return { do: "plan", operation: "Adopt", because: [] };
    default:
      return step;
  }
}

/** What is known of an object that is being deleted. */
export interface FinalizeFacts {
  readonly hasFinalizer: boolean;
  readonly suspended: boolean;
  readonly dryRun: boolean;
  /** What becomes of ONTAP's credential; `leave` also in mode Plan, which never writes. */
  readonly end: "delete" | "deny" | "leave";
}

export type FinalizeStep =
  | { readonly do: "nothing" }
  | { readonly do: "release" }
  /** Delete on the array, then release. */
  | { readonly do: "delete" }
  /** Set to deny on the array, then release. */
  | { readonly do: "deny" }
  | { readonly do: "refuse"; readonly failure: CredentialFailure };

export function decideFinalize({ hasFinalizer, suspended, dryRun, end }: FinalizeFacts): FinalizeStep {
  if (!hasFinalizer) return { do: "nothing" };
  if (end === "leave") return { do: "release" };
  if (suspended) return { do: "refuse", failure: { kind: "suspended-deletion" } };
  if (dryRun) return { do: "refuse", failure: { kind: "dry-run-deletion" } };
  return { do: end };
}
