import { setTimeout as sleep } from "node:timers/promises";
import type { AuditedRequest } from "../tools/harness/audit.ts";
import type { LoggedRequest } from "../src/simulator/model/request-log.ts";
import { medianOf, percentileOf } from "./percentile.ts";
import { ofObjects, settle, untilReported } from "./progress.ts";
import { onStage, type Stage } from "./stage.ts";
import type { Measured } from "./targets.ts";

/** How long after the edit of a Secret the array has the new password, while nothing else is going on. */

export const arrayLatencyMs = 5;
const editsPerSecond = 20;
const mostEdits = 600;

export function measureRotation(count: number): Promise<Measured> {
  return onStage({ svms: ["svm1"], latencyMs: arrayLatencyMs }, async (stage) => {
    await stage.fleet.createPlace("bench");
    await stage.fleet.createCredentials("bench", count);
    const { operator } = await settle(stage, "bench", count);
    // The first ones are compiled while they run, as everybody's are.
    await sleep(5000);
    const { delaysMs, sinceSentMs, asked, written } = await editSteadily(stage, "bench", count);
    await operator.end("SIGTERM");
    return {
      figures: {
        "edit-p50": medianOf(delaysMs) - arrayLatencyMs,
        "edit-p99": percentileOf(delaysMs, 0.99) - arrayLatencyMs,
        "edit-api-requests": ofObjects(asked).length / delaysMs.length,
        "edit-array-requests": written.length / delaysMs.length,
      },
      notes: [
        `${delaysMs.length} edits, from the API server's answer to the editor until the array has accepted; worst ${(Math.max(...delaysMs) - arrayLatencyMs).toFixed(1)} ms; from the editor's sending: median ${(medianOf(sinceSentMs) - arrayLatencyMs).toFixed(1)} ms, 99th percentile ${(percentileOf(sinceSentMs, 0.99) - arrayLatencyMs).toFixed(1)} ms`,
      ],
    };
  });
}

export interface Rotations {
  /** From the API server's answer to an edit until the array had done the write, in milliseconds, the array's latency included. */
  readonly delaysMs: readonly number[];
  /** The same since the edit was sent. */
  readonly sinceSentMs: readonly number[];
  readonly asked: readonly AuditedRequest[];
  readonly written: readonly LoggedRequest[];
}

/** Edits Secrets one after the other, each once at most. */
export async function editSteadily(stage: Stage, namespace: string, count: number): Promise<Rotations> {
  const { fleet, array, audit } = stage;
  const edits = Math.min(count, mostEdits);
  await stage.forget();
  // Not the values of an earlier run: those would be no edits.
  const edited = new Map<string, { readonly sentMs: number; readonly answeredMs: number }>();
  const beganMs = performance.now();
  for (let edit = 0; edit < edits; edit += 1) {
    await sleep(Math.max(0, beganMs + (edit * 1000) / editsPerSecond - performance.now()));
    const name = `c${edit}`;
    const sentMs = stage.now();
    await fleet.editSecret(namespace, name, `edit-${edit}-of-${beganMs}`);
    edited.set(fleet.initiatorOf(namespace, name), { sentMs, answeredMs: stage.now() });
  }
  const { requests } = await untilReported(stage, edits);
  await sleep(2000);
  const asked = [...requests, ...(await audit.newRequests())];
  const written = await array.sideDoor.requests();
  const accepted = written.flatMap(({ method, path, status, atMs }) => {
    const times = edited.get(decodeURIComponent(path.slice(path.lastIndexOf("/") + 1)));
    return method === "PATCH" && status === 200 && times !== undefined ? [{ atMs, ...times }] : [];
  });
  if (accepted.length !== edits) throw new Error(`${accepted.length} of ${edits} edits were accepted by one request`);
  return {
    delaysMs: accepted.map(({ atMs, answeredMs }) => atMs - answeredMs),
    sinceSentMs: accepted.map(({ atMs, sentMs }) => atMs - sentMs),
    asked,
    written,
  };
}
