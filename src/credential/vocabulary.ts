/** Every condition that the operator writes on an IscsiCredential, and what it says. `docs/status.md` is generated from this. */
export const credentialConditions = {
  Ready: "the array holds what is declared",
  Reconciling: "not yet; the operator goes on by itself",
  Stalled: "not, until a person changes the object, its Secret or its connection",
  SecretsResolved: "user names and passwords could be read; only for type chap",
  Applied: "ONTAP accepted what is declared; Unknown while the array cannot be asked",
  Conflicted: "only while True: another object holds the same initiator on the same SVM",
  PasswordFormatWarning: "only while True: some hosts refuse such a user name or password, or read it differently",
} as const;

export type CredentialCondition = keyof typeof credentialConditions;

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
  Conflicted: "Another object holds the same initiator on the same SVM.",
  HandingOver: "The object is deleted, and another one takes its initiator over without a gap.",
  SvmNotSeen: "The object is deleted, and its SVM is not seen: the credential may still be there.",
  NotConverging: "ONTAP's answers to writes contradict what it shows when it is read.",
  NotKept: "ONTAP accepted what is declared, and reads show something else again and again.",
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
  SvmReplaced: "spec.svm means another SVM now; the note says what becomes of the credential on the former one.",
  SvmGone: "The object is deleted, and its SVM is gone with what it held.",
  Changed: "ONTAP accepted what an edit of the object changed.",
  Rotated: "ONTAP accepted new values of a Secret; the note says which version.",
  Reasserted: "The secrets were written again, by reassertInterval or on request.",
  LeftBehind: "The object is gone, and its credential stays on the array.",
  Released: "The object is gone; nothing was removed, since the array never accepted anything from it.",
  Deleted: "The credential was deleted on the array; the note says what the initiator falls back to.",
  Denied: "The credential was left on the array with type deny.",
} as const satisfies Readonly<Record<string, string>>;

export type CredentialEventReason = keyof typeof credentialEventReasons;
