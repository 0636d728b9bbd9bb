import { isDeepStrictEqual } from "node:util";
import { createSecureContext, type SecureContext } from "node:tls";
import { buildConnector } from "undici";
import { errorCodeOf } from "../std/error-code.ts";
import { AccessError } from "./access-error.ts";
import type { ClusterAccess, ClusterTls } from "./access.ts";
import { openTunnel } from "./tunnel.ts";

/** Makes the connections to the API server: who is trusted, what is shown, and through which proxy. */
export interface Connector {
  readonly connect: buildConnector.connector;
  /** Reads the certificates again. Whether they have changed; then new connections go by them. */
  refresh(): Promise<boolean>;
}

const connectTimeoutMs = 10_000;

/** Throws an AccessError if the certificates cannot be read. */
export function createConnector(access: ClusterAccess): Connector {
  const { tls, proxy } = access;
  let current = { tls, connect: connectWith(tls) };
  return {
    connect(options, callback) {
      const { connect } = current;
      if (proxy === undefined) {
        connect(options, callback);
        return;
      }
      const authority = `${options.hostname}:${options.port === "" ? "443" : options.port}`;
      openTunnel(proxy, authority, connectTimeoutMs, (error, httpSocket) => {
        if (error === null) connect({ ...options, httpSocket }, callback);
        else callback(error, null);
      });
    },
    async refresh() {
      const now = await access.readTls().catch(() => current.tls);
      if (isDeepStrictEqual(now, current.tls)) return false;
      try {
        current = { tls: now, connect: connectWith(now) };
        return true;
      } catch {
        // Half-written files: what was read before stays until there is something better.
        return false;
      }
    },
  };
}

function connectWith(tls: ClusterTls): buildConnector.connector {
  return buildConnector({
    // HTTP/1.1 on purpose: one lost HTTP/2 connection would take all watches and writes down together.
    allowH2: false,
    timeout: connectTimeoutMs,
    rejectUnauthorized: !tls.skipVerify,
    secureContext: secureContextOf(tls),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  });
}

/** Read once, so that no connection parses it again. */
function secureContextOf({ ca, cert, key }: ClusterTls): SecureContext {
  try {
    return createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
  } catch (error) {
    const why = errorCodeOf(error) ?? "no PEM";
    throw new AccessError(`the cluster's CA, or our own certificate and key, cannot be read (${why})`);
  }
}
