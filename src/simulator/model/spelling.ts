import { unreachable } from "../../std/unreachable.ts";
import { defaultInitiator, type Credential } from "./cluster.ts";
import type { Dialect } from "./dialect.ts";

/** The name of a credential as answers spell it. */
export function spelledInitiator({ initiator, written }: Credential, { initiatorSpelling }: Dialect): string {
  if (initiator === defaultInitiator) return initiator;
  switch (initiatorSpelling) {
    case "folded":
      return initiator;
    case "as-written":
      return written;
    case "upper":
      return initiator.toUpperCase();
    default:
      return unreachable(initiatorSpelling);
  }
}

/** Whether a path that spells the initiator like this means this credential. */
export function isNamed(credential: Credential, initiator: string, dialect: Dialect): boolean {
  return dialect.initiatorsCompared === "without-case" || spelledInitiator(credential, dialect) === initiator;
}
