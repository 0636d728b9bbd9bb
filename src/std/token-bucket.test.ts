import { expect, test } from "vitest";
import { createManualClock } from "../../test/harness/manual-clock.ts";
import { createTokenBucket } from "./token-bucket.ts";

test("gives a burst at once, then one each time that one has come, and never saves up more than a burst", async () => {
  const clock = createManualClock();
  const bucket = createTokenBucket(clock, { burst: 3, perSecond: 2 });
  const takeAll = (): number => {
    let taken = 0;
    while (bucket.take()) taken += 1;
    return taken;
  };
  expect([takeAll(), bucket.untilNextMs()]).toEqual([3, 500]);
  await clock.pass(499);
  expect([takeAll(), bucket.untilNextMs()]).toEqual([0, 1]);
  await clock.pass(1);
  expect([bucket.untilNextMs(), takeAll()]).toEqual([0, 1]);
  await clock.pass(60_000);
  expect(takeAll()).toBe(3);
});
