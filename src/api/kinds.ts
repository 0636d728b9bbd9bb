import type * as z from "zod";
import { apiGroup, apiVersion } from "./fields.ts";
import { iscsiCredentialSpec, iscsiCredentialStatus } from "./iscsi-credential.ts";
import { ontapConnectionSpec, ontapConnectionStatus } from "./ontap-connection.ts";

/** A column of `kubectl get`; wide ones only show with `-o wide`. */
interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "date";
  readonly jsonPath: string;
  readonly description: string;
  readonly wide?: true;
}

/** One of our kinds, as the API server, kubectl and our own client need to know it. */
export interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortName: string;
  readonly description: string;
  readonly spec: z.ZodType;
  readonly status: z.ZodType;
  readonly columns: readonly PrinterColumn[];
  /** What `kubectl get --field-selector` and a watch can select by. */
  readonly selectableFields: readonly string[];
}

const ready = (field: "status" | "reason" | "message"): string => `.status.conditions[?(@.type=="Ready")].${field}`;

/** Nothing in front of the message may be longer than a terminal: 120 characters with names of usual length. */
const readyColumns = [
  { name: "Ready", type: "string", jsonPath: ready("status"), description: "Whether the array is as declared" },
  { name: "Reason", type: "string", jsonPath: ready("reason"), description: "Why; docs/status.md explains each" },
] as const satisfies readonly PrinterColumn[];

const age = {
  name: "Age",
  type: "date",
  jsonPath: ".metadata.creationTimestamp",
  description: "Time since the object was created",
} as const satisfies PrinterColumn;

const lastColumns = [
  {
    // As text: a date column shows `<invalid>` for a time in the future.
    name: "Next attempt",
    type: "string",
    jsonPath: ".status.nextAttemptTime",
    description: "When the next attempt is due",
    wide: true,
  },
  { name: "Message", type: "string", jsonPath: ready("message"), description: "Why and what to do", wide: true },
] as const satisfies readonly PrinterColumn[];

export const iscsiCredentialKind: Kind = {
  kind: "IscsiCredential",
  plural: "iscsicredentials",
  singular: "iscsicredential",
  shortName: "iscsicred",
  description:
    "IscsiCredential declares how one initiator authenticates to one SVM of an ONTAP array, and from which addresses. The operator keeps the array equal to it.",
  spec: iscsiCredentialSpec,
  status: iscsiCredentialStatus,
  columns: [
    ...readyColumns,
    {
      name: "SVM",
      type: "string",
      jsonPath: ".spec.svm['name','uuid']",
      description: "The SVM, as the spec refers to it",
    },
    { name: "Initiator", type: "string", jsonPath: ".spec.initiator", description: "The initiator" },
    { name: "Auth", type: "string", jsonPath: ".spec.authenticationType", description: "chap, none or deny" },
    age,
    {
      name: "Applied",
      type: "date",
      jsonPath: ".status.applied.time",
      description: "Time since ONTAP last accepted a write",
      wide: true,
    },
    {
      name: "Suspended",
      type: "boolean",
      jsonPath: ".spec.suspend",
      description: "Whether writes are stopped",
      wide: true,
    },
    {
      name: "Connection",
      type: "string",
      jsonPath: ".spec.connectionRef.name",
      description: "The OntapConnection",
      wide: true,
    },
    ...lastColumns,
  ],
  selectableFields: [".spec.connectionRef.name", ".spec.svm.name", ".spec.svm.uuid", ".spec.initiator"],
};

export const ontapConnectionKind: Kind = {
  kind: "OntapConnection",
  plural: "ontapconnections",
  singular: "ontapconnection",
  shortName: "ontapconn",
  description:
    "OntapConnection declares where an ONTAP array is, how the operator logs in to it, and what other namespaces may do through it.",
  spec: ontapConnectionSpec,
  status: ontapConnectionStatus,
  columns: [
    ...readyColumns,
    { name: "Endpoint", type: "string", jsonPath: ".spec.endpoint", description: "Where the array is" },
    { name: "Cluster", type: "string", jsonPath: ".status.cluster.name", description: "Name of the cluster" },
    {
      name: "Credentials",
      type: "integer",
      jsonPath: ".status.credentials",
      description: "Number of IscsiCredentials that refer to it",
    },
    age,
    {
      name: "Left behind",
      type: "integer",
      jsonPath: ".status.leftBehind.total",
      description: "Credentials that stay on the array without an IscsiCredential",
      wide: true,
    },
    {
      name: "Version",
      type: "string",
      jsonPath: ".status.cluster.version",
      description: "ONTAP's version",
      wide: true,
    },
    ...lastColumns,
  ],
  selectableFields: [".spec.endpoint"],
};

export const kinds = [iscsiCredentialKind, ontapConnectionKind] as const;

export const groupVersion = `${apiGroup}/${apiVersion}`;
