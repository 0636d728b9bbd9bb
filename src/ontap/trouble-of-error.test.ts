import { expect, test } from "vitest";

import { troubleOfError, wordsOfError } from "./trouble-of-error.ts";

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
  ["UNSPECIFIED", "certificate unacceptable"],
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "client certificate refused"],
  ["ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE", "client certificate refused"],
  ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "client certificate refused"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "tls handshake"],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tls handshake"],
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "unreadable"],
  ["toString", "reset"],
])("%s is %s", (code, trouble) => {
  expect(troubleOfError(coded(code))).toBe(trouble);
});

test("the code may stand in the cause, or nowhere", () => {
  expect(troubleOfError(new Error("outer", { cause: coded("ENOTFOUND") }))).toBe("dns");
  expect(troubleOfError(new Error("no code"))).toBe("reset");
  expect(troubleOfError("no error at all")).toBe("reset");
  expect(troubleOfError(Object.assign(new Error("not HTTP"), { name: "HTTPParserError" }))).toBe("unreadable");
});

test("words are those that say more, and the same each time", () => {
  expect(wordsOfError(coded("ENOTFOUND"))).toBe("words");
  expect(wordsOfError(coded("ECONNRESET"))).toBeUndefined();
  expect(wordsOfError(coded("UND_ERR_SOCKET"))).toBeUndefined();
  expect(wordsOfError("no error at all")).toBeUndefined();
  const openssl = Object.assign(new Error("407DE6A25C7F0000:error:0A000410:SSL routines::alert:x.c:918"), {
    reason: "alert",
  });
  expect(wordsOfError(openssl)).toBe("alert");
  const hint = "self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca";
  expect(wordsOfError(new Error(hint))).toBe("self-signed certificate");
});
