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
      createSecureContext({ ca: [...authorities], minVersion: "TLSv1.2", allowPartialTrustChain: true, ...shown }),
    );
  } catch {
    return err(shown === undefined ? "authorities unusable" : "login unusable");
  }
}

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
