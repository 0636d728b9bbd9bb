/** The `n`-th of many IscsiCredentials as the API server shows them when they are settled. */
export function settledCredential(n: number): Readonly<Record<string, unknown>> {
  const uid = `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
  const svm = { name: "svm1", uuid: "02c9e252-41be-11e9-81d5-00a0986138f7" };
  const time = `2026-11-26T10:00:${String(n % 60).padStart(2, "0")}Z`;
  const condition = (type: string, reason: string, message: string): object => ({
    type,
    status: "True",
    observedGeneration: 1,
    lastTransitionTime: time,
    reason,
    message,
  });
  return {
    apiVersion: "ontap-iscsi.dev/v1alpha1",
    kind: "IscsiCredential",
    metadata: {
      name: `c${n}`,
      namespace: "bench",
      uid,
      resourceVersion: String(100_000 + n),
      generation: 1,
      creationTimestamp: time,
      finalizers: ["ontap-iscsi.dev/iscsi-credential"],
    },
    spec: {
      connectionRef: { name: "array" },
      svm: { name: "svm1" },
      initiator: `iqn.2026-11.dev.bench:c${n}`,
      authenticationType: "chap",
      chap: { inbound: { secretRef: { name: `c${n}` } } },
      mode: "Enforce",
      adoptionPolicy: "Adopt",
      deletionPolicy: "Delete",
      suspend: false,
    },
    status: {
      observedGeneration: 1,
      conditions: [
        condition("Ready", "Applied", "ONTAP holds this credential on SVM svm1"),
        condition("SecretsResolved", "Resolved", "User names and passwords were read from the Secrets"),
        condition("Applied", "Accepted", "ONTAP accepted what is declared"),
      ],
      svm,
      applied: {
        inboundUser: `c${n}`,
        svm,
        uid,
        authenticationType: "chap",
        inboundSecret: { name: `c${n}`, uid: uid.replace("4000", "4001"), resourceVersion: String(5000 + n) },
        generation: 1,
        time,
      },
      history: [
        {
          time,
          ready: "True",
          reason: "Applied",
          generation: 1,
          operation: "POST",
          fields: ["initiator"],
          inboundSecretVersion: String(5000 + n),
        },
      ],
    },
  };
}
