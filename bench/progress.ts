import { setTimeout as sleep } from "node:timers/promises";
import type { AuditedRequest } from "../tools/harness/audit.ts";
import type { OperatorProcess } from "../tools/harness/process.ts";
import type { Stage } from "./stage.ts";

/** Watches the operator from outside, by what the API server logs: asking the operator itself would cost it time. */

export interface Reported {
  /** When the last of them was answered. */
  readonly lastMs: number;
  /** All that the operator has asked since the stage forgot. */
  readonly requests: readonly AuditedRequest[];
}

const pollMs = 200;

/** Far more than it takes, and yet an end. */
const longestMs = (count: number): number => 60_000 + 80 * count;

/** Waits until the statuses of so many credentials were written. */
export async function untilReported({ audit }: Stage, count: number): Promise<Reported> {
  const requests: AuditedRequest[] = [];
  const names = new Set<string>();
  let lastMs = 0;
  for (const deadlineMs = performance.now() + longestMs(count); names.size < count; await sleep(pollMs)) {
    if (performance.now() > deadlineMs) throw new Error(`only ${names.size} of ${count} were reported in time`);
    for (const request of await audit.newRequests()) {
      requests.push(request);
      if (!isCredentialStatus(request) || names.has(request.name ?? "")) continue;
      names.add(request.name ?? "");
      lastMs = request.atMs;
    }
  }
  return { lastMs, requests };
}

const isCredentialStatus = ({ resource, subresource, status }: AuditedRequest): boolean =>
  resource === "iscsicredentials" && subresource === "status" && status === 200;

/** Whether so many credentials say Ready=True; throws if not. */
export async function checkReady({ cluster }: Stage, namespace: string, count: number): Promise<void> {
  const objects = await cluster.list("iscsicredentials", namespace);
  const ready = objects.filter(({ status }) => JSON.stringify(status)?.includes('"reason":"Applied"'));
  if (ready.length !== count) throw new Error(`${ready.length} of ${count} credentials are Ready`);
}

export interface Settled {
  readonly operator: OperatorProcess;
  /** From the start of the process until the last credential's status said Ready. */
  readonly tookMs: number;
  readonly requests: readonly AuditedRequest[];
}

/** Starts an operator where `fresh` of `count` credentials are new, and resolves when all are Ready. */
export async function settle(stage: Stage, namespace: string, fresh: number, count = fresh): Promise<Settled> {
  await stage.forget();
  const startedMs = stage.now();
  const operator = await stage.startOperator();
  const { lastMs, requests } = await untilReported(stage, fresh);
  await checkReady(stage, namespace, count);
  return { operator, tookMs: lastMs - startedMs, requests };
}

/** What is asked once per process or all the time, whatever there is to do; "" is no resource, such as /openapi. */
const background = new Set(["events", "leases", ""]);

/** Requests for objects: no watches and their first lists, no Events, no Lease. */
export const ofObjects = (requests: readonly AuditedRequest[]): readonly AuditedRequest[] =>
  requests.filter(({ verb, resource }) => verb !== "watch" && verb !== "list" && !background.has(resource));
