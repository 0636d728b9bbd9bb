import type { ReadyVerdict } from "../api/verdict.ts";
import type { ReportedOutcome } from "./outcome.ts";
import { verdictOn } from "./status.ts";

/** How Ready stands after a pass. */
export function readyAfter(outcome: ReportedOutcome): ReadyVerdict {
  const { standing, reason } = verdictOn(outcome);
  return { status: standing === "ready" ? "True" : "False", reason };
}
