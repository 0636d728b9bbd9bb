import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createLineSink, type Descriptor, type LineSinkOptions } from "./line-sink.ts";

type Done = Parameters<Descriptor["write"]>[1];

const errno = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

/** A sink on a descriptor that takes what it gets when the test says so. */
function aSink(options: Partial<LineSinkOptions> = {}) {
  const seen = { text: "", writes: 0, broken: [] as string[], syncError: undefined as string | undefined };
  const pending: { readonly bytes: Buffer; readonly done: Done }[] = [];
  const sink = createLineSink({
    descriptor: {
      write: (bytes, done) => void pending.push({ bytes, done }),
      writeSync(bytes) {
        if (seen.syncError !== undefined) throw errno(seen.syncError);
        seen.text += bytes.toString();
        return bytes.length;
      },
    },
    onBroken: (code) => void seen.broken.push(code),
    flushEveryMs: 5,
    flushBytes: 10,
    ...options,
  });
  /** Ends the write under way: the descriptor takes so many bytes, or fails. */
  const end = (outcome: number | string = Infinity): void => {
    const next = pending.shift();
    if (next === undefined) throw new Error("no write is under way");
    const { bytes, done } = next;
    if (typeof outcome === "string") return done(errno(outcome), 0);
    const taken = Math.min(outcome, bytes.length);
    seen.text += bytes.subarray(0, taken).toString();
    seen.writes += 1;
    done(null, taken);
  };
  return { ...sink, seen, pending, end };
}

test("a single line goes out at once, and what follows it in one write a little later", async () => {
  const sink = aSink({ flushEveryMs: 50 });
  sink.write("a\n");
  sink.end();
  for (const line of ["b\n", "c\n"]) sink.write(line);
  expect(sink.pending).toHaveLength(0);
  await sleep(100);
  sink.end();
  expect(sink.seen).toMatchObject({ text: "a\nb\nc\n", writes: 2 });
  await sleep(100);
  sink.write("d\n");
  sink.end();
  expect(sink.seen.text).toBe("a\nb\nc\nd\n");
});

test("a burst does not wait for the timer", () => {
  const sink = aSink({ flushEveryMs: 60_000 });
  sink.write("a\n");
  sink.end();
  for (const line of ["b\n", "c\n", "a long line\n"]) sink.write(line);
  sink.end();
  expect(sink.seen).toMatchObject({ text: "a\nb\nc\na long line\n", writes: 2 });
});

test("one write at a time, in order, also if the descriptor takes a part or is full for a moment", async () => {
  const sink = aSink();
  sink.write("1234567890");
  sink.write("abcdefghij");
  expect(sink.pending).toHaveLength(1);
  sink.end(4);
  sink.end("EAGAIN");
  await sleep(150);
  sink.end();
  sink.end();
  expect(sink.seen.text).toBe("1234567890abcdefghij");
});

describe("a descriptor that cannot be written is told once, and costs nothing from then on", () => {
  test.each(["EPIPE", "ENOSPC"])("%s in the background", (code) => {
    const sink = aSink();
    sink.write("1234567890");
    sink.end(code);
    sink.write("1234567890");
    sink.flushSync();
    expect(sink.seen).toMatchObject({ broken: [code], text: "" });
    expect(sink.pending).toHaveLength(0);
  });

  test("ENOSPC at the exit", () => {
    const sink = aSink();
    sink.seen.syncError = "ENOSPC";
    sink.write("a");
    sink.end();
    sink.write("b");
    sink.flushSync();
    expect(sink.seen.broken).toEqual(["ENOSPC"]);
  });
});

test("what is left is written at the exit", () => {
  const sink = aSink();
  sink.write("a\n");
  sink.end();
  sink.write("b\n");
  sink.flushSync();
  sink.flushSync();
  expect(sink.seen.text).toBe("a\nb\n");
});

test("a reader that stalls holds up neither the exit nor fills the memory", async () => {
  const sink = aSink({ mostBytes: 20 });
  sink.write("1234567890");
  for (let line = 0; line < 5; line += 1) sink.write("abcdefghi\n");
  await sleep(1100);
  expect(sink.flushSync()).toBe("stalled");
  expect(sink.seen.text).toBe("");
  sink.end();
  sink.end();
  expect(sink.seen.text).toMatch(/^1234567890(abcdefghi\n){2}\{"level":"warn",.*"lines":3,.*dropped"\}\n$/);
});
