import type { Clock } from "./clock.ts";

/** What idle collection needs of V8. */
export interface Engine {
  /** Bytes of the JavaScript heap that are in use, garbage included. */
  heapUsedBytes(): number;
  /** Milliseconds for which the event loop has been busy so far. */
  busyMs(): number;
  /** Collects all garbage and gives free memory back to the system. Blocks for milliseconds. */
  collect(): void;
}

const sampleEveryMs = 5000;
/** A process whose event loop is busy for less than this share is idle: a pause delays no work. */
const idleShare = 0.02;
/** Less garbage than this is not worth the pause. */
const worthBytes = 4 * 1024 * 1024;

/**
 * Collects garbage when the process becomes idle after work, until `signal` aborts. V8 collects when it needs room, which an idle
 * process never does: the garbage of a start or a burst would stay for days.
 */
export async function collectWhenIdle(engine: Engine, clock: Clock, signal: AbortSignal): Promise<void> {
  let leftBytes = 0;
  let busyMs = engine.busyMs();
  for (;;) {
    await clock.sleep(sampleEveryMs, signal);
    const nowBusyMs = engine.busyMs();
    const idle = nowBusyMs - busyMs < idleShare * sampleEveryMs;
    busyMs = nowBusyMs;
    if (!idle || engine.heapUsedBytes() - leftBytes < worthBytes) continue;
    engine.collect();
    leftBytes = engine.heapUsedBytes();
    busyMs = engine.busyMs();
  }
}
