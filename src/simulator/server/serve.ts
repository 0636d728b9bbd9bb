import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";

import { claimedUser } from "../auth/authenticate.ts";
import { handle, type ApiResponse } from "../api/handle.ts";
import type { ApiRequest } from "../api/request.ts";
import { drawLatencyMs } from "../faults/latency.ts";
import { planOf, type Delivery } from "../faults/plan.ts";
import type { World } from "../model/world.ts";

/** A connection as the request handler needs it. */
export interface Connection {
  /** Counts from 1. */
  readonly number: number;
  /** Counts the requests that came over it, this one included. */
  readonly requestCount: number;
  /** Ends with a TCP reset, which TLS sockets cannot send themselves. */
  reset(): void;
}

interface Serving {
  readonly world: World;
  /** Aborted when the simulator stops. */
  readonly signal: AbortSignal;
}

/** A request of more bytes is not read to its end. */
const mostBodyBytes = 4 * 2 ** 20;

/** Serves one request: reads it, waits, answers, and delivers the answer as the faults in force want it. */
export async function serve(
  serving: Serving,
  incoming: IncomingMessage,
  response: ServerResponse,
  connection: Connection,
): Promise<void> {
  const { world, signal } = serving;
  const request = await readRequest(incoming).catch(theyHaveGone);
  if (request === undefined) {
    connection.reset();
    return;
  }
  const path = request.target.split("?", 1)[0] ?? "";
  const { certificateUser } = request;
  const user = claimedUser(world, { authorization: request.headers["authorization"], certificateUser });
  const plan = planOf(world.faults.strike({ method: request.method, path, user }), world.random);
  const delayMs = drawLatencyMs(world.latency, world.random) + plan.delayMs;
  if (delayMs > 0) await world.clock.sleep(delayMs, signal).catch(theyHaveGone);
  if (signal.aborted) return;
  const isApplied = !("applied" in plan.delivery) || plan.delivery.applied;
  // Nothing is caught here: a mistake of the simulator must not look like one of the network.
  const answer = isApplied ? handle(world, request, plan.distortion) : undefined;
  log(world, request, path, answer, plan.delivery, user, connection);
  await deliver(serving, request, response, connection, answer, plan.delivery).catch(theyHaveGone);
}

/** The client has closed its connection, or the simulator stops: no client is left to tell. */
const theyHaveGone = (): undefined => undefined;

async function readRequest(incoming: IncomingMessage): Promise<ApiRequest | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > mostBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return {
    method: incoming.method ?? "GET",
    target: incoming.url ?? "/",
    headers: incoming.headers as ApiRequest["headers"],
    body: Buffer.concat(chunks),
    certificateUser: certificateUser(incoming.socket as TLSSocket),
  };
}

/** NetAppDocs/trident, ONTAP SAN preparation: the certificate's common name is the ONTAP user. */
function certificateUser(socket: TLSSocket): string | undefined {
  if (!socket.authorized) return undefined;
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === "string" ? name : undefined;
}

function log(
  world: World,
  request: ApiRequest,
  path: string,
  answer: ApiResponse | undefined,
  delivery: Delivery,
  claimed: string | undefined,
  connection: Connection,
): void {
  const question = request.target.indexOf("?");
  const isSilent = delivery.kind === "reset" || delivery.kind === "hang";
  const isReplaced = delivery.kind === "body";
  world.requests.add({
    atMs: world.clock.now(),
    method: request.method,
    path,
    query: question < 0 ? "" : request.target.slice(question + 1),
    user: answer?.user ?? claimed,
    status: isSilent ? undefined : isReplaced ? delivery.status : answer?.status,
    code: isSilent || isReplaced ? undefined : answer?.code,
    client: request.headers["x-dot-client-app"] ?? request.headers["user-agent"],
    userAgent: request.headers["user-agent"],
    connection: connection.number,
  });
}

async function deliver(
  serving: Serving,
  request: ApiRequest,
  response: ServerResponse,
  connection: Connection,
  answer: ApiResponse | undefined,
  delivery: Delivery,
): Promise<void> {
  switch (delivery.kind) {
    case "reset":
      connection.reset();
      return;
    case "hang":
      return;
    case "body":
      response.writeHead(delivery.status, { "Content-Type": delivery.contentType });
      response.end(delivery.text);
      return;
    default:
      if (answer !== undefined) await send(serving, request, response, answer, delivery);
  }
}

/** As in the reference's example of an answer; Node adds Date, Connection and Keep-Alive. */
const commonHeaders = {
  Server: "libzapid-httpd",
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "no-cache,no-store,must-revalidate",
  "Content-Security-Policy":
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors: 'self'",
  Vary: "Accept-Encoding",
} as const;

async function send(
  { world, signal }: Serving,
  request: ApiRequest,
  response: ServerResponse,
  answer: ApiResponse,
  delivery: Delivery,
): Promise<void> {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, { ...commonHeaders, ...answer.headers, "Content-Length": body.length });
  if (request.method === "HEAD") response.end();
  else if (delivery.kind === "truncate") response.write(body.subarray(0, delivery.bytes), () => response.destroy());
  else if (delivery.kind === "drip") {
    for (const byte of body) {
      response.write(Uint8Array.of(byte));
      await world.clock.sleep(1000 / delivery.bytesPerSecond, signal);
    }
    response.end();
  } else response.end(body);
}
