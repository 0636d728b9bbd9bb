import type { Clock } from "./clock.ts";

/** Whether a topic may be mentioned now. One that was is not mentioned again for a while. */
export type Reminder = (topic: string) => boolean;

/** Of problems that last until a person acts: often enough to be found in a log, seldom enough not to fill it. */
export const lastingProblemMs = 10 * 60_000;

/** The number of topics must be bounded by the caller: each is remembered. */
export function createReminder(clock: Clock, everyMs = lastingProblemMs): Reminder {
  const mentionedMs = new Map<string, number>();
  return (topic) => {
    const nowMs = clock.monotonic();
    if (nowMs - (mentionedMs.get(topic) ?? -Infinity) < everyMs) return false;
    mentionedMs.set(topic, nowMs);
    return true;
  };
}
