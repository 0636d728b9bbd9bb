import { setTimeout as sleep } from "node:timers/promises";
import { startOperatorProcess } from "../tools/harness/process.ts";
import { medianOf } from "./percentile.ts";
import { memoryNote, memoryOf } from "./process-figures.ts";
import { onStage, type Stage } from "./stage.ts";
import type { Measured } from "./targets.ts";

/** The built operator without anything to do: how soon it watches, and what it holds. */

const starts = 7;

export function measureStart(): Promise<Measured> {
  return onStage({ svms: ["svm1"], latencyMs: 0 }, async (stage) => {
    const firstWatches: number[] = [];
    for (let start = 0; start < starts; start += 1) firstWatches.push(await firstWatch(stage));
    const operator = stage.track(await startOperatorProcess(stage.kubeconfig));
    await sleep(15_000);
    const memory = await memoryOf(operator.pid);
    return {
      figures: { "first-watch": medianOf(firstWatches), "rss-idle": memory.rssMb },
      notes: [
        `start → first watch: median of ${starts}, ${firstWatches.map((ms) => ms.toFixed(0)).join(", ")} ms, by the audit log, with a kubeconfig; in a pod its library is not loaded`,
        memoryNote("idle", memory),
      ],
    };
  });
}

/** From the spawn until the API server began to answer a watch. */
async function firstWatch(stage: Stage): Promise<number> {
  await stage.forget();
  const spawnedMs = stage.now();
  const operator = await startOperatorProcess(stage.kubeconfig);
  await operator.end("SIGTERM");
  const watches = (await stage.audit.newRequests()).filter(({ verb }) => verb === "watch");
  return Math.min(...watches.map(({ atMs }) => atMs)) - spawnedMs;
}
