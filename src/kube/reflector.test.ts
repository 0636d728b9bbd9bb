import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createManualClock, type ManualClock } from "../../test/harness/manual-clock.ts";
import type { KubeFailure, KubeProblem } from "../api/failure.ts";
import { keyOf, type ObjectKey } from "../api/key.ts";
import { err, ok, type Result } from "../std/result.ts";
import { createReflector, type Reflector } from "./reflector.ts";
import { createStore, type Store } from "./store.ts";
import type { KubeRequest, KubeTransport } from "./transport.ts";
import type { RawObject } from "./watch-events.ts";

/** Every way in which a watch is known to end, against a scripted API server. */

interface Thing {
  readonly key: ObjectKey;
  readonly meta: { readonly uid: string; readonly resourceVersion: string };
}

const parse = ({ metadata }: RawObject): Thing | undefined => {
  const { name, uid, resourceVersion } = metadata as Record<string, string>;
  return {
    key: keyOf({ namespace: "ns", name: name ?? "" }),
    meta: { uid: uid ?? "", resourceVersion: resourceVersion ?? "" },
  };
};
const aThing = (name: string, resourceVersion: number, uid = `uid-${name}`): RawObject => ({
  metadata: { namespace: "ns", name, uid, resourceVersion: String(resourceVersion) },
});
const aList = (resourceVersion: number, items: readonly RawObject[], next?: string): object => ({
  metadata: { resourceVersion: String(resourceVersion), ...(next === undefined ? {} : { continue: next }) },
  items,
});
const aFailure = (problem: KubeProblem, retryAfterMs?: number): KubeFailure => ({
  kind: "kube",
  verb: "GET",
  path: "/things",
  problem,
  httpStatus: undefined,
  message: problem,
  retryAfterMs,
});

/** A stream that says what it is told to, and ends, breaks or stays silent as it is told to. */
interface Stream {
  event(type: string, object: RawObject): void;
  bytes(...chunks: readonly Buffer[]): void;
  end(): void;
  break(): void;
}

interface Server {
  readonly transport: KubeTransport;
  readonly requests: readonly KubeRequest[];
  /** What is answered to lists, in order; the last one for ever. */
  lists: readonly Result<object, KubeFailure>[];
  /** What is answered to the question how far the server is, which no other list asks; not counted among the requests. */
  currentVersion: number;
  /** Whether a watch may begin with all that there is; without it lists are asked for. */
  offersWatchList: boolean;
  /** What is answered to the next watches, before streams are given. */
  refusals: KubeFailure[];
  readonly streams: readonly Stream[];
}

function createServer(): Server {
  const requests: KubeRequest[] = [];
  const streams: Stream[] = [];
  const server = {
    requests,
    streams,
    lists: [] as readonly Result<object, KubeFailure>[],
    currentVersion: 1_000_000,
    offersWatchList: false,
    refusals: [] as KubeFailure[],
    transport: {
      async send(request: KubeRequest) {
        if (request.query?.["limit"] === "1") return ok(aList(server.currentVersion, []));
        requests.push(request);
        const [first = err(aFailure("unavailable")), ...rest] = server.lists;
        if (rest.length > 0) server.lists = rest;
        return first;
      },
      async stream(request: KubeRequest) {
        const begins = request.query?.["sendInitialEvents"] === "true";
        if (begins && !server.offersWatchList) return err(aFailure("invalid"));
        requests.push(request);
        const refusal = server.refusals.shift();
        if (refusal !== undefined) return err(refusal);
        const { stream, chunks } = createStream();
        streams.push(stream);
        return ok(chunks);
      },
      close: async () => undefined,
    },
  };
  return server;
}

function createStream(): { stream: Stream; chunks: AsyncIterable<Uint8Array> } {
  const waiting: Buffer[] = [];
  let finish: "end" | "break" | undefined;
  let wake = (): void => {};
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = waiting.shift();
      if (chunk !== undefined) yield chunk;
      else if (finish === "end") return;
      else if (finish === "break") throw new Error("terminated");
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  const bytes = (...added: readonly Buffer[]): void => {
    waiting.push(...added);
    wake();
  };
  const stop = (how: "end" | "break"): void => {
    finish = how;
    wake();
  };
  return {
    stream: {
      bytes,
      event: (type, object) => bytes(Buffer.from(`${JSON.stringify({ type, object })}\n`)),
      end: () => stop("end"),
      break: () => stop("break"),
    },
    chunks: chunks(),
  };
}

let clock: ManualClock;
let reflector: Reflector;
let told: string[];
let rewinds: number;
let server: Server;
let store: Store<Thing>;
let stop: AbortController;
let running: Promise<void>;

/** Lets what is ready happen, without time going by. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await clock.pass(0);
};
const names = (): readonly string[] => [...store.values()].map(({ key }) => key.slice(3)).toSorted();
const queries = (): readonly string[] =>
  server.requests.map(({ query }) =>
    query?.["watch"] === undefined ? "list" : `watch from ${query["resourceVersion"] ?? "the beginning"}`,
  );
const streamNumber = (index: number): Stream => {
  const stream = server.streams[index];
  if (stream === undefined) throw new Error(`there is no stream ${index}; asked: ${queries().join(", ")}`);
  return stream;
};

beforeEach(() => {
  clock = createManualClock();
  told = [];
  rewinds = 0;
  server = createServer();
  server.lists = [ok(aList(10, [aThing("a", 5), aThing("b", 6)]))];
  store = createStore<Thing>(() => undefined);
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await running;
});

async function start(parseThing = parse): Promise<void> {
  const silent = (): void => undefined;
  reflector = createReflector({
    name: "things",
    path: "/things",
    metadataOnly: false,
    parse: parseThing,
    store,
    transport: server.transport,
    clock,
    random: () => 0.5,
    log: { debug: silent, info: silent, warn: (_, message) => void told.push(message), error: silent },
    meter: {
      restarted: (kind, why) => void told.push(`${kind} restarted: ${why}`),
      skipped: (kind, what) => void told.push(`${kind} skipped: ${what}`),
    },
    onRewound: () => void (rewinds += 1),
  });
  running = reflector.run(stop.signal);
  await settle();
}

describe("the list", () => {
  test("comes in pages, and counts when it is whole", async () => {
    server.lists = [ok(aList(10, [aThing("a", 5)], "more")), ok(aList(10, [aThing("b", 6)]))];
    await start();
    expect(names()).toEqual(["a", "b"]);
    expect(server.requests.map(({ query }) => query?.["continue"])).toEqual([undefined, "more", undefined]);
    expect(server.requests[0]?.query?.["limit"]).toBe("500");
  });

  test("that fails is asked for again, later each time, and as late as the server wants", async () => {
    server.lists = [err(aFailure("throttled", 20_000)), ok(aList(10, [aThing("a", 5)]))];
    await start();
    await clock.pass(19_000);
    expect(queries()).toEqual(["list"]);
    await clock.pass(1000);
    await settle();
    expect(names()).toEqual(["a"]);
  });
});

/** An event as the API server writes it: keys sorted, metadata before spec. */
const eventLine = (resourceVersion: number, { annotations = {}, name = "a" } = {}): Buffer =>
  Buffer.from(
    `{"type":"MODIFIED","object":{"apiVersion":"v1","kind":"Thing","metadata":${JSON.stringify({
      annotations,
      creationTimestamp: "2026-01-01T00:00:00Z",
      name,
      namespace: "ns",
      resourceVersion: String(resourceVersion),
      uid: `uid-${name}`,
    })},"spec":{"a":1},"status":{"applied":{"resourceVersion":"4","uid":"uid-a"}}}}\n`,
  );

describe("an event whose object is in the store already", () => {
  let parsedVersions: string[];
  const counting = (raw: RawObject): Thing | undefined => {
    const thing = parse(raw);
    parsedVersions.push(thing?.meta.resourceVersion ?? "");
    return thing;
  };
  beforeEach(async () => {
    parsedVersions = [];
    await start(counting);
    parsedVersions = [];
    const ours = parse(aThing("a", 12));
    if (ours !== undefined) store.put(ours);
  });

  test("is not parsed, and the watch goes on from it", async () => {
    streamNumber(0).bytes(eventLine(12), eventLine(13, { name: "b" }), eventLine(12));
    await settle();
    expect(parsedVersions).toEqual(["13"]);
    await clock.pass(5000);
    streamNumber(0).end();
    await settle();
    expect(queries().at(-1)).toBe("watch from 12");
  });

  test("cannot be imitated by an annotation", async () => {
    const annotations = { name: "a", namespace: "ns", resourceVersion: "12", uid: "uid-a", x: '"},"spec":' };
    streamNumber(0).bytes(eventLine(14, { annotations }));
    await settle();
    expect(parsedVersions).toEqual(["14"]);
    expect(store.get(keyOf({ namespace: "ns", name: "a" }))?.meta.resourceVersion).toBe("14");
  });
});

test("a list whose pages are too large is asked for in smaller ones", async () => {
  server.lists = [err(aFailure("too-large")), err(aFailure("too-large")), ok(aList(10, [aThing("a", 5)]))];
  await start();
  expect(server.requests.map(({ query }) => query?.["limit"])).toEqual(["500", "62", "7", undefined]);
  expect(names()).toEqual(["a"]);
});

describe("a watch that begins with all that there is", () => {
  const end = (resourceVersion: number): RawObject => ({
    metadata: { resourceVersion: String(resourceVersion), annotations: { "k8s.io/initial-events-end": "true" } },
  });
  beforeEach(() => {
    server.offersWatchList = true;
  });

  test("counts when its last initial event has come, and goes on as the same stream", async () => {
    await start();
    streamNumber(0).event("ADDED", aThing("a", 5));
    streamNumber(0).event("BOOKMARK", aThing("", 6));
    await settle();
    expect([reflector.synced(), names()]).toEqual([false, []]);
    streamNumber(0).event("BOOKMARK", end(10));
    streamNumber(0).event("ADDED", aThing("b", 11));
    await settle();
    expect([reflector.synced(), names()]).toEqual([true, ["a", "b"]]);
    expect(queries()).toEqual(["watch from the beginning"]);
    expect(server.requests[0]?.query).toMatchObject({
      resourceVersionMatch: "NotOlderThan",
      allowWatchBookmarks: "true",
    });
  });

  test("takes away what has gone since, when it begins again after a 410", async () => {
    await start();
    for (const name of ["a", "b"]) streamNumber(0).event("ADDED", aThing(name, 5));
    streamNumber(0).event("BOOKMARK", end(10));
    streamNumber(0).event("ERROR", { code: 410 });
    await settle();
    await clock.pass(2000);
    await settle();
    streamNumber(1).event("ADDED", aThing("b", 5));
    streamNumber(1).event("BOOKMARK", end(50));
    await settle();
    expect(names()).toEqual(["b"]);
    expect(told).toContain("things restarted: gone");
  });

  test("that breaks off before its end shows nothing, and lists are asked for instead", async () => {
    await start();
    streamNumber(0).event("ADDED", aThing("torn", 5));
    streamNumber(0).break();
    await settle();
    await clock.pass(2000);
    await settle();
    expect(names()).toEqual(["a", "b"]);
    expect(queries()).toEqual(["watch from the beginning", "list", "watch from 10"]);
  });
});

test("something that is not an object is counted, logged once, and keeps nothing else back", async () => {
  await start();
  for (const version of [11, 12]) streamNumber(0).event("ADDED", { metadata: { resourceVersion: String(version) } });
  streamNumber(0).event("ADDED", aThing("c", 13));
  await settle();
  expect(names()).toContain("c");
  expect(told).toEqual([
    "things skipped: object",
    "the API server sent something that is not an object; it is left out",
    "things skipped: object",
  ]);
});

test("what only a person can fix is logged soon, and not with every attempt", async () => {
  server.lists = [err(aFailure("forbidden"))];
  await start();
  for (let minute = 0; minute < 18; minute += 1) await clock.pass(30_000);
  expect(server.requests.length).toBeGreaterThan(10);
  expect(told).toHaveLength(1);
});

test("any word of the API server is a sign of life", async () => {
  await start();
  await clock.pass(50_000);
  streamNumber(0).event("BOOKMARK", aThing("", 40));
  await settle();
  expect(clock.monotonic() - reflector.health().lastHeardMs).toBe(0);
  await clock.pass(30_000);
  expect(clock.monotonic() - reflector.health().lastHeardMs).toBe(30_000);
});

test("a refusal that only a person can end is one too: to start again would not help", async () => {
  await start();
  server.refusals = Array.from({ length: 40 }, () => aFailure("forbidden"));
  streamNumber(0).end();
  for (let minute = 0; minute < 18; minute += 1) await clock.pass(60_000);
  expect(server.streams).toHaveLength(1);
  expect(clock.monotonic() - reflector.health().lastHeardMs).toBeLessThanOrEqual(60_000);
});

describe("the watch", () => {
  test("keeps the store equal, and asks for bookmarks", async () => {
    await start();
    const stream = streamNumber(0);
    stream.event("ADDED", aThing("c", 11));
    stream.event("MODIFIED", aThing("a", 12));
    stream.event("DELETED", aThing("b", 13));
    await settle();
    expect(names()).toEqual(["a", "c"]);
    expect(server.requests.at(-1)?.query).toMatchObject({ allowWatchBookmarks: "true", timeoutSeconds: "360" });
  });

  test.each(["end", "break"] as const)(
    "that ends (%s) goes on from the last resourceVersion, bookmarks included",
    async (how) => {
      await start();
      streamNumber(0).event("MODIFIED", aThing("a", 12));
      streamNumber(0).event("BOOKMARK", aThing("", 40));
      await settle();
      await clock.pass(5000);
      streamNumber(0)[how]();
      await settle();
      expect(queries()).toEqual(["list", "watch from 10", "watch from 40"]);
    },
  );

  test("that ends at once, again and again, is opened ever more rarely", async () => {
    await start();
    for (let round = 0; round < 60; round += 1) {
      server.streams.at(-1)?.end();
      await clock.pass(1000);
    }
    expect(server.streams.length).toBeLessThan(12);
  });

  test("that is silent for longer than bookmarks are apart is given up and resumed", async () => {
    await start();
    streamNumber(0).event("BOOKMARK", aThing("", 40));
    await settle();
    await clock.pass(89_000);
    expect(server.streams).toHaveLength(1);
    await clock.pass(2000);
    await settle();
    expect(queries().at(-1)).toBe("watch from 40");
  });

  test("whose resourceVersion is too old leads to a new list, as HTTP status", async () => {
    server.refusals = [aFailure("gone")];
    server.lists = [ok(aList(10, [aThing("a", 5), aThing("b", 6)])), ok(aList(50, [aThing("b", 45)]))];
    await start();
    await clock.pass(2000);
    await settle();
    expect(queries()).toEqual(["list", "watch from 10", "list", "watch from 50"]);
    expect(names()).toEqual(["b"]);
  });

  test("or as an ERROR event", async () => {
    server.lists = [ok(aList(10, [aThing("a", 5)])), ok(aList(50, [aThing("c", 45)]))];
    await start();
    streamNumber(0).event("ERROR", { code: 410, message: "too old resource version" });
    await settle();
    await clock.pass(2000);
    await settle();
    expect(names()).toEqual(["c"]);
  });

  test("is begun again soon after an outage, however long that was: the server that says so is back", async () => {
    server.refusals = [...Array.from({ length: 8 }, () => aFailure("unreachable")), aFailure("gone")];
    await start();
    while (server.refusals.length > 0) await clock.pass(500);
    expect(queries().at(-1)).toBe("watch from 10");
    await clock.pass(1000);
    await settle();
    expect(queries().slice(-2)).toEqual(["list", "watch from 10"]);
  });

  test("is begun again later each time by a server that says so again and again", async () => {
    server.refusals = Array.from({ length: 50 }, () => aFailure("gone"));
    await start();
    const lists = (): number => queries().filter((query) => query === "list").length;
    for (let second = 0; second < 60; second += 1) await clock.pass(1000);
    expect(lists()).toBeLessThan(9);
  });

  test("another ERROR event costs no list", async () => {
    await start();
    streamNumber(0).event("ERROR", { code: 500, message: "etcd is away" });
    await settle();
    await clock.pass(2000);
    await settle();
    expect(queries()).toEqual(["list", "watch from 10", "watch from 10"]);
  });

  test("a line that cannot be read ends the stream; three in a row lead to a new list", async () => {
    await start();
    for (let round = 0; round < 3; round += 1) {
      server.streams.at(-1)?.bytes(Buffer.from('{"type":"ADDED","object":\n'));
      await settle();
      await clock.pass(30_000);
      await settle();
    }
    expect(queries()).toEqual(["list", "watch from 10", "watch from 10", "watch from 10", "list", "watch from 10"]);
  });

  test("characters that are cut between chunks come whole", async () => {
    await start();
    const line = Buffer.from(`${JSON.stringify({ type: "ADDED", object: aThing("größe", 11) })}\n`);
    streamNumber(0).bytes(...Array.from(line, (byte) => Buffer.from([byte])));
    for (let turn = 0; turn < 30; turn += 1) await settle();
    expect(names()).toContain("größe");
  });

  test("an object of 1.5 MB comes whole", async () => {
    await start();
    const line = Buffer.from(
      `${JSON.stringify({ type: "ADDED", object: { ...aThing("big", 11), data: "x".repeat(1_500_000) } })}\n`,
    );
    for (let at = 0; at < line.length; at += 65_536) streamNumber(0).bytes(line.subarray(at, at + 65_536));
    for (let turn = 0; turn < 20; turn += 1) await settle();
    expect(names()).toContain("big");
  });

  test("an object created again under its name while the watch was down is another object", async () => {
    server.lists = [ok(aList(10, [aThing("a", 5, "first")])), ok(aList(50, [aThing("a", 45, "second")]))];
    await start();
    streamNumber(0).event("ERROR", { code: 410 });
    await settle();
    await clock.pass(2000);
    await settle();
    expect(store.get(keyOf({ namespace: "ns", name: "a" }))?.meta.uid).toBe("second");
  });
});

describe("a server whose etcd was put back to an earlier state", () => {
  const versions = (): readonly string[] =>
    [...store.values()].map(({ key, meta }) => `${key}@${meta.resourceVersion}`);
  const breakOff = async (): Promise<void> => {
    await clock.pass(5000);
    streamNumber(0).break();
    await settle();
    await clock.pass(5000);
    await settle();
  };

  test.each([
    { because: "it is not as far as the watch was", currentVersion: 12, refusals: [], listed: 12 },
    {
      because: "the watch is too old for it, and the list is older",
      currentVersion: 41,
      refusals: ["gone"],
      listed: 12,
    },
    { because: "it has caught up, and objects are older", currentVersion: 50, refusals: ["gone"], listed: 50 },
  ] as const)("is read again, and what it holds counts: $because", async ({ currentVersion, refusals, listed }) => {
    server.lists = [
      ok(aList(10, [aThing("a", 5), aThing("b", 6)])),
      ok(aList(listed, [aThing("a", 5), aThing("b", 7), aThing("c", 9)])),
    ];
    await start();
    streamNumber(0).event("MODIFIED", aThing("b", 39));
    streamNumber(0).event("BOOKMARK", aThing("", 40));
    server.currentVersion = currentVersion;
    server.refusals = refusals.map((problem) => aFailure(problem));
    await breakOff();
    expect(versions()).toEqual(["ns/a@5", "ns/b@7", "ns/c@9"]);
    expect(queries().slice(-2)).toEqual(["list", `watch from ${listed}`]);
    expect(told).toContain("things restarted: rewound");
    expect(rewinds).toBe(1);
    streamNumber(1).event("MODIFIED", aThing("a", listed + 1));
    await settle();
    expect(versions()[0]).toBe(`ns/a@${listed + 1}`);
  });

  test("is read again when another kind has noticed it, and not twice in a moment", async () => {
    server.lists = [ok(aList(10, [aThing("a", 5), aThing("b", 6)])), ok(aList(50, [aThing("a", 5), aThing("b", 7)]))];
    await start();
    streamNumber(0).event("MODIFIED", aThing("b", 39));
    await settle();
    reflector.listAgain();
    await settle();
    expect(versions(), "right after a list nothing can have changed").toEqual(["ns/a@5", "ns/b@39"]);
    await clock.pass(20_000);
    reflector.listAgain();
    reflector.listAgain();
    await settle();
    expect(versions()).toEqual(["ns/a@5", "ns/b@7"]);
    expect(queries().slice(-2)).toEqual(["list", "watch from 50"]);
    expect(rewinds).toBe(1);
  });

  test("is not suspected while the answer to a write of our own is newer than the list", async () => {
    server.lists = [ok(aList(10, [aThing("a", 5)])), ok(aList(50, [aThing("a", 45)]))];
    await start();
    const ours = parse(aThing("a", 52));
    if (ours !== undefined) store.put(ours);
    streamNumber(0).event("ERROR", { code: 410 });
    await settle();
    await clock.pass(2000);
    await settle();
    expect(versions()).toEqual(["ns/a@52"]);
    expect(rewinds).toBe(0);
  });
});
