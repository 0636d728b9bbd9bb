import type { Clock } from "./clock.ts";

/** What the engine tells of itself and can be asked for. */
export interface Engine {
  /** Bytes of the JavaScript heap that are in use, garbage included. */
  heapUsedBytes(): number;
  /** Milliseconds for which the event loop has been busy so far. */
  busyMs(): number;
  /** Collects all garbage and gives free memory back to the system. Blocks for milliseconds. */
  collect(): void;
}

const lookEveryMs = 5000;
/** A process that does less than that is quiet: a pause is felt by nobody. */
const quietShare = 0.02;
/** Less is not worth the pause. */
const worthBytes = 4 * 1024 * 1024;

/**
 * Collects garbage in a quiet moment after work, until `signal` aborts. V8 collects when it needs room, and a process that has
 * become idle never does: what a start or a burst has left would stay for days.
 */
export async function collectWhenQuiet(engine: Engine, clock: Clock, signal: AbortSignal): Promise<void> {
  let leftBytes = 0;
  let busyMs = engine.busyMs();
  for (;;) {
    await clock.sleep(lookEveryMs, signal);
    const nowBusyMs = engine.busyMs();
    const quiet = nowBusyMs - busyMs < quietShare * lookEveryMs;
    busyMs = nowBusyMs;
    if (!quiet || engine.heapUsedBytes() - leftBytes < worthBytes) continue;
    engine.collect();
    leftBytes = engine.heapUsedBytes();
    busyMs = engine.busyMs();
  }
}
