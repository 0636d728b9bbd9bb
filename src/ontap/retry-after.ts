/** Longer pauses are a mistake of the other side; nobody should wait for days. */
export const longestPauseMs = 10 * 60_000;

/** RFC 9110 section 10.2.3: seconds, or a date. Undefined for anything else. */
export function parseRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestPauseMs);
}
