import type { Row } from "./entry.ts";
import { remedies } from "./remedies.ts";

/** What can keep a whole, readable answer from coming back, from the name to the last byte. */

const environment = { class: "environment", verbs: [], source: "the operator's own transport" } as const;
const soon = { ...environment, pace: "soon" } as const;
const slow = { ...environment, pace: "slow" } as const;
const permission = { ...environment, class: "permission", pace: "slow" } as const;

const network =
  "Look at the network between the operator and the array: address, routes, firewalls, network policies; the operator tries again by itself.";
const untrusted =
  "Put the certificate of the authority that signed the array's certificate into spec.tls.caBundle or spec.tls.caRef of the connection.";

export const troubles = {
  dns: {
    ...soon,
    reason: "NameUnresolved",
    sentence: "The name of the array's endpoint does not resolve.",
    remedy: "Check spec.endpoint of the connection and the cluster's DNS; the operator tries again by itself.",
  },
  refused: {
    ...soon,
    reason: "ConnectionRefused",
    sentence: "Nothing listens at the array's endpoint.",
    remedy:
      "Check spec.endpoint of the connection; while a LIF moves to another node this passes by itself, and the operator tries again.",
  },
  unreachable: {
    ...soon,
    reason: "NetworkUnreachable",
    sentence: "The array's endpoint cannot be reached.",
    remedy: network,
  },
  "connect timeout": {
    ...soon,
    reason: "ConnectTimeout",
    sentence: "The array's endpoint does not answer the connection attempt.",
    remedy: network,
  },
  timeout: {
    ...soon,
    reason: "AnswerTimeout",
    sentence: "The array did not answer in time.",
    remedy:
      "Look at the array's load and the network in between; spec.limits.requestTimeout of the connection says how long a request may take.",
  },
  reset: {
    ...soon,
    reason: "ConnectionLost",
    sentence: "The connection to the array broke before the answer was whole.",
    remedy: "Wait; the operator tries again. If it lasts, look at the array's load and the network in between.",
  },
  closed: {
    ...soon,
    reason: "ConnectionReplaced",
    sentence: "The connection's settings or login changed while the request waited.",
    remedy: "Nothing to do; the operator tries again with the new ones.",
  },
  paused: {
    ...soon,
    reason: "TooManyRequests",
    sentence: "The array asked for a pause that is not over yet.",
    remedy: remedies.throttle,
  },
  "certificate expired": {
    ...slow,
    reason: "CertificateExpired",
    sentence: "The array's certificate has expired.",
    remedy: "Ask the storage administrator to renew it (`security certificate create`, `security ssl modify`).",
  },
  "certificate not yet valid": {
    ...slow,
    reason: "CertificateNotYetValid",
    sentence: "The array's certificate is not valid yet.",
    remedy: "Compare the clocks of the array and of the operator's node.",
  },
  "certificate of another name": {
    ...slow,
    reason: "CertificateNameMismatch",
    sentence: "The array's certificate is for another name.",
    remedy:
      "Set spec.endpoint of the connection to a name in the certificate, or spec.tls.serverName to the name to expect.",
  },
  "certificate of unknown authority": {
    ...slow,
    reason: "CertificateUntrusted",
    sentence: "The array's certificate is signed by an authority that the connection does not trust.",
    remedy: untrusted,
  },
  "certificate self-signed": {
    ...slow,
    reason: "CertificateSelfSigned",
    sentence: "The array shows a self-signed certificate that the connection does not trust.",
    remedy:
      "Put that certificate into spec.tls.caBundle or spec.tls.caRef of the connection, or ask the storage administrator to install one of your authority.",
  },
  "certificate unacceptable": {
    ...slow,
    reason: "CertificateUnacceptable",
    sentence: "The array's certificate is not acceptable: not for servers, revoked, or with a weak key.",
    remedy:
      "Ask the storage administrator to replace it by one for servers with a strong key (`security certificate create`, `security ssl modify`).",
  },
  "tls handshake": {
    ...slow,
    reason: "TlsHandshakeFailed",
    sentence: "The endpoint and the operator do not agree on TLS 1.3, or 1.2 with forward secrecy.",
    remedy:
      "Check that spec.endpoint of the connection speaks HTTPS, and which TLS versions and ciphers the array allows (`security config show`).",
  },
  "client certificate refused": {
    ...permission,
    reason: "ClientCertificateRefused",
    sentence: "The array refuses the client certificate of the connection, or misses one.",
    remedy:
      "Ask the storage administrator to install the client certificate's authority (`security certificate install -type client-ca`, `security ssl modify -client-enabled true`), or correct the login Secret.",
  },
  "authorities unusable": {
    ...slow,
    reason: "CaBundleInvalid",
    sentence: "The certificates of the authorities to trust cannot be read.",
    remedy:
      "Correct spec.tls.caBundle or what spec.tls.caRef of the connection refers to: one or more certificates in PEM form.",
  },
  "login unusable": {
    ...permission,
    reason: "LoginUnusable",
    sentence:
      "The login cannot be sent: its certificate and key cannot be read or do not belong together, or it has characters that HTTP cannot carry.",
    remedy: "Correct the connection's login Secret.",
  },
  "endpoint unusable": {
    ...slow,
    reason: "EndpointInvalid",
    sentence: "The endpoint of the connection is not an address that can be connected to.",
    remedy:
      "Correct spec.endpoint of the connection: https:// and a name or an IP address, an IPv6 address in brackets.",
  },
  "too large": {
    ...slow,
    reason: "AnswerTooLarge",
    sentence: "The answer is larger than any that ONTAP gives to these calls.",
    remedy: remedies.endpoint,
  },
  "crowded out": {
    ...soon,
    reason: "TooManyAnswers",
    sentence: "The operator was reading too many answers of arrays at once, and this was the largest of them.",
    remedy: remedies.wait,
  },
  unreadable: {
    ...slow,
    reason: "AnswerUnreadable",
    sentence: "The answer is not JSON, or not HTTP.",
    remedy: remedies.endpoint,
  },
  unexpected: {
    ...slow,
    reason: "AnswerUnexpected",
    sentence: "ONTAP does not answer this call like this.",
    remedy: remedies.endpoint,
  },
} as const satisfies Readonly<Record<string, Row>>;

export type Trouble = keyof typeof troubles;
