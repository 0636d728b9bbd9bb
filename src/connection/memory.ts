import type { OntapConnection } from "../api/parse.ts";
import { readyOf, type ReadyVerdict } from "../api/verdict.ts";
import type { Access } from "./access.ts";
import { readyAfter } from "./events.ts";
import { refusalIn, type LoginRefusal } from "./login-refusal.ts";
import type { Schedule } from "./next.ts";
import type { Opened } from "./opened.ts";
import type { ConnectionOutcome } from "./outcome.ts";
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
  /** The refusal of the login that stands. */
  readonly refused: LoginRefusal | undefined;
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
    refused: refusalIn(connection),
    svmHistory: historyIn(connection.status),
    lastReportedVerdict: { status, reason },
  };
}

/** What a pass learns while it gathers. */
export interface Learned {
  /** What the array is opened with; undefined if that was not read or cannot serve. */
  readonly access: Access | undefined;
  /** The refusal of the login that stands; a Secret that was made again with the same login has not got rid of it. */
  readonly refused: LoginRefusal | undefined;
}

/**
 * What is remembered after a pass: a failed attempt counts once, a refused login is forgotten when the array accepts one,
 * and a pass that asked nothing leaves the next probe where it was.
 * @param schedule when the array is asked again, if this pass has asked it or could not.
 */
export function memoryAfter(memory: Memory, outcome: ConnectionOutcome, learned: Learned, schedule: Schedule): Memory {
  const { access = memory.access, refused } = learned;
  const known = { ...memory, access, refused };
  if (outcome.kind === "unchanged" || outcome.kind === "finalizers") return known;
  const told = { ...known, lastReportedVerdict: readyAfter(outcome) };
  if (outcome.step === "nothing") return told;
  const { opened } = outcome;
  if (outcome.kind !== "failed") {
    const { svmHistory } = outcome.seen;
    return { ...told, opened, schedule, svmHistory, failures: 0, refused: undefined };
  }
  const failures = outcome.step === "withhold-login" ? memory.failures : memory.failures + 1;
  return { ...told, opened, schedule, failures, refused: outcome.refusal ?? refused };
}
