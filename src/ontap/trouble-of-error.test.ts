import { expect, test } from "vitest";

import { troubleOfError } from "./trouble-of-error.ts";

const coded = (code: string): Error => Object.assign(new Error("words"), { code });

test.each([
  ["EAI_AGAIN", "dns"],
  ["ENOTFOUND", "dns"],
  ["ECONNREFUSED", "refused"],
  ["EHOSTUNREACH", "unreachable"],
  ["UND_ERR_CONNECT_TIMEOUT", "connect timeout"],
  ["UND_ERR_SOCKET", "reset"],
  ["ECONNRESET", "reset"],
  ["UND_ERR_CLOSED", "closed"],
  ["UND_ERR_RES_EXCEEDED_MAX_SIZE", "too large"],
  ["CERT_HAS_EXPIRED", "certificate expired"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "certificate of another name"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "certificate of unknown authority"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "certificate self-signed"],
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "client certificate refused"],
  ["ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE", "client certificate refused"],
  ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "client certificate refused"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "tls handshake"],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tls handshake"],
  ["HPE_INVALID_CONSTANT", "unreadable"],
  ["toString", "reset"],
])("%s is %s", (code, trouble) => {
  expect(troubleOfError(coded(code))).toBe(trouble);
});

test("the code may stand in the cause, or nowhere", () => {
  expect(troubleOfError(new Error("outer", { cause: coded("ENOTFOUND") }))).toBe("dns");
  expect(troubleOfError(new Error("no code"))).toBe("reset");
  expect(troubleOfError("no error at all")).toBe("reset");
});
