/** Every condition that the operator writes on an OntapConnection, and what it says. `docs/status.md` is generated from this. */
export const connectionConditions = {
  Ready: "the array answers and accepts the login",
  Reconciling: "not yet; the operator goes on by itself",
  Stalled: "not, until a person changes the object or what it refers to",
  Reachable: "the array answers over TLS",
  Authenticated: "the array accepts the login",
  PermissionWarning: "only while True: the array forbids the login something that credentials need",
  InsecureTlsWarning: "only while True: the array's certificate is not checked",
} as const;

export type ConnectionCondition = keyof typeof connectionConditions;
