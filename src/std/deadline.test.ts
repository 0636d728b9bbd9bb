import { expect, test } from "vitest";

import { createManualClock } from "../../test/harness/manual-clock.ts";
import { startDeadline } from "./deadline.ts";

test("aborts when the time is up", async () => {
  const clock = createManualClock();
  using deadline = startDeadline(clock, 100, new AbortController().signal);
  await clock.pass(99);
  expect([deadline.signal.aborted, deadline.passed()]).toEqual([false, false]);
  await clock.pass(1);
  expect([deadline.signal.aborted, deadline.passed()]).toEqual([true, true]);
});

test("aborts with the caller, which is not the time's doing", async () => {
  const clock = createManualClock();
  const caller = new AbortController();
  using deadline = startDeadline(clock, 100, caller.signal);
  caller.abort(new Error("enough"));
  expect(deadline.signal.reason).toBe(caller.signal.reason);
  await clock.pass(100);
  expect(deadline.passed()).toBe(false);
});

test("leaves nothing behind", async () => {
  const clock = createManualClock();
  const sleepersWithin = (): number => {
    using _ = startDeadline(clock, 100, new AbortController().signal);
    return clock.sleepers();
  };
  expect(sleepersWithin()).toBe(1);
  await clock.pass(0);
  expect(clock.sleepers()).toBe(0);
});
