import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createSocketLimit } from "./socket-limit.ts";

/** Makes a page for one request. `authorization` is the header of that name, as it came. */
export type Page = (query: URLSearchParams, authorization: string | undefined) => Promise<Answer> | Answer;

export interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly text: string;
}

export interface HealthServer {
  /** Where it listens, with the port that it got. */
  readonly address: string;
  close(): Promise<void>;
}

export interface HealthServerOptions {
  /** Undefined: on every address. */
  readonly host: string | undefined;
  /** 0 takes a free one. */
  readonly port: number;
  readonly pages: Readonly<Record<string, Page>>;
  /** A page threw: a bug. The client is told no more than that. */
  readonly onDefect: (path: string, error: unknown) => void;
}

/** Probes and scrapes are few and short. This many sockets are a few megabytes; beyond it the idlest one is closed. */
const mostSockets = 128;
/** How long a client may take to send its request, and keep a socket that it does not use. */
const patienceMs = 5000;
/** Node's default is 30 s, so that a patience of 5 s was one of 35. */
const checkEveryMs = 500;

/**
 * Plain HTTP for probes and scrapes. A client that sends nothing, half a request, or does not read its answer holds a socket
 * only until another client needs it. Rejects with the system's error when it cannot listen.
 */
export async function startHealthServer({ host, port, pages, onDefect }: HealthServerOptions): Promise<HealthServer> {
  const sockets = createSocketLimit(mostSockets);
  const server = createServer(
    {
      headersTimeout: patienceMs,
      requestTimeout: patienceMs,
      keepAliveTimeout: patienceMs,
      connectionsCheckingInterval: checkEveryMs,
      maxHeaderSize: 8192,
    },
    (request, response) => void reply(request, response),
  );
  // A client that does not read its answer makes no progress on its socket.
  server.timeout = patienceMs;
  server.on("connection", (socket) => sockets.admit(socket));

  async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    sockets.use(socket);
    response.once("close", () => sockets.rest(socket));
    // No page reads a body, so the socket is closed instead of waiting for one.
    if (request.method !== "GET") response.setHeader("connection", "close");
    const { status, contentType = "text/plain; charset=utf-8", text } = await answer(request);
    if (status === 405) response.setHeader("allow", "GET");
    if (status === 401) response.setHeader("www-authenticate", "Bearer");
    response.writeHead(status, { "content-type": contentType, "x-content-type-options": "nosniff" });
    response.end(text);
  }

  async function answer({ method, url = "/", headers }: IncomingMessage): Promise<Answer> {
    if (method !== "GET") return { status: 405, text: "only GET\n" };
    const [path = "", query = ""] = url.split("?", 2);
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (page === undefined) return { status: 404, text: `there is ${Object.keys(pages).join(", ")}\n` };
    try {
      return await page(new URLSearchParams(query), headers.authorization);
    } catch (error) {
      onDefect(path, error);
      return { status: 500, text: "a defect of the operator; its log tells more\n" };
    }
  }

  server.listen(port, host);
  await once(server, "listening");
  const bound = server.address() as AddressInfo;
  return {
    address: `${bound.family === "IPv6" ? `[${bound.address}]` : bound.address}:${bound.port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
