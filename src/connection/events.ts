import { isDeepStrictEqual } from "node:util";
import type { ObjectEvent } from "../api/ports.ts";
import type { ReadyVerdict } from "../api/verdict.ts";
import type { ReportedOutcome } from "./outcome.ts";
import { verdictOn } from "./status.ts";

/** How Ready stands after a pass. */
export function readyAfter(outcome: ReportedOutcome): ReadyVerdict {
  const { standing, reason } = verdictOn(outcome);
  return { status: standing === "ready" ? "True" : "False", reason };
}

/** One Event for each change of the verdict, so that an outage and its end leave a trace where a person looks first. */
export function eventsOf(outcome: ReportedOutcome, last: ReadyVerdict): readonly ObjectEvent[] {
  if (isDeepStrictEqual(last, readyAfter(outcome))) return [];
  const { reason, message } = verdictOn(outcome);
  const action = outcome.step === "open" || outcome.step === "probe" ? "Probe" : "Reconcile";
  return [{ type: outcome.kind === "failed" ? "Warning" : "Normal", reason, action, note: message }];
}
