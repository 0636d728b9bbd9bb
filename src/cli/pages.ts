import { listing, liveness, readiness } from "../health/checks.ts";
import type { Page } from "../health/server.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Operator } from "../operator.ts";
import type { Clock } from "../std/clock.ts";

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
