import type { KubeRequest } from "../../../src/kube/transport.ts";
import type { Clock } from "../../../src/std/clock.ts";
import { expired } from "./answer.ts";
import type { Change, Etcd } from "./etcd.ts";
import { selectorOf } from "./lists.ts";
import type { Target } from "./resources.ts";
import { viewFor } from "./view.ts";

/**
 * The watches of the API server. Each is a queue of its own: what it brings comes late, but in the order in which it was
 * written. Two watches, also of one resource, may be behind by different times.
 *
 * Relied upon: no event is left out between the revision that a watch begins with and its last one; a bookmark comes after
 * everything up to its revision; `sendInitialEvents` sends all that there is, then a marked bookmark (KEP-3157); a
 * revision that is compacted is answered by an ERROR event of 410; one that lies in the future, as after a restore, is
 * accepted, and nothing is shown until the counter has passed it.
 */
export interface Watches {
  /** @param reader its clock: one that is stopped or dead reads nothing. */
  open(target: Target, request: KubeRequest, reader: Clock): AsyncIterable<Uint8Array>;
  /** All streams end, as when the API server is started again. */
  readonly breakAll: () => void;
  /** Watches that are open. */
  count(): number;
}

export interface WatchesDeps {
  readonly etcd: Etcd;
  readonly clock: Clock;
  /** How long after a write one watch brings it; drawn for each event. */
  readonly lagMs: () => number;
}

const bookmarkEveryMs = 60_000;

interface Watch {
  readonly resource: string;
  tell(change: Change): void;
  break(): void;
}

export function createWatches({ etcd, clock, lagMs }: WatchesDeps): Watches {
  const watches = new Set<Watch>();
  etcd.onChange((change) => {
    for (const watch of watches) if (watch.resource === change.resource) watch.tell(change);
  });

  function open(target: Target, request: KubeRequest, reader: Clock): AsyncIterable<Uint8Array> {
    const { resourceVersion, sendInitialEvents, allowWatchBookmarks, timeoutSeconds, fieldSelector } =
      request.query ?? {};
    const { plural, apiVersion, kind } = target.resource;
    const selected = selectorOf(target, fieldSelector) ?? (() => false);
    const view = viewFor(request, target.resource);
    const begins = sendInitialEvents === "true";
    const from = begins ? etcd.revision() : Number(resourceVersion ?? etcd.revision());
    const stream = createStream(reader, lagMs);

    const send = (type: string, object: object): void => stream.send({ type, object });
    const bookmark = (annotations?: object): void =>
      send("BOOKMARK", {
        apiVersion,
        kind,
        metadata: { resourceVersion: String(Math.max(from, etcd.revision())), ...(annotations && { annotations }) },
      });
    const watch: Watch = {
      resource: plural,
      tell({ type, revision, object }) {
        if (revision > from && selected(object)) send(type, view(object));
      },
      break: () => stop("broken"),
    };
    const callOffs: (() => void)[] = [];
    function stop(how: "ended" | "broken"): void {
      watches.delete(watch);
      for (const callOff of callOffs) callOff();
      stream.end(how);
    }
    const remind = (): void => {
      bookmark();
      callOffs[0] = clock.after(bookmarkEveryMs, remind);
    };

    if (from < etcd.compactedTo()) {
      const { status: code, ...why } = expired;
      send("ERROR", { apiVersion: "v1", kind: "Status", status: "Failure", code, ...why });
      stream.endAfterLast();
      return stream.iterable(() => {});
    }
    if (begins) {
      for (const object of etcd.list(plural).filter(selected)) send("ADDED", view(object));
      bookmark({ "k8s.io/initial-events-end": "true" });
    } else for (const change of etcd.since(plural, from)) watch.tell(change);
    watches.add(watch);
    callOffs.push(clock.after(allowWatchBookmarks === "true" ? bookmarkEveryMs : Infinity, remind));
    callOffs.push(clock.after(Number(timeoutSeconds ?? 1800) * 1000, () => stop("ended")));
    return stream.iterable(() => stop("ended"));
  }

  return {
    open,
    breakAll() {
      for (const watch of watches) watch.break();
    },
    count: () => watches.size,
  };
}

interface StreamEvent {
  readonly type: string;
  readonly object: object;
}

/** Lines on their way to one reader, each later by a lag of its own but never before the one before it. */
function createStream(clock: Clock, lagMs: () => number) {
  const arrived: Uint8Array[] = [];
  let dueMs = 0;
  let underWay = 0;
  let endsAfterLast = false;
  let state: "open" | "ended" | "broken" = "open";
  let wake: (() => void) | undefined;

  function woken(): void {
    wake?.();
    wake = undefined;
  }

  return {
    send(event: StreamEvent): void {
      if (state !== "open") return;
      const line = Buffer.from(`${JSON.stringify(event)}\n`);
      dueMs = Math.max(dueMs, clock.monotonic() + lagMs());
      underWay += 1;
      clock.after(dueMs - clock.monotonic(), () => {
        underWay -= 1;
        if (state !== "open") return;
        arrived.push(line);
        if (endsAfterLast && underWay === 0) state = "ended";
        woken();
      });
    },
    endAfterLast: () => void (endsAfterLast = true),
    /** What is under way is lost. */
    end(how: "ended" | "broken"): void {
      if (state === "open") state = how;
      woken();
    },
    iterable: (onLeave: () => void): AsyncIterable<Uint8Array> => ({
      [Symbol.asyncIterator]: () => ({
        async next() {
          for (;;) {
            const line = arrived.shift();
            if (line !== undefined) return { done: false, value: line };
            if (state === "broken") throw new Error("the stream broke");
            if (state === "ended") return { done: true, value: undefined };
            const { promise, resolve } = Promise.withResolvers<void>();
            wake = resolve;
            await promise;
          }
        },
        return() {
          onLeave();
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    }),
  };
}
