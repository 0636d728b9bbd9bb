import { setTimeout as sleep } from "node:timers/promises";
import { inParallel } from "./fleet.ts";
import { measureBare, type BareTimes } from "./generator.ts";
import { memoryText, secondsText } from "./notes.ts";
import { cpuSecondsOf, memoryOf } from "./process-facts.ts";
import { ofObjects, settle, untilReported } from "./progress.ts";
import { onStage, type Stage } from "./stage.ts";
import type { Measured } from "./targets.ts";

/**
 * Many at once: all credentials new, then all Secrets edited, against the bare generator. It runs before the operator and after
 * it, since a machine gets slower and faster; the mean counts.
 */
export function measureThroughput(count: number): Promise<Measured> {
  return onStage({ svms: ["svm1", "bare1", "bare2"], latencyMs: 5 }, async (stage) => {
    const { fleet, array, audit } = stage;
    const before = await measureBare(stage, "before", "bare1", count);

    await fleet.createPlace("bench");
    await fleet.createCredentials("bench", count);
    const { operator, tookMs, requests } = await settle(stage, "bench", count);
    const cpuSeconds = await cpuSecondsOf(operator.pid);
    await sleep(3000);
    const all = ofObjects([...requests, ...(await audit.newRequests())]);
    const asked = all.filter(({ resource, name }) => resource !== "ontapconnections" && name !== "login");
    const arrayAsked = await array.sideDoor.requests();
    await sleep(10_000);
    const memory = await memoryOf(operator.pid);

    const editedMs = await editAllAtOnce(stage, count);
    await operator.end("SIGTERM");
    const after = await measureBare(stage, "after", "bare2", count);

    const bareCreateMs = (before.createMs + after.createMs) / 2;
    const bareEditMs = (before.editMs + after.editMs) / 2;
    const bareText = (of: (times: BareTimes) => number): string =>
      `generator ${secondsText(of(before))} before and ${secondsText(of(after))} after`;
    return {
      figures: {
        "new-ratio": tookMs / bareCreateMs,
        "new-cpu": cpuSeconds,
        "new-api-requests": asked.length / count,
        "new-array-requests": arrayAsked.length / count,
        "rss-1000": memory.rss,
        "all-edited-ratio": editedMs / bareEditMs,
      },
      notes: [
        `${count} new: ${secondsText(tookMs)}, ${bareText(({ createMs }) => createMs)}`,
        `the connection had ${all.length - asked.length} requests to the API server of its own: it counts its credentials once a second`,
        `the array was asked ${arrayAsked.filter(({ method }) => method === "GET").length} times beside the writes`,
        `${count} Secrets edited at once: ${secondsText(editedMs)}, ${bareText(({ editMs }) => editMs)}`,
        memoryText(`${count} credentials, 10 s after they came`, memory),
      ],
    };
  });
}

/** Until the array has answered the last write, in milliseconds. */
async function editAllAtOnce(stage: Stage, count: number): Promise<number> {
  const { fleet, array } = stage;
  await stage.forget();
  const beganMs = stage.now();
  await inParallel(count, (index) => fleet.editSecret("bench", `c${index}`, `all-at-once-${index}`));
  await untilReported(stage, count);
  const stored = await array.sideDoor.credentials();
  const equal = stored.filter(({ inbound }) => inbound?.password.startsWith("all-at-once-"));
  if (equal.length !== count) throw new Error(`the array has ${equal.length} of ${count} edits`);
  const writes = (await array.sideDoor.requests()).filter(({ method }) => method !== "GET");
  return Math.max(...writes.map(({ atMs }) => atMs)) - beganMs;
}
