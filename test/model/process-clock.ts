import { sleepBy, type Clock } from "../../src/std/clock.ts";

/**
 * Time as one process sees it. Stopped (SIGSTOP, a node that swaps, a virtual machine that moves) it runs nothing while time goes on, and
 * everything that came due by then when it goes on. Dead it never runs again: every await of it stays where it is, which
 * is what a crash at that await is.
 */
export interface ProcessClock extends Clock {
  pause(): void;
  resume(): void;
  kill(): void;
  alive(): boolean;
  /** Whether it has worked without end and without waiting for anything: in reality, it would never read an answer again. */
  spins(): boolean;
}

/** A process asks for the time now and then, but not so often before any passes. */
const mostReadings = 100_000;

export function createProcessClock(clock: Clock): ProcessClock {
  let state: "running" | "paused" | "dead" = "running";
  let missed: (() => void)[] = [];
  let spinning = false;
  let readings = { atMs: 0, count: 0 };

  function monotonic(): number {
    const atMs = clock.monotonic();
    readings = { atMs, count: readings.atMs === atMs ? readings.count + 1 : 0 };
    if (readings.count > mostReadings) spinning = true;
    // Nothing is due before all time: so the loop that spins comes to wait, and the test can say so.
    return spinning ? -Infinity : atMs;
  }

  const after: Clock["after"] = (ms, then) => {
    let calledOff = false;
    const fire = (): void => {
      if (calledOff || state === "dead") return;
      if (state === "paused") missed.push(fire);
      else then();
    };
    const callOff = clock.after(ms, fire);
    return () => {
      calledOff = true;
      callOff();
    };
  };

  return {
    now: () => clock.now(),
    monotonic,
    after,
    sleep: sleepBy(after),
    pause() {
      if (state === "running") state = "paused";
    },
    resume() {
      if (state !== "paused") return;
      state = "running";
      const due = missed;
      missed = [];
      // One after the other, each with what it wakes, as an event loop does it.
      for (const fire of due) clock.after(0, fire);
    },
    kill() {
      state = "dead";
      missed = [];
    },
    alive: () => state !== "dead",
    spins: () => spinning,
  };
}
