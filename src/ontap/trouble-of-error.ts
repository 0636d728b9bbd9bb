import type { Trouble } from "../array/catalogue/troubles.ts";
import { errorCodeOf } from "../std/error-code.ts";

/** What an error of Node or undici says went wrong, by its code. */
export function troubleOfError(error: unknown): Trouble {
  // undici's parser errors have a name, and no code.
  if (error instanceof Error && error.name === "HTTPParserError") return "unreadable";
  const code = errorCodeOf(error) ?? "";
  const known = Object.hasOwn(troubleOfCode, code) ? troubleOfCode[code] : undefined;
  return known ?? families.find(({ pattern }) => pattern.test(code))?.trouble ?? "reset";
}

/**
 * The library's own words, where they say more than the trouble does. They are the same each time: no addresses of
 * memory, no file names, and nothing for the several ways in which one connection may break or
 * be closed.
 */
export function wordsOfError(error: unknown): string | undefined {
  if (!(error instanceof Error) || wordless.has(errorCodeOf(error) ?? "")) return undefined;
  const words = "reason" in error && typeof error.reason === "string" ? error.reason : error.message;
  return words === "" ? undefined : words.replace(/; if the root CA is installed locally.*/s, "");
}

const wordless: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "UND_ERR_SOCKET",
  "UND_ERR_CLOSED",
  "UND_ERR_DESTROYED",
]);

/** Node's codes of the system, of DNS and of certificate verification (OpenSSL's X509_V_ERR_*), and undici's own. */
const troubleOfCode: Readonly<Record<string, Trouble>> = {
  ENOTFOUND: "dns",
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  ENETUNREACH: "unreachable",
  ENETDOWN: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  EACCES: "unreachable",
  EPERM: "unreachable",
  ETIMEDOUT: "connect timeout",
  UND_ERR_CONNECT_TIMEOUT: "connect timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  UND_ERR_CLOSED: "closed",
  UND_ERR_DESTROYED: "closed",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "too large",
  UND_ERR_HEADERS_OVERFLOW: "too large",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "unreadable",
  CERT_HAS_EXPIRED: "certificate expired",
  CERT_NOT_YET_VALID: "certificate not yet valid",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate of another name",
  HOSTNAME_MISMATCH: "certificate of another name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate of unknown authority",
  UNABLE_TO_GET_ISSUER_CERT: "certificate of unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate of unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate of unknown authority",
  CERT_SIGNATURE_FAILURE: "certificate of unknown authority",
  CERT_UNTRUSTED: "certificate of unknown authority",
  CERT_REVOKED: "certificate unacceptable",
  CERT_REJECTED: "certificate unacceptable",
  CERT_CHAIN_TOO_LONG: "certificate unacceptable",
  INVALID_CA: "certificate unacceptable",
  INVALID_PURPOSE: "certificate unacceptable",
  PATH_LENGTH_EXCEEDED: "certificate unacceptable",
  EE_KEY_TOO_SMALL: "certificate unacceptable",
  CA_KEY_TOO_SMALL: "certificate unacceptable",
  CA_MD_TOO_WEAK: "certificate unacceptable",
  // OpenSSL's verdict has no name of its own in Node: "EE certificate key too weak", for one.
  UNSPECIFIED: "certificate unacceptable",
  EPROTO: "tls handshake",
};

const families: readonly { readonly pattern: RegExp; readonly trouble: Trouble }[] = [
  { pattern: /^EAI_/, trouble: "dns" },
  // Alerts by which the other side judges our certificate, or misses one; with TLS 1.3 after the handshake.
  {
    pattern:
      /^ERR_SSL_.*ALERT_(?:NO_CERTIFICATE|(?:BAD|UNSUPPORTED)_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED)$/,
    trouble: "client certificate refused",
  },
  { pattern: /^(?:ERR_SSL_|ERR_TLS_)/, trouble: "tls handshake" },
];
