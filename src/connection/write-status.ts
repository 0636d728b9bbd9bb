import { isDeepStrictEqual } from "node:util";
import type { KubeAnswer } from "../api/failure.ts";
import type { ParsedObject } from "../api/parse.ts";
import type { Log, LogFields } from "../std/log.ts";

export interface StatusWriter<Spec, Status> {
  setStatus(object: ParsedObject<Spec, Status>, status: Status, signal: AbortSignal): KubeAnswer<void>;
}

export interface StatusWriteDeps<Spec, Status> {
  readonly writer: StatusWriter<Spec, Status>;
  readonly log: Log;
  /** Which object it is, for the log. */
  readonly about: LogFields;
}

/** Writes the status of an object of either kind, if it is another one. False: it could not be written, and is to be tried again. */
export async function writeStatus<Spec, Status>(
  object: ParsedObject<Spec, Status>,
  status: Status,
  { writer, log, about }: StatusWriteDeps<Spec, Status>,
  signal: AbortSignal,
): Promise<boolean> {
  if (isDeepStrictEqual(status, object.status)) return true;
  const written = await writer.setStatus(object, status, signal);
  if (written.ok || written.error.problem === "not-found") return true;
  if (written.error.problem !== "invalid") return false;
  // It breaks a rule that cannot even be evaluated on it: a repetition changes nothing.
  log.warn({ ...about, message: written.error.message }, "the API server refuses the status");
  return true;
}
