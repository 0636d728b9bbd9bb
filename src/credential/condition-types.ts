/** Every condition that the operator writes on an IscsiCredential, and what it says. `docs/status.md` is generated from this. */
export const credentialConditions = {
  Ready: "the array holds what is declared",
  Reconciling: "not yet; the operator goes on by itself",
  Stalled: "not, until a person changes the object, its Secret or its connection",
  SecretsResolved: "user names and passwords could be read; only for type chap",
  Applied: "ONTAP accepted what is declared; Unknown while the array cannot be asked",
  Conflicted: "only while True: an older object claims the same initiator on the same SVM",
  PasswordFormatWarning: "only while True: some hosts refuse such a user name or password, or read it differently",
} as const;

export type CredentialCondition = keyof typeof credentialConditions;
