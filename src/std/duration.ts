import { err, ok, type Result } from "./result.ts";

/** The durations of our API: whole hours, minutes and seconds in that order, such as `10m` or `1h30m`; a subset of Go's. */
export const durationPattern = /^([0-9]{1,5}h)?([0-9]{1,5}m)?([0-9]{1,5}s)?$/;

export function parseDurationMs(text: string): Result<number, string> {
  const parts = text === "" ? undefined : durationPattern.exec(text);
  if (parts === null || parts === undefined) {
    return err(`"${text}" is no duration; write whole hours, minutes and seconds such as 10m or 1h30m`);
  }
  const [hours, minutes, seconds] = parts.slice(1).map((part) => Number.parseInt(part ?? "0", 10));
  return ok(((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000);
}
