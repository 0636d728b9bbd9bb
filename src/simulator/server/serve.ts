import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";

import { unreachable } from "../../std/unreachable.ts";
import { answer, type Carried, type CarriedAnswer } from "../answer.ts";
import type { ApiRequest } from "../api/request.ts";
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

/** Carries one request and its answer over HTTP. Never rejects: a client that is gone is no concern of the others. */
export async function serve(
  { world, signal }: Serving,
  incoming: IncomingMessage,
  response: ServerResponse,
  connection: Connection,
): Promise<void> {
  try {
    const request = await readRequest(incoming);
    if (request === undefined) {
      connection.reset();
      return;
    }
    const carried = await answer(world, request, { connection: connection.number, signal });
    if (carried === undefined) return;
    if (carried.kind === "reset") connection.reset();
    else await send({ world, signal }, request.method === "HEAD", response, carried);
  } catch (error) {
    // The client has closed its connection, or the simulator stops; anything else is a defect of ours.
    if (!signal.aborted && !incoming.destroyed) world.onProblem(`a request could not be served: ${String(error)}`);
    connection.reset();
  }
}

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

async function send(
  { world, signal }: Serving,
  isHead: boolean,
  response: ServerResponse,
  carried: Exclude<Carried, { kind: "reset" }>,
): Promise<void> {
  switch (carried.kind) {
    case "silence":
      return;
    case "whole":
      response.end(begin(response, carried.answer, isHead));
      return;
    case "truncated": {
      const body = begin(response, carried.answer, isHead);
      response.write(body.subarray(0, carried.bytes), () => response.destroy());
      return;
    }
    case "dripping":
      for (const byte of begin(response, carried.answer, isHead)) {
        response.write(Uint8Array.of(byte));
        await world.clock.sleep(1000 / carried.bytesPerSecond, signal);
      }
      response.end();
      return;
    default:
      unreachable(carried);
  }
}

/** Writes the headers, to which Node adds Date, Connection and Keep-Alive; gives the bytes that follow. */
function begin(response: ServerResponse, { status, headers, body }: CarriedAnswer, isHead: boolean): Buffer {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, "Content-Length": bytes.length });
  return isHead ? Buffer.alloc(0) : bytes;
}
