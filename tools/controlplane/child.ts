import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";

import type { Watchdog } from "./watchdog.ts";

const tailLines = 20;

export interface Command {
  /** What messages call it. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** Where its output goes; appended to. */
  readonly logPath: string;
  readonly folder?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** How a process ended. */
export type Ending = { readonly ended: "well" } | { readonly ended: "badly"; readonly how: string };

/** A process whose group dies with this one, by the watchdog's hand. */
export interface Child {
  readonly name: string;
  /** Resolves when the process is gone. */
  readonly gone: Promise<Ending>;
  /** How it ended, or `undefined` while it runs. */
  ending(): Ending | undefined;
  /** Kills the process group, and resolves when the process is gone. */
  kill(): Promise<void>;
  /** An error that says `what` became of the process and how its log ends. */
  failure(what: string): Promise<Error>;
}

/**
 * Becomes the program when told to, after the watchdog has been told of it, and ends if no one is left to tell it: a parent
 * that is killed between the two leaves nothing behind.
 */
const whenTold = 'read -r go && exec "$@" </dev/null';

/** Starts a process. That it cannot be started shows as its ending. */
export function startChild(command: Command, watchdog: Watchdog): Child {
  const log = openSync(command.logPath, "a");
  const child = spawn("/bin/sh", ["-c", whenTold, "sh", command.file, ...command.args], {
    cwd: command.folder,
    env: command.env,
    detached: true,
    stdio: ["pipe", log, log],
  });
  closeSync(log);
  child.stdin?.on("error", () => undefined);
  const { pid } = child;
  if (pid !== undefined) watchdog.guard(pid);
  child.stdin?.end("go\n");

  let ending: Ending | undefined;
  const gone = new Promise<Ending>((resolve) => {
    const end = (result: Ending): void => {
      ending = result;
      if (pid !== undefined) watchdog.forget(pid);
      resolve(result);
    };
    child.once("error", (error) => end({ ended: "badly", how: error.message }));
    child.once("exit", (code, signal) => {
      end(code === 0 ? { ended: "well" } : { ended: "badly", how: signal ?? `exit code ${code}` });
    });
  });

  return {
    name: command.name,
    gone,
    ending: () => ending,
    async kill() {
      if (ending === undefined && pid !== undefined) process.kill(-pid, "SIGKILL");
      await gone;
    },
    async failure(what) {
      const tail = (await readFile(command.logPath, "utf8")).trimEnd().split("\n").slice(-tailLines).join("\n");
      return new Error(`${command.name} ${what}; its output ends with:\n${tail}`);
    },
  };
}
