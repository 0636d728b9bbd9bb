/** What a command may use of its process, so that tests can run commands within their own. */
export interface CommandIo {
  /** One line for standard output. */
  readonly out: (line: string) => void;
  /** One line for standard error. */
  readonly err: (line: string) => void;
  /** Aborted when the command is to end. */
  readonly signal: AbortSignal;
}
