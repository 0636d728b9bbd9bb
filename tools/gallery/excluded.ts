import type { ConnectionReason } from "../../src/connection/vocabulary.ts";
import type { CredentialReason } from "../../src/credential/vocabulary.ts";

/** Reasons of the closed tables that no object can be seen with, and why not. */
export const excludedCredentialReasons: Readonly<Partial<Record<CredentialReason, string>>> = {
  ConnectionPending: "silent: the object keeps what it said before until the connection has been asked",
  DryRunDeletion: "only while the operator runs with --dry-run, and then no other state comes about",
  KubernetesUnavailable: "silent: an API server that does not answer cannot be told, either",
};

export const excludedConnectionReasons: Readonly<Partial<Record<ConnectionReason, string>>> = {
  LoginWithheld: "a process that starts has not heard of the other logins, and tries this one; login.test.ts has one",
  EndpointNotAllowed: "only with --allowed-endpoints",
  NamespaceNotAllowed: "only with --connection-namespaces",
  InsecureTlsForbidden: "only with --forbid-insecure-tls",
  SvmListCut: "takes an array of more than 1,024 SVMs; status.test.ts has one",
  SvmUuidRepeated: "takes an array that contradicts itself; status.test.ts has one",
};
