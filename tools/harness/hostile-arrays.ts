import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { httpAnswer, startRawServer } from "./raw-server.ts";

/**
 * Endpoints that a tenant could name in an OntapConnection, and that do what no ONTAP does: each tries to take memory, time,
 * connections or the log of the process that asks them, and all of that from everyone else whom it serves.
 */
export interface HostileArray extends AsyncDisposable {
  readonly kind: HostileKind;
  /** `https://127.0.0.1:port`. */
  readonly url: string;
  readonly caPem: string;
  /** How many requests it has got, or connections where no request comes through. */
  readonly asked: () => number;
}

/** Gets a request as text, such as `GET /api/cluster?fields=uuid HTTP/1.1...`. `count` is 1 for the first one. */
type Respond = (socket: Socket, request: string, count: number) => void;

const megabyte = 1024 * 1024;
const chunk = (bytes: number): string => `${bytes.toString(16)}\r\n${"x".repeat(bytes)}\r\n`;
const records = (list: readonly object[], next?: string): string =>
  JSON.stringify({
    records: list,
    num_records: list.length,
    ...(next === undefined ? {} : { _links: { next: { href: next } } }),
  });
const uuidOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const manySvms = (from: number, count: number): readonly object[] =>
  Array.from({ length: count }, (_, index) => ({ uuid: uuidOf(from + index), name: `svm-${from + index}` }));
const manyCredentials = (count: number, svm: string): readonly object[] =>
  Array.from({ length: count }, (_, index) => ({
    svm: { uuid: svm },
    initiator: `iqn.1994-05.com.redhat:${"long".repeat(40)}${index}`,
    authentication_type: "none",
  }));

const ownSvm = uuidOf(1);
const isFor = (request: string, path: string): boolean => request.startsWith(`GET /api/${path}`);

/** Answers what a connection is asked first as an array would, so that the request for credentials comes. */
function wellUntilCredentials(then: Respond): Respond {
  return (socket, request, count) => {
    if (isFor(request, "cluster")) {
      const version = { full: "NetApp Release 9.14.1: hostile", generation: 9, major: 14, minor: 1 };
      socket.write(httpAnswer(200, JSON.stringify({ uuid: uuidOf(0), name: "hostile", version })));
    } else if (isFor(request, "svm/svms")) {
      const svm = { uuid: ownSvm, name: "svm1", state: "running", subtype: "default" };
      socket.write(httpAnswer(200, records([svm])));
    } else then(socket, request, count);
  };
}

/** Sends a piece again and again, as fast as the other side takes it, until that hangs up. */
function pour(socket: Socket, piece: string | Buffer): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
    if (!socket.destroyed) socket.once("drain", more);
  };
  more();
}

/** A piece every 20 ms, for as long as anyone listens. */
function drip(socket: Socket, pieces: () => string): void {
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else socket.write(pieces());
  }, 20);
}

const authorizationIn = (request: string): string => /^authorization: (.*)$/im.exec(request)?.[1]?.trim() ?? "";

const behaviours = {
  "says nothing": () => undefined,
  "hangs up": (socket) => socket.destroy(),
  "stops after the headers": (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n"),
  "stops within the body": (socket) => socket.end(httpAnswer(200, records([])).subarray(0, -5)),
  "sends a byte now and then": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
    drip(socket, () => "x");
  },
  "sends headers without end": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    pour(socket, `x: ${"y".repeat(1000)}\r\n`);
  },
  "sends interim answers without end": (socket) => pour(socket, "HTTP/1.1 100 Continue\r\n\r\n".repeat(500)),
  "sends a body without end": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    pour(socket, chunk(megabyte));
  },
  "announces a terabyte": (socket) => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${2 ** 40}\r\n\r\n`),
  "sends a bomb of gzip": (socket) => {
    const bomb = gzipSync(Buffer.alloc(64 * megabyte, " "));
    socket.write(httpAnswer(200, bomb, { "content-encoding": "gzip" }));
  },
  "sends two megabytes of nothing": (socket) => socket.write(httpAnswer(200, " ".repeat(2 * megabyte))),
  "nests deeply": (socket) => socket.write(httpAnswer(200, `{"records":${"[".repeat(900_000)}${"]".repeat(900_000)}}`)),
  "sends a million empty objects": (socket) =>
    socket.write(httpAnswer(200, `{"records":[${"{},".repeat(600_000)}{}]}`)),
  "counts in numbers of a megabyte": (socket) =>
    socket.write(httpAnswer(200, `{"records":[{"uuid":${"9".repeat(megabyte)}}],"num_records":1e99999}`)),
  "redirects in a circle": (socket, request) =>
    socket.write(httpAnswer(302, "", { location: request.split(" ")[1] ?? "/" })),
  "refuses every login": (socket) =>
    socket.write(httpAnswer(401, '{"error":{"code":"6691623","message":"User is not authorized."}}')),
  "asks for a pause of a century": (socket) =>
    socket.write(httpAnswer(429, '{"error":{"code":"8","message":"busy"}}', { "retry-after": "3153600000" })),
  "repeats the login in its error": (socket, request) => {
    const login = authorizationIn(request);
    const plain = Buffer.from(login.replace("Basic ", ""), "base64").toString();
    const message = `login ${plain} (${login}) ${JSON.stringify(plain)} `.repeat(4000);
    socket.write(httpAnswer(500, JSON.stringify({ error: { code: "99999999", message } })));
  },
  "shows pages of SVMs without end": (socket, _request, count) => {
    const next = `/api/svm/svms?fields=uuid&start=${count}`;
    socket.write(httpAnswer(200, records(manySvms(count * 500, 500), next)));
  },
  "shows other SVMs each time": (socket, request, count) => {
    if (isFor(request, "svm/svms")) socket.write(httpAnswer(200, records(manySvms(count * 5000, 5000))));
    else wellUntilCredentials(() => undefined)(socket, request, count);
  },
  "shows the same page of credentials for ever": wellUntilCredentials((socket, request) => {
    const href = request.split(" ")[1];
    socket.write(httpAnswer(200, records(manyCredentials(500, ownSvm), href)));
  }),
  "shows credentials of another SVM": wellUntilCredentials((socket) =>
    socket.write(httpAnswer(200, records(manyCredentials(5000, uuidOf(2))))),
  ),
  "answers every other request with an error": wellUntilCredentials((socket, _request, count) =>
    socket.write(count % 2 === 0 ? httpAnswer(200, records([])) : httpAnswer(503, "<html>")),
  ),
  "accepts every write and keeps none": wellUntilCredentials((socket, request) =>
    socket.write(request.startsWith("GET ") ? httpAnswer(200, records([])) : httpAnswer(201, "{}")),
  ),
} as const satisfies Readonly<Record<string, Respond>>;

/** What only a server below TLS can do. */
const belowTls = ["never begins TLS"] as const;

export type HostileKind = keyof typeof behaviours | (typeof belowTls)[number];
export const hostileKinds: readonly HostileKind[] = [
  ...belowTls,
  ...(Object.keys(behaviours) as (keyof typeof behaviours)[]),
];

/** Starts one on loopback. It ends when it is disposed of, with everything that it still sends. */
export async function startHostileArray(kind: HostileKind): Promise<HostileArray> {
  let asked = 0;
  if (kind === "never begins TLS") return startMute();
  const respond: Respond = behaviours[kind];
  const server = await startRawServer((socket, request) => respond(socket, request, (asked += 1)));
  return {
    kind,
    url: server.url,
    caPem: server.caPem,
    asked: () => asked,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Accepts TCP connections, and reads what comes. */
async function startMute(): Promise<HostileArray> {
  let asked = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    asked += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  await using authority = await startRawServer(() => undefined);
  return {
    kind: "never begins TLS",
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caPem: authority.caPem,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
