/** One request as the simulator saw it and answered it. `code` is ONTAP's, if the answer was an error. */
export interface LoggedRequest {
  /** Counts from 1. */
  readonly number: number;
  /** When it was answered, in epoch milliseconds, with fractions if the clock has them: after its latency, when a write had taken effect. */
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly user: string | undefined;
  /** Undefined if no answer was sent: reset, lost or hanging. */
  readonly status: number | undefined;
  readonly code: string | undefined;
  /** The client's own name for itself: `X-Dot-Client-App`, else `User-Agent`. */
  readonly client: string | undefined;
  /** `User-Agent`: tells apart the processes of one client. */
  readonly userAgent: string | undefined;
  /** Counts connections from 1, so that keep-alive can be seen. */
  readonly connection: number;
}

/** How often a kind of request was answered in one way. */
export interface RequestCount {
  readonly method: string;
  readonly path: string;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly count: number;
}

export interface RequestLog {
  add(request: Omit<LoggedRequest, "number">): void;
  /** The latest requests, oldest first. */
  list(): readonly LoggedRequest[];
  counts(): readonly RequestCount[];
  reset(): void;
}

/** Requests beyond this many are forgotten, oldest first; counts forget nothing. */
const keptRequests = 10_000;

export function createRequestLog(): RequestLog {
  let requests: LoggedRequest[] = [];
  let counts = new Map<string, RequestCount>();
  let number = 0;
  return {
    add(request) {
      number += 1;
      requests.push({ number, ...request });
      if (requests.length > 2 * keptRequests) requests = requests.slice(-keptRequests);
      const { method, path, status, code } = request;
      const key = `${method} ${path} ${status} ${code}`;
      counts.set(key, { method, path, status, code, count: (counts.get(key)?.count ?? 0) + 1 });
    },
    list: () => requests.slice(-keptRequests),
    counts: () => [...counts.values()],
    reset() {
      requests = [];
      counts = new Map();
    },
  };
}
