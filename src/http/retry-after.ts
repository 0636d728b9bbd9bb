/** A longer pause is a mistake of the other side. */
export const longestPauseMs = 10 * 60_000;

/**
 * How long a `Retry-After` header asks to wait, from 0 to `longestPauseMs`: whole seconds, or a date (RFC 9110 section
 * 10.2.3). Undefined for anything else. Takes the header as undici gives it; a header that came twice counts as none.
 */
export function parseRetryAfterMs(header: string | string[] | undefined, nowMs: number): number | undefined {
  if (typeof header !== "string") return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestPauseMs);
}
