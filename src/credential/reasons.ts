/**
 * The closed table of reasons that an IscsiCredential can show besides those of the array (docs/errors.md). Reasons are
 * API: people write alerts on them. `docs/status.md` is generated from this table.
 */
export const credentialReasons = {
  Pending: "No controller has seen the object yet.",
  Applied: "ONTAP holds what is declared.",
  PlanPending: "mode is Plan, or the operator runs with --dry-run; status.plan shows what would be written.",
  SpecInvalid:
    "The spec breaks a rule of the API; it was stored before the rule existed, or the API server cannot check it.",
  ConnectionNotFound: "The OntapConnection does not exist.",
  ConnectionPending: "The OntapConnection has not been asked yet since the operator started.",
  ConnectionNotReady: "The OntapConnection does not work; its own conditions say why.",
  NotGranted:
    "No grant of the OntapConnection (spec.grants) allows what the object declares; the message names the limit.",
  SvmNotFound: "The array shows no such SVM to the connection's login.",
  SecretNotFound: "A Secret does not exist.",
  SecretNotOffered:
    "A Secret is not offered for CHAP by its owner, or holds a login. Nothing is written; the array keeps what it accepted before.",
  SecretKeyNotFound: "A Secret lacks a key.",
  SecretValueEmpty: "A value of a Secret is empty.",
  SecretValueInvalid: "A value of a Secret is not UTF-8 text, or holds a NUL byte or a byte order mark.",
  SecretValueLineBreak: "A value of a Secret ends with a line break.",
  SecretValueTooLong: "A value of a Secret is longer than ONTAP takes.",
  Conflicted: "An older object claims the same initiator on the same SVM.",
  AlreadyExists: "ONTAP held the credential before this object, and adoptionPolicy is Refuse.",
  AddressesWouldBeAny: "Removing the addresses would leave none, and to ONTAP none means any.",
  Suspended: "suspend was true before the operator first looked; nothing was done yet.",
  SuspendedDeletion: "The object is deleted while suspended.",
  DryRunDeletion: "The object is deleted while the operator runs with --dry-run.",
  KubernetesUnavailable: "The API server did not answer as needed.",
  InternalError: "A defect of the operator stopped this object.",
  Resolved: "User names and passwords were read (condition SecretsResolved).",
  Accepted: "ONTAP accepted what is declared (condition Applied).",
  HostsDiffer: "Hosts are known to treat such a user name or password differently (condition PasswordFormatWarning).",
} as const satisfies Readonly<Record<string, string>>;

export type CredentialReason = keyof typeof credentialReasons;

/** Reasons of Events that are no reason of a condition. */
export const credentialEventReasons = {
  DriftCorrected: "ONTAP no longer held what was declared, and does again.",
  SvmReplaced: "Another SVM has the name that spec.svm gives; the credential is written there anew.",
  Deleted: "The credential was deleted on the array; the note says what the initiator falls back to.",
  Denied: "The credential was left on the array with type deny.",
} as const satisfies Readonly<Record<string, string>>;
