import type { Result } from "../std/result.ts";

/** What the API server's refusal, or its silence, means for the caller. */
export type KubeProblem =
  | "not-found"
  | "conflict" // the object is no longer as it was read
  | "gone" // the resourceVersion is too old: list again
  | "unauthorized"
  | "forbidden"
  | "invalid" // the request is refused for what it says; repeating it changes nothing
  | "throttled"
  | "unavailable" // 5xx
  | "too-large" // the answer is larger than we take at once
  | "unreachable"; // no whole answer

/** A request to the API server that did not do what it was asked. Plain data; never a header, never a body. */
export interface KubeFailure {
  readonly kind: "kube";
  readonly problem: KubeProblem;
  readonly verb: string;
  /** Path without its query. */
  readonly path: string;
  readonly httpStatus: number | undefined;
  /** The API server's sentence, or the transport's code. */
  readonly message: string;
  /** How long the API server asks to wait, whatever the problem; ten minutes at most. */
  readonly retryAfterMs: number | undefined;
}

export type KubeAnswer<T> = Promise<Result<T, KubeFailure>>;
