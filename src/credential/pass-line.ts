import { readyOf } from "../api/verdict.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { LogFields } from "../std/log.ts";
import { unreachable } from "../std/unreachable.ts";
import { meaningOfFailure } from "./meaning.ts";
import type { Outcome } from "./outcome.ts";
import { connectionKeyOf } from "./references.ts";
import { verdictOn } from "./status.ts";

/** One line about one pass. Quiet ones, after which everything is as it was, are for debugging only. */
export interface PassLine {
  readonly level: "info" | "debug";
  readonly message: string;
  readonly fields: LogFields;
}

/** @param failures failed attempts in a row, this one included; 0 if the pass attempted nothing. */
export function passLine(credential: IscsiCredential, outcome: Outcome, failures: number, tookMs: number): PassLine {
  const { key, meta, spec, status } = credential;
  const about = {
    credential: key,
    connection: spec.ok ? connectionKeyOf(spec.value, meta.namespace) : undefined,
  };
  const took = { tookMs: Math.round(tookMs) };
  if (outcome.kind === "undisturbed") {
    return { level: "debug", message: "left as it is", fields: { ...about, step: "none", ...took } };
  }
  if (outcome.kind === "suspended") {
    return { level: "debug", message: "suspended", fields: { ...about, step: "none", ...took } };
  }
  if (outcome.kind === "released") {
    return { level: "info", message: "released", fields: { ...about, step: "release", ...took } };
  }
  const { standing, reason } = verdictOn(outcome);
  const before = readyOf(status?.conditions);
  const isNews = before.reason !== reason || (before.status === "True") !== (standing === "ready");
  const level = isNews ? "info" : "debug";
  switch (outcome.kind) {
    case "held": {
      const { wrote } = outcome;
      if (wrote === undefined) {
        const step = isNews ? "adopt" : "settle";
        return { level, message: "held", fields: { ...about, step, reason, ...took } };
      }
      const { verb, drift, because } = wrote;
      const step = verb === "POST" ? "create" : "change";
      const changed = because.map(({ field }) => field);
      return { level: "info", message: "written", fields: { ...about, step, verb, reason, changed, drift, ...took } };
    }
    case "planned": {
      const { operation: verb, changes } = outcome.plan;
      const changed = changes.map(({ field }) => field);
      return { level, message: "planned", fields: { ...about, step: "plan", verb, reason, changed, ...took } };
    }
    case "failed": {
      const { silent } = meaningOfFailure(outcome.failure);
      const verb = outcome.failure.kind === "array" ? outcome.failure.verb : undefined;
      const fields = { ...about, step: "refuse", verb, reason, standing, failures, ...took };
      return { level: !silent && (isNews || failures > 0) ? "info" : "debug", message: "not applied", fields };
    }
    default:
      return unreachable(outcome);
  }
}
