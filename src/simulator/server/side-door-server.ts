import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import type { ActionInput } from "../control/action.ts";
import type { SideDoor } from "../control/side-door.ts";
import { sideDoorPaths } from "../control/side-door-paths.ts";
import type { FaultInput } from "../faults/fault.ts";

export interface SideDoorServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Opens the side door to other processes, as plain HTTP with JSON. It gives out secrets: loopback only. */
export async function startSideDoorServer(
  sideDoor: SideDoor,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<SideDoorServer> {
  const server = createServer((request, response) => {
    void reply(sideDoor, request, response);
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

async function reply(sideDoor: SideDoor, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body } = await answer(sideDoor, request);
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(`${JSON.stringify(body, undefined, 2)}\n`);
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

async function answer(sideDoor: SideDoor, request: IncomingMessage): Promise<Reply> {
  try {
    return await route(sideDoor, request.method ?? "GET", request.url ?? "/", await readJson(request));
  } catch (error) {
    return { status: 400, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

async function route(sideDoor: SideDoor, method: string, path: string, body: unknown): Promise<Reply> {
  const paths = sideDoorPaths;
  if (path.startsWith(`${paths.faults}/`) && method === "DELETE") {
    await sideDoor.removeFault(Number(path.slice(paths.faults.length + 1)));
    return done();
  }
  switch (`${method} ${path}`) {
    case `GET ${paths.credentials}`:
      return done(await sideDoor.credentials());
    case `GET ${paths.svms}`:
      return done(await sideDoor.svms());
    case `GET ${paths.requests}`:
      return done(await sideDoor.requests());
    case `GET ${paths.requestCounts}`:
      return done(await sideDoor.requestCounts());
    case `DELETE ${paths.requests}`:
      return done(await sideDoor.forgetRequests());
    case `GET ${paths.faults}`:
      return done(await sideDoor.faults());
    case `POST ${paths.faults}`:
      return done({ id: await sideDoor.addFault(body as FaultInput) });
    case `DELETE ${paths.faults}`:
      return done(await sideDoor.clearFaults());
    case `POST ${paths.actions}`:
      return done(await sideDoor.act(body as ActionInput));
    case `POST ${paths.clientCertificates}`:
      return done(await sideDoor.clientCertificate(userOf(body)));
    default:
      return { status: 404, body: { error: `there is no ${method} ${path}; see docs/simulator.md` } };
  }
}

const done = (body: unknown = {}): Reply => ({ status: 200, body: body ?? {} });

function userOf(body: unknown): string {
  const user = typeof body === "object" && body !== null && "user" in body ? body.user : undefined;
  if (typeof user !== "string") throw new Error('the body must be {"user": "..."}');
  return user;
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return chunks.length === 0 ? undefined : (JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown);
}
