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
}

const ready = (field: "status" | "reason" | "message"): string => `.status.conditions[?(@.type=="Ready")].${field}`;

const readyColumns = [
  { name: "Ready", type: "string", jsonPath: ready("status"), description: "Whether the array holds what is declared" },
  { name: "Reason", type: "string", jsonPath: ready("reason"), description: "Why; docs/status.md explains each" },
] as const satisfies readonly PrinterColumn[];

const lastColumns = [
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since when the object exists" },
  { name: "Message", type: "string", jsonPath: ready("message"), description: "Why and what to do", wide: true },
  {
    name: "Next attempt",
    type: "string",
    jsonPath: ".status.nextAttemptTime",
    description: "When the next attempt is due",
    wide: true,
  },
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
    { name: "SVM", type: "string", jsonPath: ".status.svm.name", description: "The SVM that holds the credential" },
    { name: "Initiator", type: "string", jsonPath: ".spec.initiator", description: "Whose credential it is" },
    { name: "Auth", type: "string", jsonPath: ".spec.authenticationType", description: "chap, none or deny" },
    {
      name: "Suspended",
      type: "boolean",
      jsonPath: ".spec.suspend",
      description: "Whether writes are stopped",
    },
    {
      name: "Applied",
      type: "date",
      jsonPath: ".status.applied.time",
      description: "Since ONTAP last accepted a write",
    },
    ...lastColumns,
    {
      name: "Connection",
      type: "string",
      jsonPath: ".spec.connectionRef.name",
      description: "The OntapConnection",
      wide: true,
    },
  ],
};

export const ontapConnectionKind: Kind = {
  kind: "OntapConnection",
  plural: "ontapconnections",
  singular: "ontapconnection",
  shortName: "ontapconn",
  description:
    "OntapConnection says where an ONTAP array is, how the operator logs in to it, and which namespaces may use it.",
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
      description: "IscsiCredentials that use it",
    },
    ...lastColumns,
    {
      name: "Version",
      type: "string",
      jsonPath: ".status.cluster.version",
      description: "ONTAP's version",
      wide: true,
    },
  ],
};

export const kinds = [iscsiCredentialKind, ontapConnectionKind] as const;

export const groupVersion = `${apiGroup}/${apiVersion}`;
