import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/**
 * Cleans up behind this process however it ends: a process of its own that holds a pipe to this one, and at the pipe's end
 * kills the process groups it was told to guard, the latest first, and removes the folder.
 */
export interface Watchdog {
  /** Guards the process group that `pid` leads. */
  guard(pid: number): void;
  /** To be called when the process is gone, since its number may come to mean another one. */
  forget(pid: number): void;
  /** Lets the watchdog do its work now; with `keep` the folder stays. */
  finish(folder: "remove" | "keep"): Promise<void>;
}

/** Starts the watchdog of `folder`. This process does not end by itself before `finish`. */
export function startWatchdog(folder: string): Watchdog {
  const program = join(import.meta.dirname, "watchdog-main.ts");
  // Leads its own process group, so that Ctrl-C reaches this process and not the watchdog.
  const child = spawn(process.execPath, [program, folder], {
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
  });
  const exited = once(child, "exit") as Promise<[code: number | null, signal: string | null]>;
  // A watchdog that died is reported by `finish`; writing to it in the meantime must not end this process.
  child.stdin.on("error", () => undefined);
  exited.catch(() => undefined);
  const tell = (order: WatchdogOrder): void => {
    child.stdin.write(`${JSON.stringify(order)}\n`);
  };
  return {
    guard: (pid) => tell({ order: "guard", pid }),
    forget: (pid) => tell({ order: "forget", pid }),
    async finish(folder) {
      if (folder === "keep") tell({ order: "keep" });
      child.stdin.end();
      const [code, signal] = await exited;
      if (code !== 0) throw new Error(`the watchdog ended with ${signal ?? `exit code ${code}`}`);
    },
  };
}

/** What the pipe carries, one JSON object a line. */
export type WatchdogOrder = { order: "guard"; pid: number } | { order: "forget"; pid: number } | { order: "keep" };
