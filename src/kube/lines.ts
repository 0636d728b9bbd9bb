import type { Clock } from "../std/clock.ts";
import { startDeadline } from "../std/deadline.ts";
import { err, ok, type Result } from "../std/result.ts";

export interface LineOptions {
  /** How long to wait for the next bytes; asked again before each wait. */
  readonly deadlineMs: () => number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Splits a byte stream at line feeds, which no multi-byte character contains. Ends as the stream ends; a stream that
 * breaks, or is silent for too long, ends with one error that says why. What came after the last line feed is dropped,
 * since it may not be whole.
 */
export async function* readLines(
  stream: AsyncIterable<Uint8Array>,
  { deadlineMs, clock, signal }: LineOptions,
): AsyncGenerator<Result<string, string>> {
  const chunks = stream[Symbol.asyncIterator]();
  let partial: Uint8Array[] = [];
  try {
    for (;;) {
      const next = await nextChunk(chunks, deadlineMs(), clock, signal);
      if (next === "silent" || next === "broken") {
        yield err(next);
        return;
      }
      if (next.done === true) return;
      let rest = next.value;
      for (let end = rest.indexOf(lineFeed); end !== -1; end = rest.indexOf(lineFeed)) {
        const line = Buffer.concat([...partial, rest.subarray(0, end)]).toString("utf8");
        partial = [];
        rest = rest.subarray(end + 1);
        if (line !== "") yield ok(line);
      }
      if (rest.length > 0) partial.push(rest);
    }
  } finally {
    // Gives the socket up; a stream that is dead may never answer to that.
    void Promise.resolve(chunks.return?.()).catch(() => undefined);
  }
}

const lineFeed = 0x0a;

async function nextChunk(
  chunks: AsyncIterator<Uint8Array>,
  deadlineMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<IteratorResult<Uint8Array> | "silent" | "broken"> {
  using deadline = startDeadline(clock, deadlineMs, signal);
  const { promise, resolve, reject } = Promise.withResolvers<"silent">();
  const end = (): void => (deadline.passed() ? resolve("silent") : reject(signal.reason));
  if (deadline.signal.aborted) end();
  else deadline.signal.addEventListener("abort", end, { once: true });
  return await Promise.race([chunks.next().catch(() => "broken" as const), promise]);
}
