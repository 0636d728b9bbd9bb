import { listing, liveness, readiness } from "../health/checks.ts";
import { guard, type AccessOf } from "../health/guard.ts";
import { startHealthServer, type Page } from "../health/server.ts";
import type { Review } from "../kube/review.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Operator } from "../operator/operator.ts";
import type { Clock } from "../std/clock.ts";
import type { Log } from "../std/log.ts";
import { topFrameOf } from "../std/top-frame.ts";
import { err, ok, type Result } from "../std/result.ts";
import type { ListenOn } from "./endpoint.ts";

interface PageOptions {
  readonly clock: Clock;
  /** Aborts when the process must end. */
  readonly stop: AbortSignal;
  /** Undefined: anyone who can connect. */
  readonly mayReadMetrics: AccessOf | undefined;
}

/** What probes and Prometheus read of a running operator. */
export function pagesOf(
  operator: Pick<Operator, "synced" | "observe">,
  metrics: Metrics,
  { clock, stop, mayReadMetrics }: PageOptions,
): Readonly<Record<"/livez" | "/readyz" | "/metrics", Page>> {
  const metricsPage: Page = async () => ({
    status: 200,
    contentType: metrics.contentType,
    text: await metrics.page(operator.observe()),
  });
  return {
    "/livez": (query) => {
      const { watches } = operator.observe();
      return listing("livez", liveness(watches, clock.monotonic()), query.has("verbose"));
    },
    "/readyz": (query) => {
      const { watches } = operator.observe();
      const checks = readiness({ synced: operator.synced(), stopping: stop.aborted, watches });
      return listing("readyz", checks, query.has("verbose"));
    },
    "/metrics": mayReadMetrics === undefined ? metricsPage : guard(metricsPage, mayReadMetrics),
  };
}

/** Asks the API server who may read a page; says in the log why it could not. */
export function accessBy(review: Review, log: Log): AccessOf {
  const { signal } = new AbortController();
  return async (token) => {
    const reviewed = await review(token, signal);
    if (reviewed.ok) return reviewed.value;
    const { problem, message } = reviewed.error;
    log.warn({ problem, message }, "the token of a scrape cannot be reviewed");
    return "unavailable";
  };
}

/** Opens the pages to probes and scrapes, if they are wanted; else says in a sentence why it cannot. */
export async function servePages(
  listen: ListenOn | undefined,
  pages: Readonly<Record<string, Page>>,
  log: Log,
): Promise<Result<{ close(): Promise<void> }, string>> {
  if (listen === undefined) return ok({ close: () => Promise.resolve() });
  const onDefect = (page: string, error: unknown): void =>
    log.error({ page, place: topFrameOf(error) }, "a page could not be made");
  try {
    const server = await startHealthServer({ ...listen, pages, onDefect });
    log.info({ address: server.address }, "serving livez, readyz and metrics");
    return ok(server);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    const why = code === "EADDRINUSE" ? "is in use" : `cannot be listened on (${code})`;
    return err(`--listen ${listen.host ?? ""}:${listen.port} ${why}; name another address, or nothing to turn it off`);
  }
}
