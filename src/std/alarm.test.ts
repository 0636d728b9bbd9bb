import { expect, test } from "vitest";

import { createManualClock } from "../../test/harness/manual-clock.ts";
import { createAlarm } from "./alarm.ts";

test.each(["ring", "time", "abort"] as const)(
  "anyone who waits goes on at the %s, and nothing is left behind",
  async (end) => {
    const clock = createManualClock();
    const stop = new AbortController();
    const alarm = createAlarm(clock);
    let over = false;
    const waiting = alarm.wait(100, stop.signal).then(() => (over = true));
    await clock.pass(99);
    expect(over).toBe(false);
    if (end === "ring") alarm.ring();
    if (end === "time") await clock.pass(1);
    if (end === "abort") stop.abort();
    await waiting;
    expect(clock.sleepers()).toBe(0);
  },
);

test("no one waits once it was aborted, and a ring that no one waited for wakes no one later", async () => {
  const clock = createManualClock();
  const alarm = createAlarm(clock);
  await alarm.wait(100, AbortSignal.abort());
  alarm.ring();
  let over = false;
  void alarm.wait(100, new AbortController().signal).then(() => (over = true));
  await clock.pass(99);
  expect(over).toBe(false);
  await clock.pass(1);
  expect(over).toBe(true);
});
