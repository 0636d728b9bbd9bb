/** What is counted of the traffic with the API server. */
export interface KubeMeter {
  /** `verb`: the HTTP method, or WATCH; `code`: `2xx`, another HTTP status, or `none` when no answer came. */
  requested(request: { readonly verb: string; readonly code: string }): void;
}

export interface EventMeter {
  /** `full`: too many were waiting; `refused`: the API server did not take it. */
  dropped(why: "full" | "refused"): void;
}

/** Of the watch of one kind. */
export interface WatchMeter {
  /** A stream was given up, and why; `rewound`: the API server went back to an earlier state, as after a restore of etcd. */
  restarted(kind: string, why: "ended" | "silent" | "broken" | "gone" | "refused" | "unreadable" | "rewound"): void;
  /** Something that came could not be read. */
  skipped(kind: string, what: "line" | "object"): void;
}
