/** The closed table of reasons that an OntapConnection can show besides those of the array (docs/errors.md). */
export const connectionReasons = {
  Pending: "No controller has seen the object yet.",
  Connected: "The array answers and accepts the login.",
  InUse: "The object is deleted, but IscsiCredentials still need it.",
  SpecInvalid: "The spec breaks a rule of the API.",
  SecretNotFound: "A Secret does not exist.",
  ConfigMapNotFound: "A ConfigMap does not exist.",
  SecretInvalid: "A Secret lacks a key, or a value cannot serve.",
  ConfigMapInvalid: "A ConfigMap lacks a key, or a value cannot serve.",
  KubernetesUnavailable: "The API server did not answer as needed.",
  Answered: "The array answered over TLS (condition Reachable).",
  LoginAccepted: "The array accepted the login (condition Authenticated).",
  CertificateNotChecked: "insecureSkipVerify is set (condition InsecureTlsWarning).",
} as const satisfies Readonly<Record<string, string>>;

export type ConnectionReason = keyof typeof connectionReasons;
