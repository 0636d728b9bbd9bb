import type { ApiError } from "../wire/api-error.ts";

/** What a fault changes about an otherwise honest answer. */
export interface Distortion {
  readonly lagMs: number;
  readonly numericCode: boolean;
  /** Answers this instead; with `applied`, after doing what was asked. */
  readonly instead?: {
    readonly error: ApiError;
    readonly status?: number;
    readonly applied: boolean;
    readonly retryAfterSeconds?: number;
  };
}

export const undistorted: Distortion = { lagMs: 0, numericCode: false };
