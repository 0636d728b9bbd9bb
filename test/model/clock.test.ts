import { describe, expect, test } from "vitest";
import { createChance, createVirtualClock } from "./clock.ts";

const never = new AbortController().signal;

describe("the virtual clock", () => {
  test("fires by due time, then in the order of setting, and lets each one's consequences run first", async () => {
    const clock = createVirtualClock();
    const seen: string[] = [];
    const wait = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms, never);
      seen.push(`${name} at ${clock.monotonic()}`);
      await Promise.resolve();
      await Promise.resolve();
      seen.push(`${name} goes on`);
    };
    void wait("second", 5);
    void wait("third", 5);
    void wait("first", 4);
    await clock.advance(5);
    expect(seen).toEqual([
      "first at 4",
      "first goes on",
      "second at 5",
      "second goes on",
      "third at 5",
      "third goes on",
    ]);
  });

  test("a timer that is called off does not fire, however many there are", async () => {
    const clock = createVirtualClock();
    const seen: number[] = [];
    const callOffs = Array.from({ length: 1000 }, (_, at) => clock.after(1000 - at, () => seen.push(1000 - at)));
    for (const [at, callOff] of callOffs.entries()) if (at % 7 !== 0) callOff();
    expect(clock.timers()).toBe(143);
    await clock.advance(2000);
    expect(seen).toEqual(Array.from({ length: 143 }, (_, at) => 1000 - 7 * (142 - at)));
  });

  test("a day of a timer a second passes in a moment, and time that no one waits for is not walked through", async () => {
    const clock = createVirtualClock();
    let ticks = 0;
    const tick = (): void => void clock.after(1000, () => (ticks++, tick()));
    tick();
    await clock.advance(3_600_000);
    expect(ticks).toBe(3600);
    const idle = createVirtualClock();
    await idle.advance(365 * 86_400_000);
    expect([idle.monotonic(), idle.fired()]).toEqual([365 * 86_400_000, 0]);
  });

  test("stops as soon as what it waits for holds", async () => {
    const clock = createVirtualClock();
    let done = false;
    clock.after(300, () => (done = true));
    expect(await clock.advanceUntil(() => done, 1000)).toBe(true);
    expect(clock.monotonic()).toBe(300);
    expect(await clock.advanceUntil(() => false, 1000)).toBe(false);
    expect(clock.monotonic()).toBe(1300);
  });

  test("is quiet when nothing has been done for a while, although timers go on", async () => {
    const clock = createVirtualClock();
    let work = 0;
    const tick = (): void => void clock.after(100, tick);
    tick();
    for (const ms of [50, 900, 1700]) clock.after(ms, () => (work += 1));
    expect(await clock.advanceUntilQuiet(() => work, 1000, 10_000)).toBe(true);
    expect([work, clock.monotonic()]).toEqual([3, 2700]);
    const busy = (): void => void clock.after(100, () => ((work += 1), busy()));
    busy();
    expect(await clock.advanceUntilQuiet(() => work, 1000, 5000)).toBe(false);
  });
});

describe("chance", () => {
  test("is the same for the same seed, and a fork does not hear of what the others draw", () => {
    const draw = (seed: number, extra: number) => {
      const chance = createChance(seed);
      const fork = chance.fork();
      for (let n = 0; n < extra; n += 1) chance.below(10);
      return [fork.below(1000), fork.pick(["a", "b", "c"]), fork.happens(0.5)];
    };
    expect(draw(7, 0)).toEqual(draw(7, 5));
    expect(draw(7, 0)).not.toEqual(draw(8, 0));
  });
});
