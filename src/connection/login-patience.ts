/**
 * How long to leave a refused login alone. ONTAP locks an account at the fifth failure and nothing unlocks it, and a
 * locked account answers like a wrong password; an account directory that was down comes back. So a login is tried
 * once, then after 15 minutes, an hour and six hours, and then never again.
 */
const patienceMs = [15 * 60_000, 60 * 60_000, 6 * 60 * 60_000] as const;

/** When a login that was refused so many times may be tried again; undefined: not before something changes. */
export function nextLoginAttemptMs(refusals: number, lastRefusalMs: number): number | undefined {
  const wait = patienceMs[refusals - 1];
  return wait === undefined ? undefined : lastRefusalMs + wait;
}
