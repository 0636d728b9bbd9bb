import type { ObjectKey } from "../api/key.ts";
import { unreachable } from "../std/unreachable.ts";
import type { ConnectionFailure, LoginWithheld } from "./failure.ts";
import type { Session } from "./session.ts";

/** How far what the spec refers to can serve. */
export type AccessFact =
  /** Nothing needs the array any more, so nothing was read. */
  | { readonly state: "unread" }
  /** The spec is invalid, or what it refers to is missing or cannot serve. */
  | { readonly state: "unusable"; readonly failure: ConnectionFailure }
  /** The array refused this login, and the time of another attempt has not come. */
  | { readonly state: "withheld"; readonly failure: LoginWithheld }
  /** The array has to be opened with it first. */
  | { readonly state: "new" }
  /** The array is open with just this. */
  | { readonly state: "opened" };

/** Everything one decision about a connection rests on. */
export interface ConnectionFacts {
  /** Finalizers are not put on. */
  readonly dryRun: boolean;
  readonly deleting: boolean;
  readonly hasFinalizer: boolean;
  /** The credentials that refer to it. */
  readonly users: readonly ObjectKey[];
  /** Those that a connection being deleted has to outlive, since their own deletion asks the array. */
  readonly holders: readonly ObjectKey[];
  readonly access: AccessFact;
  readonly session: Session["state"];
  readonly probeDue: boolean;
}

export type ConnectionStep =
  /** Everything is as it was. */
  | { readonly do: "nothing" }
  /** The object goes, and there is nothing of ours on it. */
  | { readonly do: "leave" }
  /** Put our finalizer on: credentials need the connection until they are gone. */
  | { readonly do: "add-finalizer" }
  | { readonly do: "release" }
  | { readonly do: "refuse"; readonly failure: ConnectionFailure }
  | { readonly do: "withhold-login"; readonly failure: LoginWithheld }
  /** Open the array with what the spec refers to, then ask it. */
  | { readonly do: "open" }
  | { readonly do: "probe" };

/** A deleted connection goes on working until no credential is left whose deletion needs it. */
export function decideConnection(facts: ConnectionFacts): ConnectionStep {
  const { dryRun, deleting, hasFinalizer, users, holders, access } = facts;
  if (deleting && holders.length === 0) return { do: hasFinalizer ? "release" : "leave" };
  // The API server may refuse every write of an object that breaks its rules, but not of its status.
  const invalid = access.state === "unusable" && access.failure.kind === "spec-invalid";
  if (!dryRun && !deleting && !invalid && users.length > 0 && !hasFinalizer) return { do: "add-finalizer" };
  switch (access.state) {
    case "unusable":
      return { do: "refuse", failure: access.failure };
    case "withheld":
      return { do: "withhold-login", failure: access.failure };
    case "new":
      return { do: "open" };
    case "opened":
      return { do: facts.probeDue || facts.session === "unknown" ? "probe" : "nothing" };
    case "unread":
      return { do: "nothing" };
    default:
      return unreachable(access);
  }
}
