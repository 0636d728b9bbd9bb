import { readFile } from "node:fs/promises";

/** One request that the API server got, as its audit log has it. */
export interface AuditedRequest {
  readonly user: string;
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** The operator names its pod in it. */
  readonly userAgent: string;
}

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
}

const operatorUser = "system:serviceaccount:ontap-iscsi-operator:ontap-iscsi-operator";

/** What the operator has asked of the API server so far, in order. The last lines may lag a moment behind. */
export async function operatorRequests(auditLogPath: string): Promise<readonly AuditedRequest[]> {
  const lines = (await readFile(auditLogPath, "utf8")).split("\n");
  return lines.flatMap((line) => {
    if (!line.includes(operatorUser)) return [];
    const { stage, verb, user, userAgent = "", objectRef } = JSON.parse(line) as AuditEvent;
    if (stage !== "ResponseComplete" && stage !== "ResponseStarted") return [];
    if (stage === "ResponseStarted" && verb !== "watch") return [];
    return [
      {
        user: user.username,
        verb,
        resource: objectRef?.resource ?? "",
        subresource: objectRef?.subresource,
        namespace: objectRef?.namespace,
        name: objectRef?.name,
        userAgent,
      },
    ];
  });
}

const writing = new Set(["create", "update", "patch", "delete", "deletecollection"]);
/** Writes apart from the Lease, which is renewed whatever happens. */
export const writesOf = (requests: readonly AuditedRequest[]): readonly AuditedRequest[] =>
  requests.filter(({ verb, resource }) => writing.has(verb) && resource !== "leases");
