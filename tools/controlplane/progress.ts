import type { Writable } from "node:stream";

/** Tells a waiting person what is going on. */
export interface Progress {
  /** Shows `what`, and for how long it has been going on, until `work` has settled. */
  during<T>(what: string, work: () => Promise<T>): Promise<T>;
}

/** A stream that is perhaps a terminal, such as `process.stderr`. */
type Screen = Writable & { readonly isTTY?: boolean };

const terminalEveryMs = 1000;
const logEveryMs = 30_000;

/** Rewrites one line on a terminal; elsewhere, as in CI, adds a line from time to time. */
export function createProgress(screen: Screen): Progress {
  const terminal = screen.isTTY === true;
  const show = (line: string): void => {
    screen.write(terminal ? `\r\u001B[K${line}` : `${line}\n`);
  };
  return {
    async during(what, work) {
      const startMs = performance.now();
      const elapsed = (): string => formatElapsed(performance.now() - startMs);
      show(`${what} ...`);
      const timer = setInterval(() => show(`${what} ... ${elapsed()}`), terminal ? terminalEveryMs : logEveryMs);
      let outcome = "failed after";
      try {
        const result = await work();
        outcome = "done in";
        return result;
      } finally {
        clearInterval(timer);
        show(`${what}: ${outcome} ${elapsed()}`);
        if (terminal) screen.write("\n");
      }
    },
  };
}

/** Whole seconds as people say them: `9 s`, `4 min 40 s`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
