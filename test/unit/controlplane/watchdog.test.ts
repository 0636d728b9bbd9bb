import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test, vi } from "vitest";

import { startChild } from "../../../tools/controlplane/child.ts";
import { startWatchdog } from "../../../tools/controlplane/watchdog.ts";
import { startNode, temporaryFolder, toolFolder } from "./fixtures.ts";

vi.setConfig({ testTimeout: 30_000 });

async function guardedFolder(): Promise<string> {
  const folder = join(await temporaryFolder(), "guarded");
  await mkdir(folder);
  return folder;
}

test.for(["SIGKILL", "SIGINT", "SIGTERM"] as const)(
  "after %s nothing is left: no child, no grandchild, no folder",
  async (signal) => {
    const folder = await guardedFolder();
    // Open for as long as someone lives who can write to it; asking by pid would also find the dead that no one has reaped.
    const pipe = join(dirname(folder), "pipe");
    execFileSync("mkfifo", [pipe]);
    const program = `
      import { startChild } from ${JSON.stringify(join(toolFolder, "child.ts"))};
      import { startWatchdog } from ${JSON.stringify(join(toolFolder, "watchdog.ts"))};
      const [, folder, pipe] = process.argv;
      const args = ["-c", "exec > " + pipe + "; sleep 1000 & echo started; wait"];
      startChild({ name: "sh", file: "sh", args, logPath: folder + "/log" }, startWatchdog(folder));
    `;
    const parent = startNode(["--input-type=module", "--eval", program, folder, pipe]);
    const family = createReadStream(pipe);
    await once(family, "data");

    parent.child.kill(signal);
    await once(family, "end");
    await expect.poll(() => existsSync(folder), { timeout: 10_000 }).toBe(false);
  },
);

test.for([
  { order: "remove", exists: false },
  { order: "keep", exists: true },
] as const)("finishing with $order kills what is guarded", async ({ order, exists }) => {
  const folder = await guardedFolder();
  const watchdog = startWatchdog(folder);
  const child = startChild({ name: "sleep", file: "sleep", args: ["1000"], logPath: join(folder, "log") }, watchdog);
  await watchdog.finish(order);
  expect(await child.gone).toEqual({ ended: "badly", how: "SIGKILL" });
  expect(existsSync(folder)).toBe(exists);
});

test("a child tells how it ended and what it said last", async () => {
  const folder = await guardedFolder();
  const watchdog = startWatchdog(folder);
  const args = ["-c", "echo first; echo last; exit 3"];
  const child = startChild({ name: "sh", file: "sh", args, logPath: join(folder, "log") }, watchdog);
  expect(await child.gone).toEqual({ ended: "badly", how: "exit code 3" });
  expect((await child.failure("failed")).message).toBe("sh failed; its output ends with:\nfirst\nlast");
  await watchdog.finish("remove");
});

test("a program that cannot be started is an ending, not an exception", async () => {
  const folder = await guardedFolder();
  const watchdog = startWatchdog(folder);
  const child = startChild(
    { name: "none", file: join(folder, "none"), args: [], logPath: join(folder, "log") },
    watchdog,
  );
  expect(await child.gone).toEqual({ ended: "badly", how: "exit code 127" });
  expect((await child.failure("failed")).message).toContain(join(folder, "none"));
  await child.kill();
  await watchdog.finish("remove");
});
