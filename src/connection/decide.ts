import type { ObjectKey } from "../api/key.ts";
import type { ConnectionFailure } from "./failure.ts";

/** Everything one decision about a connection rests on. */
export type ConnectionFacts =
  | {
      readonly phase: "live";
      readonly claimed: boolean;
      readonly users: readonly ObjectKey[];
      /** How what the spec refers to compares with what the array was opened with. */
      readonly inputs: "opened" | "changed";
      readonly session: "unknown" | "open" | "down";
      readonly probeDue: boolean;
      /** This version of the login was refused before and its time has not come. */
      readonly parked: Extract<ConnectionFailure, { kind: "login-parked" }> | undefined;
    }
  | { readonly phase: "deleting"; readonly claimed: boolean; readonly users: readonly ObjectKey[] };

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

export function decideConnection(facts: ConnectionFacts): ConnectionStep {
  if (facts.phase === "deleting") {
    if (!facts.claimed) return { do: "nothing" };
    return facts.users.length > 0 ? { do: "hold", users: facts.users } : { do: "release" };
  }
  if (facts.users.length > 0 && !facts.claimed) return { do: "claim" };
  if (facts.parked !== undefined) return { do: "park", failure: facts.parked };
  if (facts.inputs === "changed") return { do: "open" };
  return facts.probeDue || facts.session === "unknown" ? { do: "probe" } : { do: "nothing" };
}
