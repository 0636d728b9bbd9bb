import { pino, stdTimeFunctions } from "pino";
import type { Log } from "../std/log.ts";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** JSON lines on standard output. Fields are picked where they are logged; the redaction here is the last net. */
export function createLog(level: LogLevel): Log {
  return pino({
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: ["password", "*.password", "token", "*.token", "authorization", "*.authorization"],
  });
}
