/** Fields of a log line: plain values that are safe to print. Never a library's error object. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Constant messages with fields; `src/cli/log.ts` makes one of pino, tests collect lines in an array. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
