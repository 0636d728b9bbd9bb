/** Every figure that is measured, what it should be, and what a Go operator needs for the same job. */
export interface Target {
  readonly what: string;
  readonly unit: "ms" | "s" | "MB" | "×" | "";
  readonly limit: Limit;
  /** controller-runtime 0.25 on two cores of the same kind, one collection GET per SVM; absent where nobody measured it. */
  readonly go?: number;
}

type Limit = { readonly atMost: number } | { readonly below: number };

/**
 * "Linear" and "flat" need a number: half as much again. The bare generator itself took 1.4 times as long per credential
 * with ten times as many, since the API server does.
 */
const halfAsMuchAgain = { atMost: 1.5 };

export const targets = {
  "first-watch": { what: "start → first watch", unit: "ms", limit: { below: 300 }, go: 29 },
  "rss-idle": { what: "RSS, idle", unit: "MB", limit: { atMost: 75 }, go: 39 },
  "new-ratio": {
    what: "1,000 new credentials: start → all Ready ÷ bare generator",
    unit: "×",
    limit: { atMost: 1.3 },
    go: 1.35,
  },
  "new-cpu": { what: "operator CPU for them", unit: "s", limit: { atMost: 3 }, go: 1.8 },
  "new-api-requests": {
    what: "API-server requests per new credential, Events apart",
    unit: "",
    limit: { atMost: 3 },
    go: 3,
  },
  // One write, and ten requests in all for probes and pages.
  "new-array-requests": { what: "array requests per new credential", unit: "", limit: { atMost: 1.01 }, go: 2 },
  "rss-1000": { what: "RSS with 1,000 credentials", unit: "MB", limit: { atMost: 100 }, go: 57 },
  "all-edited-ratio": {
    what: "all 1,000 Secrets edited at once → array equal ÷ bare generator",
    unit: "×",
    limit: { atMost: 1.5 },
  },
  "edit-p50": {
    what: "Secret edit → array accepted, 20 a second: median, less the array's 5 ms",
    unit: "ms",
    limit: { below: 6 },
    go: 2.8,
  },
  "edit-p99": { what: "the same: 99th percentile", unit: "ms", limit: { below: 15 }, go: 6 },
  "edit-api-requests": { what: "API-server requests per Secret edit", unit: "", limit: { atMost: 2 } },
  "edit-array-requests": { what: "array requests per Secret edit", unit: "", limit: { atMost: 1 } },
  "outage-probes": { what: "array down for 60 s: probes in 5 s, mean", unit: "", limit: { atMost: 1 } },
  "outage-recovery": {
    what: "its return → all applied, less the work that was left",
    unit: "s",
    limit: { atMost: 5 },
  },
  "hostile-rss": { what: "25 hostile arrays of all kinds: RSS at most", unit: "MB", limit: { below: 200 } },
  "hostile-silence": { what: "the same: longest silence of /livez", unit: "ms", limit: { below: 1000 } },
  "hostile-edit": { what: "the same: longest that an honest edit took", unit: "ms", limit: { below: 1000 } },
  "resync-pages": { what: "resync, 10 SVMs: collection GETs an hour", unit: "", limit: { atMost: 60 } },
  "resync-array-writes": { what: "resync: writes to the array", unit: "", limit: { atMost: 0 } },
  "resync-api-writes": { what: "resync: writes to the API server, the Lease apart", unit: "", limit: { atMost: 0 } },
  "login-15min": {
    what: "wrong login, 1,000 credentials: 401s in the first 15 min",
    unit: "",
    limit: { atMost: 1 },
  },
  "login-48h": { what: "the same in 48 h, restarts included", unit: "", limit: { atMost: 4 } },
  "restart-watching": { what: "restart with 10,000 settled → reconciling", unit: "s", limit: { below: 5 } },
  "restart-array-writes": { what: "restart: writes to the array", unit: "", limit: { atMost: 0 } },
  "restart-api-writes": {
    what: "restart: writes to the API server, the Lease apart",
    unit: "",
    limit: { atMost: 0 },
  },
  "rss-10000": {
    what: "RSS with 10,000 credentials and 30,000 foreign Secrets",
    unit: "MB",
    limit: { below: 150 },
    go: 181,
  },
  "growth-time": {
    what: "1,000 → 10,000: time per new credential, ratio",
    unit: "×",
    limit: halfAsMuchAgain,
    go: 1.27,
  },
  // What the targets for 1,000 and for 10,000 leave.
  "growth-memory": { what: "memory per 1,000 credentials more", unit: "MB", limit: { atMost: 5.6 }, go: 9.2 },
  "growth-edit": { what: "median of a rotation with 10,000 ÷ with 1,000", unit: "×", limit: halfAsMuchAgain },
} as const satisfies Record<string, Target>;

export type Row = keyof typeof targets;

/** What a part has found out; notes help to read the figures. */
export interface Measured {
  readonly figures: Partial<Record<Row, number>>;
  readonly notes: readonly string[];
}

export const targetOf = (row: Row): Target => targets[row];

export const limitOf = ({ limit }: Target): number => ("atMost" in limit ? limit.atMost : limit.below);

export const isMet = (target: Target, value: number): boolean =>
  "atMost" in target.limit ? shownValue(value) <= target.limit.atMost : value < target.limit.below;

/** As many digits as mean something, so that what is shown and what is judged are the same. */
export const shownValue = (value: number): number =>
  Math.abs(value) >= 20 ? Math.round(value) : Number(value.toFixed(value >= 5 ? 1 : 2));

export const withUnit = (value: number, unit: Target["unit"]): string =>
  `${shownValue(value)}${unit === "" ? "" : unit === "×" ? " ×" : ` ${unit}`}`;

export function limitText(target: Target): string {
  const limit = withUnit(limitOf(target), target.unit);
  return limitOf(target) === 0 ? limit : `${"atMost" in target.limit ? "≤" : "<"} ${limit}`;
}
