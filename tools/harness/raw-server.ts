import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer, type TlsOptions, type TLSSocket } from "node:tls";

import { createAuthority } from "../../src/simulator/certificates.ts";

export interface RawServer extends AsyncDisposable {
  /** `https://127.0.0.1:port`. */
  readonly url: string;
  /** What clients must trust, if the server made its own certificate. */
  readonly caPem: string;
  /** How many connections passed the handshake. */
  readonly connections: () => number;
}

/** A TLS server that does with each connection whatever a test wants; `respond` gets each request as text. */
export async function startRawServer(
  respond: (socket: TLSSocket, request: string) => void,
  options: TlsOptions = {},
): Promise<RawServer> {
  const authority = await createAuthority({ commonName: "test authority" });
  const { certificatePem, keyPem } = await authority.issue({
    commonName: "array",
    altNames: ["127.0.0.1", "array.example.com"],
    usage: "server",
  });
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ cert: certificatePem, key: keyPem, ...options }, (socket) => {
    connections += 1;
    let received = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      if (!isWhole(received)) return;
      const request = received;
      received = "";
      respond(socket, request);
    });
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caPem: authority.certificatePem,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function isWhole(received: string): boolean {
  const [head = "", body] = received.split("\r\n\r\n", 2);
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  return body !== undefined && received.length - head.length - 4 >= length;
}

/** An HTTP/1.1 answer as bytes, with an honest length unless a header says otherwise. */
export function httpAnswer(
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const bytes = Buffer.from(body);
  const fields = { "content-type": "application/json", "content-length": String(bytes.length), ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} Whatever\r\n${lines.join("")}\r\n`), bytes]);
}
