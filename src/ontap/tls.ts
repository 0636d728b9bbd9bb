import { X509Certificate } from "node:crypto";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";

import type { ArrayAccess } from "../array/port.ts";
import { err, ok, type Result } from "../std/result.ts";

/**
 * What we trust and what we show, read once, so that a connection does not parse it all again.
 * Fails with what cannot be read: the authorities or the login.
 */
export function secureContextOf({
  trust,
  login,
}: ArrayAccess): Result<SecureContext, "authorities unusable" | "login unusable"> {
  const authorities = trust.caPem === undefined ? systemAuthorities() : certificatesIn(trust.caPem);
  if (authorities === undefined) return err("authorities unusable");
  const shown =
    login.method === "clientCertificate" ? { cert: login.certificatePem, key: login.keyPem.reveal() } : undefined;
  try {
    // A certificate in the bundle is believed although its own issuer is not there, as curl and Go do.
    return ok(
      createSecureContext({
        ca: [...authorities],
        minVersion: "TLSv1.2",
        ciphers,
        allowPartialTrustChain: true,
        ...shown,
      }),
    );
  } catch {
    return err(shown === undefined ? "authorities unusable" : "login unusable");
  }
}

/** TLS 1.3, and of TLS 1.2 only what keeps yesterday's traffic secret when the server's key is stolen. */
const ciphers = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  ...["ECDHE-ECDSA", "ECDHE-RSA", "DHE-RSA"].flatMap((exchange) =>
    ["AES256-GCM-SHA384", "CHACHA20-POLY1305", "AES128-GCM-SHA256"].map((cipher) => `${exchange}-${cipher}`),
  ),
].join(":");

/** The authorities of the operating system or image, and those that Node brings. */
function systemAuthorities(): readonly string[] {
  return [...new Set([...getCACertificates("default"), ...getCACertificates("system")])];
}

/** Undefined unless each certificate reads and there is one at least: OpenSSL would pass over what it cannot read. */
function certificatesIn(pem: string): readonly string[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.length === 0 ? undefined : blocks.map((block) => new X509Certificate(block).toString());
  } catch {
    return undefined;
  }
}
