import { performance } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import type { Clock } from "../std/clock.ts";
import type { Registry } from "./registry.ts";

/**
 * What the process itself costs, read at each scrape. The library's default metrics are not used: their histogram of
 * the event loop's delay wakes an idle process a hundred times a second.
 */
export function createProcessFigures(registry: Registry, clock: Clock): { sample(): Promise<void> } {
  const startedSeconds = clock.now() / 1000 - process.uptime();
  let loop = performance.eventLoopUtilization();
  let cpuSeconds = 0;
  registry.set("process_start_time_seconds", {}, startedSeconds);
  registry.set("nodejs_heap_size_limit_bytes", {}, getHeapStatistics().heap_size_limit);

  return {
    async sample() {
      const { rss, heapUsed } = process.memoryUsage();
      registry.set("process_resident_memory_bytes", {}, rss);
      registry.set("nodejs_heap_size_used_bytes", {}, heapUsed);

      const { user, system } = process.cpuUsage();
      const usedSeconds = (user + system) / 1e6;
      registry.add("process_cpu_seconds_total", {}, usedSeconds - cpuSeconds);
      cpuSeconds = usedSeconds;

      const now = performance.eventLoopUtilization();
      registry.set("nodejs_eventloop_utilization", {}, performance.eventLoopUtilization(now, loop).utilization);
      loop = now;

      const askedMs = clock.monotonic();
      await new Promise((resolve) => setImmediate(resolve));
      registry.set("nodejs_eventloop_lag_seconds", {}, (clock.monotonic() - askedMs) / 1000);
    },
  };
}
