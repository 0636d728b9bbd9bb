import { setTimeout as sleep } from "node:timers/promises";
import { writesOf } from "../tools/harness/audit.ts";
import { medianOf } from "./percentile.ts";
import { memoryText, secondsText } from "./notes.ts";
import { cpuSecondsOf, memoryOf } from "./process-facts.ts";
import { settle } from "./progress.ts";
import { arrayLatencyMs, editSteadily } from "./rotation.ts";
import { onStage } from "./stage.ts";
import type { Measured } from "./targets.ts";

/** Ten times as many, then foreign Secrets, then a restart. */
export function measureGrowth(count: number): Promise<Measured> {
  const many = 10 * count;
  const foreign = 30 * count;
  return onStage({ svms: ["svm1"], latencyMs: arrayLatencyMs }, async (stage) => {
    const { fleet, array, audit } = stage;
    const restMs = 20_000;
    await fleet.createPlace("bench");
    await fleet.createCredentials("bench", count);
    const few = await settle(stage, "bench", count);
    await sleep(restMs);
    const memoryOfFew = await memoryOf(few.operator.pid);
    const editMsOfFew = medianOf((await editSteadily(stage, "bench", count)).delaysMs) - arrayLatencyMs;
    await few.operator.end("SIGTERM");

    await fleet.createCredentials("bench", many, count);
    const more = await settle(stage, "bench", many - count, many);
    const cpuSeconds = await cpuSecondsOf(more.operator.pid);
    await sleep(restMs);
    const memoryOfMany = await memoryOf(more.operator.pid);
    const editMsOfMany = medianOf((await editSteadily(stage, "bench", count)).delaysMs) - arrayLatencyMs;
    await fleet.createForeignSecrets("foreign", foreign);
    await sleep(restMs);
    const memoryWithForeign = await memoryOf(more.operator.pid);
    await more.operator.end("SIGTERM");

    await stage.forget();
    const restartedMs = stage.now();
    const again = await stage.startOperator();
    const watchingMs = stage.now() - restartedMs;
    await sleep(restMs);
    const memoryRestarted = await memoryOf(again.pid);
    const writes = writesOf(await audit.newRequests());
    const arrayWrites = (await array.sideDoor.requests()).filter(({ method }) => method !== "GET");
    await again.end("SIGTERM");

    const eachOfFew = few.tookMs / count;
    const eachOfMore = more.tookMs / (many - count);
    return {
      figures: {
        "growth-time": eachOfMore / eachOfFew,
        "growth-memory": ((memoryOfMany.rss - memoryOfFew.rss) / (many - count)) * 1000,
        "growth-edit": editMsOfMany / editMsOfFew,
        "rss-10000": Math.max(memoryWithForeign.rss, memoryRestarted.rss),
        "restart-watching": watchingMs / 1000,
        "restart-array-writes": arrayWrites.length,
        "restart-api-writes": writes.length,
      },
      notes: [
        `the first ${count} took ${secondsText(few.tookMs)}, ${many - count} more ${secondsText(more.tookMs)} and ${cpuSeconds.toFixed(1)} s of CPU; a rotation ${editMsOfFew.toFixed(1)} and ${editMsOfMany.toFixed(1)} ms`,
        memoryText(`${count} credentials`, memoryOfFew),
        memoryText(`${many}`, memoryOfMany),
        memoryText(`with ${foreign} foreign Secrets that came while it ran`, memoryWithForeign),
        memoryText("restarted among all of them", memoryRestarted),
      ],
    };
  });
}
