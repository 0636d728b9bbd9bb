import type { WatchHealth } from "../kube/reflector.ts";

/** One thing that a probe asks for. */
export interface Check {
  readonly name: string;
  /** In a person's words; undefined when all is well. */
  readonly problem: string | undefined;
}

/**
 * A watch that works is heard at least once a minute by its bookmarks, and a reflector that gets no word gives its stream up
 * after 8 minutes at the latest and asks again. Twice that long without any answer means that the reflector, or the
 * client under it, hangs, which a restart fixes. While the API server itself is away a restart fixes nothing, but it costs
 * one at most: a process whose caches have not been complete yet is never taken for dead.
 */
export const longestSilenceMs = 15 * 60_000;

/** Whether a restart would help. That this is answered at all shows that the event loop runs. */
export function liveness(watches: readonly WatchHealth[], nowMs: number): readonly Check[] {
  return [
    { name: "ping", problem: undefined },
    ...watches.map(({ kind, synced, lastHeardMs }) => {
      const silentMs = nowMs - lastHeardMs;
      const lost = synced && silentMs > longestSilenceMs;
      const problem = lost ? `nothing was heard from the API server for ${Math.round(silentMs / 1000)} s` : undefined;
      return { name: `watch-${kind}`, problem };
    }),
  ];
}

export interface Readiness {
  /** Whether every cache has been complete once. */
  readonly synced: boolean;
  readonly stopping: boolean;
  readonly watches: readonly WatchHealth[];
}

/** Whether this process could do the work now, as the leader or in its place. */
export function readiness({ synced, stopping, watches }: Readiness): readonly Check[] {
  const missing = watches.filter((watch) => !watch.synced).map(({ kind }) => kind);
  const named = missing.length === 0 ? "" : `: ${missing.join(", ")}`;
  return [
    { name: "ping", problem: undefined },
    { name: "caches", problem: synced ? undefined : `not complete yet${named}` },
    { name: "running", problem: stopping ? "the process stops" : undefined },
  ];
}

/** As the API server words its own: `ok`, and each check if one failed or `verbose` asks for them. */
export function listing(
  name: string,
  checks: readonly Check[],
  verbose: boolean,
): { readonly status: 200 | 500; readonly text: string } {
  const healthy = checks.every(({ problem }) => problem === undefined);
  if (healthy && !verbose) return { status: 200, text: "ok" };
  const lines = checks.map(({ name: check, problem }) =>
    problem === undefined ? `[+]${check} ok` : `[-]${check} failed: ${problem}`,
  );
  return {
    status: healthy ? 200 : 500,
    text: [...lines, `${name} check ${healthy ? "passed" : "failed"}`, ""].join("\n"),
  };
}
