/** What is told of the traffic with the API server. */
export interface KubeMeter {
  /** `verb`: the HTTP method, or WATCH; `code`: `2xx`, another HTTP status, or `none` when no answer came. */
  requested(request: { readonly verb: string; readonly code: string }): void;
}

export interface EventMeter {
  /** `full`: too many were waiting; `refused`: the API server did not take it. */
  dropped(why: "full" | "refused"): void;
}
