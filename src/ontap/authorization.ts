import type { Login } from "../array/port.ts";
import { unreachable } from "../std/unreachable.ts";

/**
 * The headers that prove a login: none for a client certificate, which TLS shows. Undefined for a login that no header
 * can carry, since HTTP would cut it short or add to it.
 */
export function authorizationOf(login: Login): Readonly<Record<string, string>> | undefined {
  switch (login.method) {
    case "basic":
      // RFC 7617: the user ends at the first colon; both are UTF-8.
      return login.user.includes(":")
        ? undefined
        : {
            authorization: `Basic ${Buffer.from(`${login.user}:${login.password.reveal()}`, "utf8").toString("base64")}`,
          };
    case "bearerToken":
      // RFC 6750: b64token; anything beyond visible ASCII does not belong in a token.
      return /^[\x21-\x7e]+$/.test(login.token.reveal())
        ? { authorization: `Bearer ${login.token.reveal()}` }
        : undefined;
    case "clientCertificate":
      return {};
    default:
      return unreachable(login);
  }
}
