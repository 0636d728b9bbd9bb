import type { ArrayCredential, Authentication, CredentialChange, CredentialCreation } from "../array/credential.ts";
import type { Applied } from "./applied.ts";
import {
  addressDifferences,
  authenticationDifferences,
  initialAddresses,
  leavesNone,
  type DesiredAddresses,
  type Difference,
  type VisibleDesired,
} from "./differences.ts";
import type { CredentialFailure } from "./failure.ts";

/** What ONTAP holds for the initiator. Its passwords are write-only, so none is here to compare. */
export type Remote =
  | { readonly state: "not-looked" }
  | { readonly state: "absent" }
  | { readonly state: "held"; readonly credential: ArrayCredential };

/** What the spec and its Secrets ask for. */
export type Desired =
  /** Nothing is new since ONTAP accepted it, so the Secrets were not read: only their visible part is known. */
  | { readonly secrets: "unread"; readonly visible: VisibleDesired }
  /**
   * `writeReason` tells why a write is due although nothing visible may differ: `changed` when the values are not those that
   * ONTAP accepted, or nobody can know; `reassert` when they are written again on purpose; `none` otherwise.
   */
  | {
      readonly secrets: "read";
      readonly visible: VisibleDesired;
      readonly authentication: Authentication;
      readonly writeReason: SecretWriteReason;
    };

export type SecretWriteReason = "changed" | "reassert" | "none";

/** Everything one decision about a live object rests on, read once. */
export interface LiveFacts {
  /** Our finalizer is on the object: ONTAP may hold something of ours. */
  readonly hasFinalizer: boolean;
  /** What ONTAP last accepted from this object, if anything. */
  readonly applied: Pick<Applied, "outboundUser"> | undefined;
  readonly mode: "Enforce" | "Plan";
  readonly adoptionPolicy: "Adopt" | "Refuse";
  readonly isDefault: boolean;
  readonly remote: Remote;
  readonly desired: Desired;
}

/** The one thing to do next. A pass makes at most one write to the array. */
export type LiveStep =
  | { readonly do: "settle" }
  /** ONTAP already holds what is asked for: take it over without a write. */
  | { readonly do: "adopt" }
  | { readonly do: "create"; readonly creation: CredentialCreation; readonly because: readonly Difference[] }
  | { readonly do: "change"; readonly change: CredentialChange; readonly because: readonly Difference[] }
  | { readonly do: "plan"; readonly operation: "POST" | "PATCH" | "Adopt"; readonly because: readonly Difference[] }
  | { readonly do: "refuse"; readonly failure: CredentialFailure };

export function decide({
  hasFinalizer,
  applied,
  mode,
  adoptionPolicy,
  isDefault,
  remote,
  desired,
}: LiveFacts): LiveStep {
  // ONTAP makes `default` itself, so it was always there first; whoever names it means to take it over.
  const foreign = remote.state === "held" && !hasFinalizer && applied === undefined && !isDefault;
  if (foreign && adoptionPolicy === "Refuse") return { do: "refuse", failure: { kind: "already-exists" } };
  const step = stepTowards(desired, remote, hasFinalizer, applied);
  return mode === "Plan" ? planOf(step) : step;
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
  | { readonly do: "remove" }
  /** Set to deny on the array, then release. */
  | { readonly do: "close" }
  | { readonly do: "refuse"; readonly failure: CredentialFailure };

export function decideFinalize({ hasFinalizer, suspended, dryRun, end }: FinalizeFacts): FinalizeStep {
  if (!hasFinalizer) return { do: "nothing" };
  if (end === "leave") return { do: "release" };
  if (suspended) return { do: "refuse", failure: { kind: "suspended-deletion" } };
  if (dryRun) return { do: "refuse", failure: { kind: "dry-run-deletion" } };
  return { do: end === "deny" ? "close" : "remove" };
}

function stepTowards(desired: Desired, remote: Remote, hasFinalizer: boolean, applied: LiveFacts["applied"]): LiveStep {
  if (remote.state === "absent") return creationOf(desired);
  const held = remote.state === "held" ? remote.credential : undefined;
  const authentication = [
    ...(held === undefined ? [] : authenticationDifferences(desired.visible, held)),
    ...secretDifferences(desired),
  ];
  const addresses = held === undefined ? [] : addressDifferences(desired.visible.addresses, held.addresses);
  if (held !== undefined && addresses.length > 0 && leavesNone(desired.visible.addresses, held.addresses)) {
    return { do: "refuse", failure: { kind: "last-addresses" } };
  }
  const because = [...authentication, ...addresses];
  if (because.length === 0) return hasFinalizer ? { do: "settle" } : { do: "adopt" };
  return {
    do: "change",
    because,
    change: {
      authentication: authentication.length > 0 ? authenticationOf(desired) : undefined,
      addresses: addresses.length > 0 ? addressChangeOf(desired.visible.addresses) : undefined,
      // Releases differ in whether they let an outbound pair be cleared that is not there.
      holdsOutbound: (held ?? applied)?.outboundUser !== undefined,
    },
  };
}

function secretDifferences(desired: Desired): readonly Difference[] {
  if (desired.secrets === "unread" || desired.writeReason === "none" || desired.authentication.type !== "chap")
    return [];
  const outbound = desired.authentication.outbound === undefined ? [] : [{ field: "chap.outbound.password" }];
  return [{ field: "chap.inbound.password" }, ...outbound];
}

function creationOf(desired: Desired): LiveStep {
  const { authenticationType, addresses } = desired.visible;
  return {
    do: "create",
    because: [{ field: "initiator", wanted: authenticationType }],
    creation: { authentication: authenticationOf(desired), addresses: initialAddresses(addresses) },
  };
}

function authenticationOf(desired: Desired): Authentication {
  if (desired.secrets === "read") return desired.authentication;
  const { authenticationType } = desired.visible;
  // `gather` reads the Secrets whenever something visible differs; to get here without them is a bug of ours.
  if (authenticationType === "chap") throw new Error("a CHAP write was decided without its secrets");
  return { type: authenticationType };
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
