import { performance } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import type { Engine } from "../std/idle-gc.ts";

/** V8 in this process; undefined unless Node runs with --expose-gc, as the image starts it. */
export function engineOf(): Engine | undefined {
  const { gc } = globalThis;
  if (gc === undefined) return undefined;
  return {
    heapUsedBytes: () => getHeapStatistics().used_heap_size,
    busyMs: () => performance.eventLoopUtilization().active,
    collect: () => gc({ type: "major", execution: "sync", flavor: "last-resort" }),
  };
}
