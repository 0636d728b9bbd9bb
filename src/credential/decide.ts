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

/** What ONTAP holds for the initiator. Its passwords are write-only, so none is here to compare. */
export type Remote =
  | { readonly state: "not-looked" }
  | { readonly state: "absent" }
  | { readonly state: "held"; readonly credential: ArrayCredential };

/** What the spec and its Secrets ask for. */
export type Wish =
  /** Nothing is new since ONTAP accepted it, so the Secrets were not read: only their visible part is known. */
  | { readonly secrets: "unread"; readonly visible: DesiredFields }
  /**
   * `news` tells why a write is due although nothing visible may differ: `changed` when the values are not those that
   * ONTAP accepted, or nobody can know; `reassert` when they are written again on purpose; `none` otherwise.
   */
  | {
      readonly secrets: "read";
      readonly visible: DesiredFields;
      readonly authentication: Authentication;
      readonly news: News;
    };

export type News = "changed" | "reassert" | "none";

/** Everything one decision about a live object rests on, read once. */
export interface LiveFacts {
  /** Our finalizer is on the object: ONTAP may hold something of ours. */
  readonly claimed: boolean;
  /** What ONTAP last accepted from this object, if anything. */
  readonly applied: Pick<Applied, "outboundUser"> | undefined;
  readonly mode: "Enforce" | "Plan";
  readonly adoptionPolicy: "Adopt" | "Refuse";
  readonly isDefault: boolean;
  readonly remote: Remote;
  readonly wish: Wish;
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

export function decide({ claimed, applied, mode, adoptionPolicy, isDefault, remote, wish }: LiveFacts): LiveStep {
  // ONTAP makes `default` itself, so it was always there first; whoever names it means to take it over.
  const foreign = remote.state === "held" && !claimed && applied === undefined && !isDefault;
  if (foreign && adoptionPolicy === "Refuse") return { do: "refuse", failure: { kind: "already-exists" } };
  const step = stepTowards(wish, remote, claimed, applied);
  return mode === "Plan" ? planOf(step) : step;
}

/** What is known of an object that is being deleted. */
export interface EndFacts {
  readonly claimed: boolean;
  readonly suspended: boolean;
  readonly dryRun: boolean;
  /** What becomes of ONTAP's credential; `leave` also in mode Plan, which never writes. */
  readonly end: "delete" | "deny" | "leave";
}

export type EndStep =
  | { readonly do: "nothing" }
  | { readonly do: "release" }
  /** Delete on the array, then release. */
  | { readonly do: "remove" }
  /** Set to deny on the array, then release. */
  | { readonly do: "close" }
  | { readonly do: "refuse"; readonly failure: CredentialFailure };

export function decideEnd({ claimed, suspended, dryRun, end }: EndFacts): EndStep {
  if (!claimed) return { do: "nothing" };
  if (end === "leave") return { do: "release" };
  if (suspended) return { do: "refuse", failure: { kind: "suspended-deletion" } };
  if (dryRun) return { do: "refuse", failure: { kind: "dry-run-deletion" } };
  return { do: end === "deny" ? "close" : "remove" };
}

function stepTowards(wish: Wish, remote: Remote, claimed: boolean, applied: LiveFacts["applied"]): LiveStep {
  if (remote.state === "absent") return creationOf(wish);
  const held = remote.state === "held" ? remote.credential : undefined;
  const authentication = [
    ...(held === undefined ? [] : differencesIn("authentication", wish.visible, held)),
    ...secretDifferences(wish),
  ];
  const addresses = held === undefined ? [] : differencesIn("addresses", wish.visible, held);
  if (held !== undefined && addresses.length > 0 && leavesNone(wish.visible.addresses, held.addresses)) {
    return { do: "refuse", failure: { kind: "last-addresses" } };
  }
  const because = [...authentication, ...addresses];
  if (because.length === 0) return claimed ? { do: "settle" } : { do: "adopt" };
  return {
    do: "change",
    because,
    change: {
      authentication: authentication.length > 0 ? authenticationOf(wish) : undefined,
      addresses: addresses.length > 0 ? addressChangeOf(wish.visible.addresses) : undefined,
      // Releases differ in whether they let an outbound pair be cleared that is not there.
      holdsOutbound: (held ?? applied)?.outboundUser !== undefined,
    },
  };
}

function secretDifferences(wish: Wish): readonly Difference[] {
  if (wish.secrets === "unread" || wish.news === "none" || wish.authentication.type !== "chap") return [];
  const outbound = wish.authentication.outbound === undefined ? [] : [{ field: "chap.outbound.password" }];
  return [{ field: "chap.inbound.password" }, ...outbound];
}

function creationOf(wish: Wish): LiveStep {
  const { authenticationType, addresses } = wish.visible;
  return {
    do: "create",
    because: [{ field: "initiator", wanted: authenticationType }],
    creation: { authentication: authenticationOf(wish), addresses: initialAddresses(addresses) },
  };
}

function authenticationOf(wish: Wish): Authentication {
  if (wish.secrets === "read") return wish.authentication;
  const { authenticationType } = wish.visible;
  // `gather` reads the Secrets whenever something visible differs; to get here without them is a bug of ours.
  if (authenticationType === "chap") throw new Error("a CHAP write was decided without its secrets");
  return { type: authenticationType };
}

function addressChangeOf(wish: DesiredAddresses | undefined): CredentialChange["addresses"] {
  return wish === undefined ? undefined : { merge: wish.merge, ...wish.declared };
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
