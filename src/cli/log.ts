import { write, writeSync } from "node:fs";
import { pino, stdTimeFunctions } from "pino";
import type { Log } from "../std/log.ts";
import { createLineSink } from "./line-sink.ts";
import { textLineOf } from "./log-text.ts";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** `auto`: text when standard output is a terminal, else JSON. */
export const logFormats = ["auto", "json", "text"] as const;
export type LogFormat = (typeof logFormats)[number];

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Standard output cannot be written (any more), by the system's code. Called once. */
  readonly onBroken: (code: string) => void;
}

const standardOutput = 1;

/**
 * Lines on standard output, half a second later at most: a reader that stalls must not stall the operator. What is not yet
 * written when the process exits is written then. Fields are picked where they are logged; the redaction here is the last net.
 */
export function createLog({ level, format, onBroken }: LogOptions): Log {
  const sink = createLineSink({
    descriptor: {
      write: (bytes, done) => write(standardOutput, bytes, (error, taken) => done(error, taken)),
      writeSync: (bytes) => writeSync(standardOutput, bytes),
    },
    onBroken,
  });
  process.once("exit", () => {
    // Node waits for its threads: one that hangs in a write to a full pipe keeps the process for good.
    if (sink.flushSync() === "stalled") process.kill(process.pid, "SIGKILL");
  });
  const asText = format === "text" || (format === "auto" && process.stdout.isTTY);
  const color = process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: ["password", "*.password", "token", "*.token", "authorization", "*.authorization"],
  };
  if (!asText) return pino(options, sink);
  return pino(options, { write: (json) => sink.write(`${textLineOf(json.trimEnd(), { color })}\n`) });
}
