import { iscsiCredentialKind, ontapConnectionKind, type Kind } from "../../../src/api/kinds.ts";
import { unreachable } from "../../../src/std/unreachable.ts";
import type { Own, Thing } from "./steps.ts";

/** What objects of a sequence are, by number. The first three are valid; of the others each breaks one rule. */

export const kindOf = ({ kind }: Own): Kind => (kind === "IscsiCredential" ? iscsiCredentialKind : ontapConnectionKind);

const credential = {
  connectionRef: { name: "array" },
  svm: { name: "svm1" },
  initiator: "iqn.1994-05.com.redhat:a",
  authenticationType: "none",
} as const;
const connection = {
  endpoint: "https://array.example.com",
  auth: { basic: { secretRef: { name: "login" } } },
} as const;
const chap = { inbound: { secretRef: { name: "a", userKey: "u" } } } as const;

const specs: Readonly<Record<Own["kind"], readonly object[]>> = {
  IscsiCredential: [
    credential,
    { ...credential, authenticationType: "chap", chap, resyncInterval: "10s", unknownField: 1 },
    { ...credential, initiatorAddress: { ranges: [{ start: "10.0.0.1", end: "10.0.0.9" }] }, suspend: true },
    { ...credential, initiator: "iqn.1994-05.com.redhat:other" },
    { ...credential, svm: { name: "svm1", uuid: "02c9e252-41be-11e9-81d5-00a0986138f7" } },
    { ...credential, authenticationType: "chap" },
  ],
  OntapConnection: [
    connection,
    { ...connection, auth: { bearerToken: { secretRef: { name: "token" } } }, resyncInterval: "1m" },
    { ...connection, tls: { insecureSkipVerify: true }, limits: { maxConcurrentRequests: 2 } },
    { ...connection, endpoint: "http://array.example.com" },
    { ...connection, auth: {} },
    { ...connection, limits: { maxConcurrentRequests: 99 } },
  ],
};

/** As a merge patch these give what a person's edit gives: the fields of other variants stay. */
export function bodyOf(thing: Thing, variant: number): object {
  switch (thing.kind) {
    case "IscsiCredential":
    case "OntapConnection":
      return { spec: specs[thing.kind][variant] };
    case "Secret":
      return secrets[variant % secrets.length] ?? {};
    case "ConfigMap":
      return { data: { [`key${variant % 2}`]: `value ${variant}` } };
    default:
      return unreachable(thing.kind);
  }
}

const secrets: readonly object[] = [
  { stringData: { username: "a", password: "first-password" } },
  { stringData: { password: "other-password" } },
  { data: { password: Buffer.from("first-password").toString("base64") } },
  { stringData: { password: "first-password" }, type: "kubernetes.io/iscsi-chap" },
];

const condition = (status: string, generation: number): object => ({
  type: "Ready",
  status,
  observedGeneration: generation,
  lastTransitionTime: "2026-01-01T00:00:00Z",
  reason: status === "True" ? "Applied" : "Pending",
  message: "words",
});

export const statuses: readonly object[] = [
  { observedGeneration: 1, conditions: [condition("True", 1)] },
  { observedGeneration: 2, conditions: [condition("False", 2)], nextAttemptTime: "2026-01-01T00:00:00Z" },
  {
    observedGeneration: 1,
    conditions: [condition("True", 1), { ...condition("True", 1), type: "Other" }],
    unknownField: 1,
  },
  { observedGeneration: 1, conditions: [{ type: "Ready", status: "Perhaps" }] },
  { observedGeneration: -5 },
  {},
];

export const eventBody = (namespace: string, name: string, { kind, name: regarding }: Own, uid: string): object => ({
  apiVersion: "events.k8s.io/v1",
  kind: "Event",
  metadata: { name, namespace },
  eventTime: "2026-01-01T00:00:00.000000Z",
  reportingController: "ontap-iscsi.dev/operator",
  reportingInstance: "fidelity",
  regarding: { apiVersion: "ontap-iscsi.dev/v1alpha1", kind, name: regarding, namespace, uid },
  type: "Normal",
  reason: "Applied",
  action: "Apply",
  note: "words",
});
