import type { ObjectKey } from "../api/key.ts";
import type { ConnectionFailure } from "./failure.ts";

/** Everything one decision about a connection rests on. */
export interface ConnectionFacts {
  /** Finalizers are not put on. */
  readonly dryRun: boolean;
  readonly deleting: boolean;
  readonly claimed: boolean;
  /** The credentials that refer to it. */
  readonly users: readonly ObjectKey[];
  /** How what the spec refers to compares with what the array was opened with. */
  readonly inputs: "opened" | "changed";
  readonly session: "unknown" | "open" | "down";
  readonly probeDue: boolean;
  /** This version of the login was refused before and its time has not come. */
  readonly parked: Extract<ConnectionFailure, { kind: "login-parked" }> | undefined;
}

export type ConnectionStep =
  | { readonly do: "nothing" }
  /** Put our finalizer on: credentials need the connection until they are gone. */
  | { readonly do: "claim" }
  | { readonly do: "release" }
  | { readonly do: "hold"; readonly users: readonly ObjectKey[] }
  | { readonly do: "park"; readonly failure: Extract<ConnectionFailure, { kind: "login-parked" }> }
  /** Open the array anew from what the spec refers to, then ask it. */
  | { readonly do: "open" }
  | { readonly do: "probe" };

/** A deleted connection goes on working until its last credential is gone: their deletion needs it. */
export function decideConnection(facts: ConnectionFacts): ConnectionStep {
  const { deleting, claimed, users, parked } = facts;
  if (deleting && users.length === 0) return { do: claimed ? "release" : "nothing" };
  if (!facts.dryRun && !deleting && users.length > 0 && !claimed) return { do: "claim" };
  if (parked !== undefined) return { do: "park", failure: parked };
  if (facts.inputs === "changed") return { do: "open" };
  if (facts.probeDue || facts.session === "unknown") return { do: "probe" };
  return deleting ? { do: "hold", users } : { do: "nothing" };
}
