import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { findOperation } from "../control/side-door-operations.ts";
import type { SideDoor } from "../control/side-door.ts";

export interface SideDoorServer {
  readonly url: string;
  stop(): Promise<void>;
}

export interface SideDoorEndpoint {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** If given, each request has to carry it: `Authorization: Bearer TOKEN`. */
  readonly token?: string | undefined;
}

/** Opens the side door to other processes, as plain HTTP with JSON. It gives out secrets: loopback only, or behind a token. */
export async function startSideDoorServer(
  sideDoor: SideDoor,
  { host, port, token }: SideDoorEndpoint,
): Promise<SideDoorServer> {
  const mayEnter = token === undefined ? () => true : bearerOf(token);
  const server = createServer((request, response) => {
    void reply(sideDoor, mayEnter, request, response);
  });
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

type MayEnter = (request: IncomingMessage) => boolean;

/** How long the comparison takes tells nothing about the token. */
function bearerOf(token: string): MayEnter {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  const expected = digest(`Bearer ${token}`);
  return ({ headers: { authorization = "" } }) => timingSafeEqual(digest(authorization), expected);
}

async function reply(
  sideDoor: SideDoor,
  mayEnter: MayEnter,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, body } = mayEnter(request) ? await answer(sideDoor, request) : stranger;
  response.writeHead(status, {
    "Content-Type": "application/json",
    ...(status === 401 && { "WWW-Authenticate": "Bearer" }),
  });
  response.end(`${JSON.stringify(body, undefined, 2)}\n`);
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const stranger: Reply = {
  status: 401,
  body: { error: "send Authorization: Bearer, with the token of --admin-token-file" },
};

async function answer(sideDoor: SideDoor, request: IncomingMessage): Promise<Reply> {
  const { method = "GET", url: path = "/" } = request;
  try {
    const body = await readJson(request);
    const found = findOperation(method, path);
    if (found === undefined) {
      return { status: 404, body: { error: `there is no ${method} ${path}; see docs/simulator.md` } };
    }
    return { status: 200, body: (await found.operation.run(sideDoor, { body, id: found.id })) ?? {} };
  } catch (error) {
    return { status: 400, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return chunks.length === 0 ? undefined : (JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown);
}
