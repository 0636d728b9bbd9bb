import { open } from "node:fs/promises";

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
  /** When it was answered, in epoch milliseconds to the microsecond; for a watch, when it began to be. */
  readonly atMs: number;
  /** The HTTP status. */
  readonly status: number;
}

interface AuditEvent {
  readonly stage: string;
  readonly stageTimestamp: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

/** The user that `deploy/` installs the operator as. */
const installedUser = "system:serviceaccount:ontap-iscsi-operator:ontap-iscsi-operator";

/** Reads an audit log as it grows. */
export interface AuditReader {
  /** What the operator has asked since the last call, in order. The last lines may lag a moment behind. */
  newRequests(): Promise<readonly AuditedRequest[]>;
}

const chunkBytes = 4 * 1024 * 1024;

export function createAuditReader(auditLogPath: string, user = installedUser): AuditReader {
  let offset = 0;
  return {
    async newRequests() {
      const requests: AuditedRequest[] = [];
      const file = await open(auditLogPath);
      try {
        const buffer = Buffer.alloc(chunkBytes);
        for (;;) {
          const { bytesRead } = await file.read(buffer, 0, chunkBytes, offset);
          const end = buffer.subarray(0, bytesRead).lastIndexOf("\n") + 1;
          if (end === 0) return requests;
          offset += end;
          for (const line of buffer.toString("utf8", 0, end).split("\n")) requests.push(...requestIn(line, user));
        }
      } finally {
        await file.close();
      }
    },
  };
}

/** What the operator has asked of the API server so far, in order. The last lines may lag a moment behind. */
export function operatorRequests(auditLogPath: string, user = installedUser): Promise<readonly AuditedRequest[]> {
  return createAuditReader(auditLogPath, user).newRequests();
}

function requestIn(line: string, asker: string): readonly AuditedRequest[] {
  if (!line.includes(`"${asker}"`)) return [];
  const {
    stage,
    stageTimestamp,
    verb,
    user,
    userAgent = "",
    objectRef,
    responseStatus,
  } = JSON.parse(line) as AuditEvent;
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
      atMs: parseMicroseconds(stageTimestamp),
      status: responseStatus?.code ?? 0,
    },
  ];
}

/** `Date.parse` drops what is below a millisecond. */
const parseMicroseconds = (timestamp: string): number =>
  Date.parse(timestamp) + Number(/\.\d{3}(\d{3})/.exec(timestamp)?.[1] ?? 0) / 1000;

const writing = new Set(["create", "update", "patch", "delete", "deletecollection"]);
/** Writes apart from the Lease, which is renewed whatever happens. */
export const writesOf = (requests: readonly AuditedRequest[]): readonly AuditedRequest[] =>
  requests.filter(({ verb, resource }) => writing.has(verb) && resource !== "leases");
