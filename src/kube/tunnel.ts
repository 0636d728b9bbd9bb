import { request as requestByHttp } from "node:http";
import { request as requestByHttps } from "node:https";
import type { Socket } from "node:net";

/** A proxy that refused, with a code in place of words: those of a proxy may repeat what it was sent. */
class TunnelError extends Error {
  readonly code: string;
  constructor(httpStatus: number | undefined) {
    super("the proxy did not open a tunnel");
    this.code = `PROXY_ANSWERED_${httpStatus ?? "NOTHING"}`;
  }
}

/**
 * Connects to `authority` (`host:port`) through an HTTP or HTTPS proxy (CONNECT, RFC 9110 section 9.3.6). The proxy sees
 * TLS and no more; user and password in its URL are shown to it alone.
 */
export function openTunnel(
  proxy: URL,
  authority: string,
  timeoutMs: number,
  callback: (...ended: [error: null, socket: Socket] | [error: Error, socket: null]) => void,
): void {
  const { username, password, hostname, port, protocol } = proxy;
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const request = (protocol === "https:" ? requestByHttps : requestByHttp)({
    method: "CONNECT",
    // As a name, an IPv6 address stands without its brackets.
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? undefined : port,
    path: authority,
    headers: {
      host: authority,
      ...(username === "" ? {} : { "proxy-authorization": `Basic ${Buffer.from(user).toString("base64")}` }),
    },
    agent: false,
    timeout: timeoutMs,
  });
  request.once("connect", ({ statusCode }, socket: Socket) => {
    if (statusCode === 200) {
      // The deadline was that of the tunnel's beginning; a watch in it may be silent for longer.
      socket.setTimeout(0);
      callback(null, socket);
      return;
    }
    socket.destroy();
    callback(new TunnelError(statusCode), null);
  });
  request.once("timeout", () => request.destroy(new TunnelError(undefined)));
  request.once("error", (error) => callback(error, null));
  request.end();
}
