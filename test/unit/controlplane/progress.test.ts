import { Writable } from "node:stream";
import { expect, test } from "vitest";

import { createProgress, formatElapsed } from "../../../tools/controlplane/progress.ts";

function screen(isTTY: boolean) {
  let text = "";
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY }), text: () => text };
}

test("in a log each line stands for itself", async () => {
  const { stream, text } = screen(false);
  expect(await createProgress(stream).during("Building", async () => 7)).toBe(7);
  expect(text()).toBe("Building ...\nBuilding: done in 0 s\n");
});

test("a terminal's line is rewritten", async () => {
  const { stream, text } = screen(true);
  await createProgress(stream).during("Building", async () => undefined);
  expect(text()).toBe("\r\u001B[KBuilding ...\r\u001B[KBuilding: done in 0 s\n");
});

test("a failure is shown and passed on", async () => {
  const { stream, text } = screen(false);
  const failure = createProgress(stream).during("Building", () => Promise.reject(new Error("no space")));
  await expect(failure).rejects.toThrow("no space");
  expect(text()).toBe("Building ...\nBuilding: failed after 0 s\n");
});

test.for([
  [400, "0 s"],
  [59_400, "59 s"],
  [59_600, "1 min 0 s"],
  [280_000, "4 min 40 s"],
] as const)("%i ms are %s", ([ms, text]) => {
  expect(formatElapsed(ms)).toBe(text);
});
