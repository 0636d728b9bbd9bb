import type { ApiError } from "../wire/api-error.ts";

/** What a fault changes about an otherwise honest answer. */
export interface Distortion {
  readonly lagMs: number;
  readonly numericCode: boolean;
  /** Answers as usual, and leaves everything as it was. */
  readonly ignored: boolean;
  /** Answers that the request of this number waits for approval. */
  readonly approval: number | undefined;
  /** Answers this instead; with `applied`, after doing what was asked. */
  readonly instead?: {
    readonly error: ApiError;
    readonly status?: number;
    readonly applied: boolean;
    readonly retryAfterSeconds?: number;
  };
}

export const undistorted: Distortion = { lagMs: 0, numericCode: false, ignored: false, approval: undefined };
