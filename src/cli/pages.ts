import { listing, liveness, readiness } from "../health/checks.ts";
import { startHealthServer, type Page } from "../health/server.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Operator } from "../operator.ts";
import type { Clock } from "../std/clock.ts";
import type { Log } from "../std/log.ts";
import { topFrameOf } from "../std/top-frame.ts";
import { err, ok, type Result } from "../std/result.ts";
import type { ListenOn } from "./endpoint.ts";

/** What probes and Prometheus read of a running operator; `stop` aborts when it is to end. */
export function pagesOf(
  operator: Pick<Operator, "synced" | "observe">,
  metrics: Metrics,
  { clock, stop }: { readonly clock: Clock; readonly stop: AbortSignal },
): Readonly<Record<"/livez" | "/readyz" | "/metrics", Page>> {
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
    "/metrics": async () => ({
      status: 200,
      contentType: metrics.contentType,
      text: await metrics.page(operator.observe()),
    }),
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
