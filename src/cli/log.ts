import { pino, stdTimeFunctions } from "pino";
import type { Log } from "../std/log.ts";
import { textLineOf } from "./log-text.ts";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** `auto`: text when standard output is a terminal, else JSON. */
export const logFormats = ["auto", "json", "text"] as const;
export type LogFormat = (typeof logFormats)[number];

/**
 * Lines on standard output, written in the background: a reader that stalls must not stall the operator. What is not yet
 * written when the process exits is written then. Fields are picked where they are logged; the redaction here is the last net.
 */
export function createLog(level: LogLevel, format: LogFormat): Log {
  const output = pino.destination({ fd: 1, sync: false });
  const asText = format === "text" || (format === "auto" && process.stdout.isTTY);
  const color = process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: ["password", "*.password", "token", "*.token", "authorization", "*.authorization"],
  };
  if (!asText) return pino(options, output);
  return pino(options, { write: (json) => void output.write(`${textLineOf(json.trimEnd(), { color })}\n`) });
}
