import { expect, test } from "vitest";

import { retryWhilePortTaken } from "../../../tools/controlplane/free-port.ts";

const taken = new Error("listen tcp 127.0.0.1:1: bind: address already in use");
const broken = new Error("no such file or directory");

test.for([
  { because: "nothing is wrong", failures: [], outcome: "started", attempts: 1 },
  { because: "the next port may be free", failures: [taken, taken], outcome: "started", attempts: 3 },
  { because: "another port does not help", failures: [taken, broken], outcome: broken, attempts: 2 },
  { because: "it has to end", failures: Array.from({ length: 9 }, () => taken), outcome: taken, attempts: 5 },
])("$attempts attempts, since $because", async ({ failures, outcome, attempts }) => {
  let count = 0;
  const start = async (): Promise<string> => {
    const failure = failures[count];
    count += 1;
    if (failure !== undefined) throw failure;
    return "started";
  };
  expect(await retryWhilePortTaken(start).catch((error: unknown) => error)).toBe(outcome);
  expect(count).toBe(attempts);
});
