import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../../test/harness/manual-clock.ts";
import { collectWhenIdle } from "./idle-gc.ts";

const megabyte = 1024 * 1024;

/** An engine with 10 MB in use, and as much garbage as a test makes. */
function anEngine() {
  const engine = { garbage: 0, busy: 0, collections: 0 };
  const clock = createManualClock();
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  void collectWhenIdle(
    {
      heapUsedBytes: () => (10 + engine.garbage) * megabyte,
      busyMs: () => engine.busy,
      collect() {
        engine.garbage = 0;
        engine.collections += 1;
      },
    },
    clock,
    stop.signal,
  ).catch(() => undefined);
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) await clock.pass(1000);
  };
  return Object.assign(engine, { pass });
}

test("a process that has started, or worked, and is idle is collected once", async () => {
  const engine = anEngine();
  await engine.pass(60);
  expect(engine.collections).toBe(1);
  engine.garbage = 8;
  await engine.pass(60);
  expect(engine.collections).toBe(2);
});

test("a process at work is not interrupted", async () => {
  const engine = anEngine();
  for (let second = 0; second < 60; second += 1) {
    engine.garbage += 1;
    engine.busy += 100;
    await engine.pass(1);
  }
  expect(engine.collections).toBe(0);
  await engine.pass(10);
  expect(engine.collections).toBe(1);
});

test("a little garbage is left where it is", async () => {
  const engine = anEngine();
  await engine.pass(10);
  engine.garbage = 3;
  await engine.pass(60);
  expect(engine.collections).toBe(1);
});
