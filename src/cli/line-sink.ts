/** A file descriptor, as far as lines need it; `node:fs` bound to 1 in production. */
export interface Descriptor {
  /** In the background; `done` gets an error, or how many bytes were taken. */
  write(bytes: Buffer, done: (error: NodeJS.ErrnoException | null, taken: number) => void): void;
  /** At once; throws an error with a code. */
  writeSync(bytes: Buffer): number;
}

export interface LineSink {
  /** Takes text in, and never waits for its reader. */
  write(text: string): void;
  /**
   * Writes what is left at once, for the moment in which the process exits. `stalled`: a write in the background hangs, since its
   * reader does not read; nothing more is written, and the thread of that write holds up the exit.
   */
  flushSync(): "done" | "stalled";
}

export interface LineSinkOptions {
  readonly descriptor: Descriptor;
  /** The descriptor cannot be written (any more). Called once; from then on text is dropped. */
  readonly onBroken: (code: string) => void;
  /** What follows a write waits for so long at most, unless `flushBytes` of it come sooner. */
  readonly flushEveryMs?: number;
  readonly flushBytes?: number;
  /** A reader that stalls costs no more memory than this; further text is dropped and counted. */
  readonly mostBytes?: number;
}

/** The system's buffer is full: it takes more when its reader has read. */
const again: ReadonlySet<string | undefined> = new Set(["EAGAIN", "EBUSY"]);
const againMs = 100;
/** A write that takes longer has a reader that stalls: it would hold up the exit for good. */
const stalledMs = 1000;

/**
 * Text to a descriptor, a burst in chunks: one write in the background at a time, in order. pino's own destination retries for ever, on
 * exit too, where a disk is full.
 */
export function createLineSink(options: LineSinkOptions): LineSink {
  const { descriptor, onBroken, flushEveryMs = 500, flushBytes = 4096, mostBytes = 1024 * 1024 } = options;
  let waiting: string[] = [];
  let waitingBytes = 0;
  let dropped = 0;
  let sending: { readonly rest: Buffer; readonly sinceMs: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let broken = false;

  function take(): Buffer {
    const text = waiting.join("") + (dropped === 0 ? "" : droppedLine(dropped));
    waiting = [];
    waitingBytes = 0;
    dropped = 0;
    return Buffer.from(text);
  }

  function send(rest: Buffer): void {
    if (rest.length === 0 || broken) {
      sending = undefined;
      return;
    }
    sending = { rest, sinceMs: performance.now() };
    descriptor.write(rest, (error, taken) => {
      if (error === null) sendNext(rest.subarray(taken));
      else if (again.has(error.code)) setTimeout(() => send(rest), againMs).unref();
      else breakOff(error);
    });
  }

  /** After a pause without text the next line goes out at once. */
  function pause(): void {
    timer = waitingBytes === 0 ? undefined : setTimeout(pause, flushEveryMs).unref();
    if (sending === undefined && waitingBytes > 0) send(take());
  }

  function sendNext(rest: Buffer): void {
    if (rest.length > 0) send(rest);
    else if (waitingBytes >= flushBytes) send(take());
    else sending = undefined;
  }

  function breakOff(error: NodeJS.ErrnoException): void {
    sending = undefined;
    if (broken) return;
    broken = true;
    take();
    onBroken(error.code ?? error.name);
  }

  return {
    write(text) {
      if (broken) return;
      if (waitingBytes + text.length > mostBytes) {
        dropped += 1;
        return;
      }
      waiting.push(text);
      waitingBytes += text.length;
      if (sending === undefined && (timer === undefined || waitingBytes >= flushBytes)) send(take());
      timer ??= setTimeout(pause, flushEveryMs).unref();
    },
    flushSync() {
      if (broken) return "done";
      if (sending !== undefined && performance.now() - sending.sinceMs > stalledMs) return "stalled";
      const untilMs = performance.now() + stalledMs;
      for (let rest = take(); rest.length > 0;) {
        try {
          rest = rest.subarray(descriptor.writeSync(rest));
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException;
          if (!again.has(code)) breakOff(error as NodeJS.ErrnoException);
          if (broken || performance.now() > untilMs) break;
        }
      }
      return "done";
    },
  };
}

/** In the form of the other lines. */
const droppedLine = (lines: number): string =>
  `${JSON.stringify({ level: "warn", time: new Date().toISOString(), lines, msg: "standard output was not read; lines were dropped" })}\n`;
