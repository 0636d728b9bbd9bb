import { join } from "node:path";
import { expect, test, vi } from "vitest";

import { lockHolder, tryLock, waitForLock } from "../../../tools/controlplane/lock.ts";
import { startNode, temporaryFolder, toolFolder, until } from "./fixtures.ts";

vi.setConfig({ testTimeout: 30_000 });

test("one holder at a time, within one process too", async () => {
  const path = join(await temporaryFolder(), "lock");
  const first = tryLock(path);
  expect(first).toBeDefined();
  expect(tryLock(path)).toBeUndefined();
  expect(lockHolder(path)).toBe(`process ${process.pid}`);

  const second = waitForLock(path);
  first?.release();
  (await second).release();
});

test("the lock of a killed process is free, and of a living one is not", async () => {
  const path = join(await temporaryFolder(), "lock");
  const program = `
    import { tryLock } from ${JSON.stringify(join(toolFolder, "lock.ts"))};
    tryLock(${JSON.stringify(path)});
    console.log("held");
    setInterval(() => {}, 1000);
  `;
  const holder = startNode(["--input-type=module", "--eval", program]);
  await until(() => holder.output.stdout.includes("held"));
  expect(tryLock(path)).toBeUndefined();
  expect(lockHolder(path)).toBe(`process ${holder.child.pid}`);

  holder.child.kill("SIGKILL");
  await holder.ended;
  const lock = tryLock(path);
  expect(lock).toBeDefined();
  lock?.release();
});

test("a place where no lock can be is an error and not a wait", async () => {
  const path = join(await temporaryFolder(), "missing", "lock");
  expect(() => tryLock(path)).toThrow("unable to open database file");
});
