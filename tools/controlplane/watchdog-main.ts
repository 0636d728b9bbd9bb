/** The program behind `startWatchdog`: argument 1 is the folder, standard input carries the orders. */
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";

import { unreachable } from "../../src/std/unreachable.ts";
import type { WatchdogOrder } from "./watchdog.ts";

const [, , folder] = process.argv;
if (folder === undefined) throw new Error("usage: watchdog-main.ts FOLDER");

const guarded = new Set<number>();
let keep = false;

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as WatchdogOrder;
  switch (order.order) {
    case "guard":
      guarded.add(order.pid);
      break;
    case "forget":
      guarded.delete(order.pid);
      break;
    case "keep":
      keep = true;
      break;
    default:
      unreachable(order);
  }
}

for (const pid of [...guarded].toReversed()) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended before it could be forgotten.
  }
}
// The processes may be writing until they are quite dead, hence the retries.
if (!keep) await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
