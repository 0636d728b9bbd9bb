import { describe, expect, test } from "vitest";
import { createQueue, type Queue } from "./queue.ts";

const laneOf = (key: string): string => key.split("/")[0] ?? "";
const aQueue = (laneLimit = Infinity): Queue<string> => createQueue<string>({ laneOf, laneLimit });

/** Takes whatever is due, without finishing any of it. */
function takeAll(queue: Queue<string>, nowMs: number): readonly string[] {
  const keys: string[] = [];
  for (let taken = queue.take(nowMs); taken !== undefined; taken = queue.take(nowMs)) keys.push(taken.key);
  return keys;
}

describe("queue", () => {
  test("gives nothing before it is due", () => {
    const queue = aQueue();
    queue.add("a", 100, "change");
    expect(queue.take(99)).toBeUndefined();
    expect(queue.nextDueMs()).toBe(100);
    expect(queue.take(100)).toEqual({ key: "a", urgency: "change", waitedMs: 0 });
  });

  test("merges what is added twice: the earlier due time and the greater urgency count", () => {
    const queue = aQueue();
    queue.add("a", 100, "resync");
    queue.add("a", 50, "resync");
    queue.add("a", 70, "change");
    expect(queue.take(50)).toEqual({ key: "a", urgency: "change", waitedMs: 0 });
    expect(queue.take(1000)).toBeUndefined();
  });

  test("never gives a key out again before it is done, and keeps what came meanwhile", () => {
    const queue = aQueue();
    queue.add("a", 0, "change");
    queue.take(0);
    queue.add("a", 0, "change");
    expect(queue.take(10)).toBeUndefined();
    queue.done("a");
    expect(queue.take(10)?.key).toBe("a");
  });

  test("takes a person's change before retries before resync", () => {
    const queue = aQueue();
    queue.add("resynced", 0, "resync");
    queue.add("retried", 1, "retry");
    queue.add("changed", 2, "change");
    expect(takeAll(queue, 10)).toEqual(["changed", "retried", "resynced"]);
  });

  test("raises a key that waits for its resync when someone changes it", () => {
    const queue = aQueue();
    queue.add("a/1", 0, "resync");
    queue.add("a/2", 0, "resync");
    expect(queue.take(0)?.key).toBe("a/1");
    queue.add("a/3", 0, "resync");
    queue.add("a/3", 0, "change");
    expect(takeAll(queue, 0)).toEqual(["a/3", "a/2"]);
  });

  test("knows how much is due and not taken, and how long the oldest has waited, also while no one takes", () => {
    const queue = aQueue();
    queue.add("a/1", 100, "resync");
    queue.add("a/2", 400, "change");
    queue.add("b/1", 900, "change");
    expect([queue.depth(500), queue.oldestWaitMs(500)]).toEqual([2, 400]);
    expect(takeAll(queue, 500)).toEqual(["a/2", "a/1"]);
    queue.add("a/1", 500, "change");
    expect([queue.depth(600), queue.oldestWaitMs(600)]).toEqual([0, 0]);
    queue.done("a/1");
    expect([queue.depth(600), queue.oldestWaitMs(600)]).toEqual([1, 100]);
  });

  test("lets lanes take turns, so that one with a thousand keys does not hold up another", () => {
    const queue = aQueue();
    for (let key = 0; key < 1000; key += 1) queue.add(`busy/${key}`, 0, "change");
    queue.add("quiet/1", 0, "change");
    const order = takeAll(queue, 0);
    expect(order.indexOf("quiet/1")).toBeLessThanOrEqual(1);
    expect(order).toHaveLength(1001);
  });

  test("never has more of one lane under way than its limit", () => {
    const queue = aQueue(2);
    for (const key of ["dead/1", "dead/2", "dead/3", "well/1"]) queue.add(key, 0, "change");
    expect(takeAll(queue, 0)).toEqual(["dead/1", "well/1", "dead/2"]);
    queue.done("dead/1");
    expect(takeAll(queue, 0)).toEqual(["dead/3"]);
  });

  test("lets a key that moves to another lane out of the line of a dead one, and never stand in both", () => {
    const lanes = new Map([
      ["stuck", "dead"],
      ["moving", "dead"],
    ]);
    const queue = createQueue<string>({ laneOf: (key) => lanes.get(key) ?? "", laneLimit: 1 });
    queue.add("stuck", 0, "resync");
    queue.add("moving", 0, "resync");
    expect(takeAll(queue, 0)).toEqual(["stuck"]);
    lanes.set("moving", "well");
    queue.add("moving", 5, "resync");
    expect(takeAll(queue, 5)).toEqual(["moving"]);
    queue.done("stuck");
    expect(queue.depth(5)).toBe(0);
    expect(takeAll(queue, 5)).toEqual([]);
  });

  test("keeps ten thousand scheduled keys in order of their due times", () => {
    const queue = aQueue(10_000);
    const dueTimes = Array.from({ length: 10_000 }, (_, index) => (index * 7919) % 10_007);
    for (const [index, dueMs] of dueTimes.entries()) queue.add(`lane/${index}`, dueMs, "resync");
    const taken: number[] = [];
    for (let nowMs = 0; nowMs <= 10_007; nowMs += 1) {
      for (const key of takeAll(queue, nowMs)) taken.push(dueTimes[Number(key.split("/")[1])] ?? -1);
    }
    expect(taken).toEqual(dueTimes.toSorted((a, b) => a - b));
  });

  describe("tenants of one lane", () => {
    const tenantOf = (key: string): string => key.split("/")[1] ?? "";
    const shared = (laneLimit: number): Queue<string> => createQueue<string>({ laneOf, tenantOf, laneLimit });
    const crowd = Array.from({ length: 250 }, (_, index) => `array/crowd/${index}`);

    test("take turns, so that a crowd delays another's single key by one pass", () => {
      const queue = shared(Infinity);
      for (const key of crowd) queue.add(key, 0, "change");
      queue.add("array/single/1", 0, "change");
      queue.add("array/single/2", 0, "change");
      expect(takeAll(queue, 0).slice(0, 5)).toEqual([
        "array/crowd/0",
        "array/single/1",
        "array/crowd/1",
        "array/single/2",
        "array/crowd/2",
      ]);
    });

    test("have one under way each, also when one of them fills the lane", () => {
      const queue = shared(4);
      for (const key of crowd) queue.add(key, 0, "change");
      expect(takeAll(queue, 0)).toHaveLength(4);
      queue.add("array/single/1", 0, "change");
      queue.add("array/single/2", 0, "change");
      expect(takeAll(queue, 0)).toEqual(["array/single/1"]);
    });

    test("do not fill the workers by their number", () => {
      const queue = shared(4);
      for (let tenant = 0; tenant < 100; tenant += 1) queue.add(`array/${tenant}/1`, 0, "change");
      expect(takeAll(queue, 0)).toHaveLength(8);
    });
  });
});
