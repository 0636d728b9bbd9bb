import { apiGroup } from "../api/fields.ts";

/** Keeps a connection that credentials use until they are gone. */
export const connectionFinalizer = `${apiGroup}/connection-in-use`;

/** Every condition that the operator writes on an OntapConnection, and what it says. `docs/status.md` is generated from this. */
export const connectionConditions = {
  Ready: "the array answers and accepts the login",
  Reconciling: "not yet; the operator goes on by itself",
  Stalled: "not, until a person changes the object or what it refers to",
  Reachable: "the array answers over TLS",
  Authenticated: "the array accepts the login",
  PermissionWarning: "only while True: the array forbids the login something that credentials need",
  CompareWarning: "only while True: the credentials of an SVM cannot be compared with what ONTAP holds",
  SvmListWarning: "only while True: status.svms does not show every SVM that the array lists",
  InsecureTlsWarning: "only while True: the array's certificate is not checked",
} as const;

export type ConnectionCondition = keyof typeof connectionConditions;

/**
 * The closed table of reasons that an OntapConnection can show besides those of the array (docs/errors.md). Reasons are
 * API: people write alerts on them. `docs/status.md` is generated from this table.
 */
export const connectionReasons = {
  Pending: "No controller has seen the object yet.",
  Connected: "The array answers and accepts the login.",
  InUse: "The object is deleted, but IscsiCredentials still need it.",
  SpecInvalid: "The spec breaks a rule of the API.",
  EndpointNotAllowed: "The operator's flag --allowed-endpoints does not list the endpoint.",
  NamespaceNotAllowed: "The operator's flag --connection-namespaces does not let this namespace have OntapConnections.",
  InsecureTlsForbidden: "insecureSkipVerify is set, and the operator runs with --forbid-insecure-tls.",
  LoginWithheld: "Other logins of the same user were refused; this one waits, so that ONTAP does not lock the account.",
  SecretNotFound: "A Secret does not exist.",
  ConfigMapNotFound: "A ConfigMap does not exist.",
  SecretNotOffered: "The owner of the login Secret does not offer it as a login, or not for this endpoint.",
  SecretInvalid: "A Secret lacks a key, or a value cannot serve.",
  ConfigMapInvalid: "A ConfigMap lacks a key, or a value cannot serve.",
  KubernetesUnavailable: "The API server did not answer as needed.",
  Answered: "The array answered over TLS (condition Reachable).",
  LoginAccepted: "The array accepted the login (condition Authenticated).",
  SvmListCut: "The array lists more SVMs than status.svms shows (condition SvmListWarning).",
  SvmUuidRepeated: "The array lists several SVMs under one UUID (condition SvmListWarning).",
  CertificateNotChecked: "insecureSkipVerify is set (condition InsecureTlsWarning).",
} as const satisfies Readonly<Record<string, string>>;

export type ConnectionReason = keyof typeof connectionReasons;

/** Reasons of Events that are not the reason of a condition. */
export const connectionEventReasons = {
  CredentialDenied: "An IscsiCredential of another namespace asks for what no grant allows.",
  CredentialConflicted: "IscsiCredentials of two namespaces want one initiator of one SVM.",
  CredentialAdopted: "An IscsiCredential took over a credential that the array held before.",
  CredentialLeftBehind: "An IscsiCredential went and its credential stays on the array; see status.leftBehind.",
} as const satisfies Readonly<Record<string, string>>;

export type ConnectionEventReason = keyof typeof connectionEventReasons;
