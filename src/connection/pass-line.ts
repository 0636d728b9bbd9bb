import type { OntapConnection } from "../api/parse.ts";
import type { LogFields } from "../std/log.ts";
import type { ReadyVerdict } from "../api/verdict.ts";
import { readyAfter } from "./events.ts";
import type { ConnectionOutcome } from "./outcome.ts";
import { verdictOn } from "./status.ts";

/** One line about one pass. Quiet ones, after which everything is as it was, are for debugging only. */
export interface PassLine {
  readonly level: "info" | "warn" | "debug";
  readonly message: string;
  readonly fields: LogFields;
}

/**
 * @param last the verdict that was told before this pass.
 * @param failures failed attempts in a row, this one included.
 */
export function passLine(
  { key }: OntapConnection,
  outcome: ConnectionOutcome,
  last: ReadyVerdict,
  failures: number,
): PassLine {
  const { step } = outcome;
  const about = { connection: key, step };
  if (outcome.kind === "unchanged") return { level: "debug", message: messages[step], fields: about };
  if (outcome.kind === "overtaken") return { level: "debug", message: "probe cut short by a change", fields: about };
  if (outcome.kind === "finalizers") {
    const { written } = outcome;
    return written.ok
      ? { level: "debug", message: messages[step], fields: about }
      : { level: "debug", message: "finalizers not written", fields: { ...about, because: written.error.message } };
  }
  const { reason, message: because } = verdictOn(outcome);
  const { status: ready } = readyAfter(outcome);
  const verdictChanged = reason !== last.reason || ready !== last.status;
  const level = !verdictChanged ? "debug" : outcome.kind === "failed" ? "warn" : "info";
  return { level, message: messages[step], fields: { ...about, ready, reason, because, failures } };
}

const messages: Readonly<Record<ConnectionOutcome["step"], string>> = {
  nothing: "connection as before",
  leave: "connection left as it is",
  "add-finalizer": "connection protected by a finalizer",
  release: "connection released",
  refuse: "connection cannot be used",
  "withhold-login": "login withheld",
  open: "connection probed",
  probe: "connection probed",
};
