import { readyOf } from "../api/verdict.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { LogFields } from "../std/log.ts";
import { unreachable } from "../std/unreachable.ts";
import { arrayFailureIn, verdictOf, type Outcome, type ReportedOutcome } from "./outcome.ts";
import { connectionKeyOf } from "./references.ts";

/** One line about one pass. Quiet ones, after which everything is as it was, are for debugging only. */
export interface PassLine {
  readonly level: "info" | "debug";
  readonly message: string;
  readonly fields: LogFields;
}

/** @param failures failed attempts in a row, this one included; 0 if the pass attempted nothing. */
export function passLine(credential: IscsiCredential, outcome: Outcome, failures: number, tookMs: number): PassLine {
  const { key, meta, spec } = credential;
  const about = {
    credential: key,
    connection: spec.ok ? connectionKeyOf(spec.value, meta.namespace) : undefined,
  };
  const took = { tookMs: Math.round(tookMs) };
  switch (outcome.kind) {
    case "nothing-to-do":
    case "waits":
    case "suspended":
      return { level: "debug", message: outcome.kind, fields: { ...about, step: "none", ...took } };
    case "not-compared": {
      const { reason } = outcome.failure.meaning;
      return { level: "debug", message: outcome.kind, fields: { ...about, step: "read-array", reason, ...took } };
    }
    case "released":
      return { level: "info", message: "released", fields: { ...about, step: "release", ...took } };
    default: {
      const isChanged = verdictChanged(credential, outcome);
      const { message, fields, loud } = wordsOf(outcome, failures);
      const { step } = outcome;
      const { reason } = verdictOf(outcome);
      return {
        level: loud === "always" || (loud === "if-changed" && (isChanged || failures > 0)) ? "info" : "debug",
        message,
        fields: { ...about, step, reason, ...fields, ...took },
      };
    }
  }
}

function wordsOf(
  outcome: ReportedOutcome,
  failures: number,
): { readonly message: string; readonly fields: LogFields; readonly loud: "always" | "if-changed" | "never" } {
  switch (outcome.kind) {
    case "held": {
      const { wrote } = outcome;
      if (wrote === undefined) return { message: "held", fields: {}, loud: "if-changed" };
      const changed = wrote.because.map(({ field }) => field);
      return {
        message: "written",
        fields: { verb: wrote.verb, changed, drift: outcome.drift !== undefined },
        loud: "always",
      };
    }
    case "planned": {
      const { operation: verb, changes } = outcome.plan;
      const changed = changes.map(({ field }) => field);
      return { message: "planned", fields: { verb, changed }, loud: "if-changed" };
    }
    case "failed": {
      const { failure, meaning } = outcome;
      const verb = arrayFailureIn(failure)?.verb;
      const fields = { verb, standing: meaning.verdict.standing, failures };
      return { message: "not applied", fields, loud: meaning.silent ? "never" : "if-changed" };
    }
    default:
      return unreachable(outcome);
  }
}

function verdictChanged({ status }: IscsiCredential, outcome: ReportedOutcome): boolean {
  const { standing, reason } = verdictOf(outcome);
  const before = readyOf(status?.conditions);
  return before.reason !== reason || (before.status === "True") !== (standing === "ready");
}
