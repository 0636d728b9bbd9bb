import type { OntapConnection } from "../api/parse.ts";
import { readyOf, type ReadyVerdict } from "../api/verdict.ts";
import type { Access } from "./access.ts";
import { readyAfter } from "./events.ts";
import type { Schedule } from "./next.ts";
import type { Opened } from "./opened.ts";
import { isReported, type ConnectionOutcome } from "./outcome.ts";
import { historyIn, type SvmHistory } from "./svm-history.ts";

/**
 * What this process remembers of one connection between passes. It wins over the object's status, which may be written
 * late, or never; it is safe to lose, at the price of one attempt to log in. It changes once, at the end of a pass.
 */
export interface Memory {
  /** Another uid under the same key is another object. */
  readonly uid: string;
  /** What the spec refers to, as it was last read. */
  readonly access: Access | undefined;
  readonly opened: Opened | undefined;
  /** When the array is asked again. */
  readonly schedule: Schedule;
  /** Failed attempts in a row. */
  readonly failures: number;
  /** The request annotation that has had its attempt. */
  readonly attemptedRequest: string | undefined;
  /** Which SVMs were seen, and which are not any more. */
  readonly svmHistory: SvmHistory;
  /** The verdict that was last told, by this process or, in the status, by an earlier one. */
  readonly lastReportedVerdict: ReadyVerdict;
}

export function firstMemory(connection: OntapConnection): Memory {
  const { status, reason } = readyOf(connection.status?.conditions);
  return {
    uid: connection.meta.uid,
    access: undefined,
    opened: undefined,
    schedule: { dueMs: 0, announcedMs: undefined },
    failures: 0,
    attemptedRequest: connection.status?.lastHandledReconcileAt,
    svmHistory: historyIn(connection.status),
    lastReportedVerdict: { status, reason },
  };
}

/** What a pass learns while it gathers. */
export interface Learned {
  /** What the array is opened with; undefined if that was not read or cannot serve. */
  readonly access: Access | undefined;
  /** The value of the request annotation, if it has not been acted upon. */
  readonly request: string | undefined;
}

/**
 * What is remembered after a pass: a failed attempt counts once, a request has had its attempt when the array was asked, and
 * a pass that asked nothing leaves the next probe where it was.
 * @param schedule when the array is asked again, if this pass has asked it or could not.
 */
export function memoryAfter(memory: Memory, outcome: ConnectionOutcome, learned: Learned, schedule: Schedule): Memory {
  const { access = memory.access } = learned;
  const known = { ...memory, access };
  if (!isReported(outcome)) return known;
  const told = { ...known, lastReportedVerdict: readyAfter(outcome) };
  if (outcome.step === "nothing") return told;
  const asked = outcome.step === "open" || outcome.step === "probe";
  const attemptedRequest = asked ? (learned.request ?? memory.attemptedRequest) : memory.attemptedRequest;
  const acted = { ...told, opened: outcome.opened, schedule, attemptedRequest };
  if (outcome.kind !== "failed") return { ...acted, svmHistory: outcome.seen.svmHistory, failures: 0 };
  return { ...acted, failures: outcome.step === "withhold-login" ? memory.failures : memory.failures + 1 };
}
