import { setTimeout as sleep } from "node:timers/promises";

import type { Child } from "./child.ts";

const timeoutMs = 90_000;
const pollMs = 50;

/** Waits until `probe` says yes. Fails as soon as one of the processes that it depends on ends, and if it takes too long. */
export async function untilReady(children: readonly Child[], probe: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await probe())) {
    for (const child of children) {
      const ending = child.ending();
      if (ending !== undefined) {
        throw await child.failure(ending.ended === "well" ? "ended too early" : `ended with ${ending.how}`);
      }
    }
    if (performance.now() > deadlineMs) {
      const failures = await Promise.all(children.map((child) => child.failure("runs")));
      throw new Error(
        [`not ready after ${timeoutMs / 1000} s`, ...failures.map(({ message }) => message)].join("\n\n"),
      );
    }
    await sleep(pollMs);
  }
}
