import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";

import type { Authority } from "../certificates.ts";
import type { Reachability } from "../model/reachability.ts";
import type { World } from "../model/world.ts";
import { issueServerCertificate, type CertificateKind } from "./server-certificate.ts";
import { serve, type Connection } from "./serve.ts";

/** The HTTPS side of the simulator, with everything that can go wrong before HTTP begins. */
export interface Front extends Reachability {
  readonly url: string;
  stop(): Promise<void>;
}

export interface FrontOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What the certificate names besides `host`. */
  readonly certificateNames: readonly string[];
  /** Besides the simulator's own: whose client certificates are believed. */
  readonly clientAuthorityPems: readonly string[];
}

/** "Keep-Alive: timeout=5, max=100" stands in the sample answers of NetApp's Python library. */
const keepAliveMs = 5000;
const requestsPerConnection = 100;

export async function startFront(world: World, authority: Authority, options: FrontOptions): Promise<Front> {
  const { host } = options;
  const clientAuthorities = [authority.certificatePem, ...options.clientAuthorityPems];
  const secureContext = async (kind: CertificateKind) => {
    const { certificatePem, keyPem } = await issueServerCertificate(authority, kind, [
      host,
      ...options.certificateNames,
    ]);
    return { cert: certificatePem, key: keyPem, ca: clientAuthorities, minVersion: "TLSv1.2" } as const;
  };
  const server = createServer({
    ...(await secureContext("valid")),
    requestCert: true,
    rejectUnauthorized: false,
    keepAliveTimeout: keepAliveMs,
    keepAliveTimeoutBuffer: 0,
  });
  server.maxRequestsPerSocket = requestsPerConnection;
  const stopping = new AbortController();
  const connections = trackConnections(server);
  server.on("request", (request, response) => {
    const connection = connections.of(request.socket as TLSSocket);
    // Node announces the end of a connection after so many requests, but leaves closing it to the client.
    if (connection.requestCount >= requestsPerConnection) response.shouldKeepAlive = false;
    void serve({ world, signal: stopping.signal }, request, response, connection);
  });
  // A client that breaks off its handshake is the client's business.
  server.on("tlsClientError", () => {});

  const listen = async (port: number) => {
    server.listen(port, host);
    await once(server, "listening");
  };
  await listen(options.port);
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    connections.cutAll();
    await closed;
  };
  return {
    url: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    async showCertificate(kind) {
      server.setSecureContext(await secureContext(kind));
      connections.cutAll();
    },
    refuseConnections: close,
    async acceptConnections() {
      if (!server.listening) await listen(port);
    },
    abortHandshakes(abort) {
      connections.aborting = abort;
    },
    async stop() {
      stopping.abort(new Error("the simulator stops"));
      await close();
    },
  };
}

function trackConnections(server: Server) {
  const open = new Map<string, { readonly number: number; readonly socket: Socket; requestCount: number }>();
  let count = 0;
  const tracker = {
    aborting: false,
    /** The connection of a request; call it once per request. */
    of(socket: TLSSocket): Connection {
      const raw = open.get(peerOf(socket));
      if (raw !== undefined) raw.requestCount += 1;
      const { number = 0, requestCount = 0 } = raw ?? {};
      return { number, requestCount, reset: () => raw?.socket.resetAndDestroy() };
    },
    cutAll() {
      for (const { socket } of open.values()) socket.destroy();
    },
  };
  server.on("connection", (socket: Socket) => {
    if (tracker.aborting) {
      socket.resetAndDestroy();
      return;
    }
    count += 1;
    const peer = peerOf(socket);
    open.set(peer, { number: count, socket, requestCount: 0 });
    socket.on("close", () => open.delete(peer));
  });
  return tracker;
}

const peerOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;
