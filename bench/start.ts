import { setTimeout as sleep } from "node:timers/promises";
import { startOperatorProcess, type OperatorProcess } from "../tools/harness/process.ts";
import { medianOf } from "./percentile.ts";
import { memoryText } from "./notes.ts";
import { memoryOf, type Memory } from "./process-facts.ts";
import { onStage, type Stage } from "./stage.ts";
import type { Measured } from "./targets.ts";

/** The built operator without anything to do: how soon it watches, and what it holds. */

const starts = 7;
const restMs = 15_000;

export function measureStart(): Promise<Measured> {
  return onStage({ svms: ["svm1"], latencyMs: 0 }, async (stage) => {
    const asPod = await measureOneWay(stage, () => stage.startOperator());
    const atDesk = await measureOneWay(stage, async () => stage.track(await startOperatorProcess(stage.kubeconfig)));
    const watchNote = ({ firstWatches }: OneWay): string => firstWatches.map((ms) => ms.toFixed(0)).join(", ");
    return {
      figures: { "first-watch": medianOf(asPod.firstWatches), "rss-idle": asPod.memory.rss },
      notes: [
        `start → first watch by the audit log, as in a pod: ${watchNote(asPod)} ms; with a kubeconfig, whose library a pod does not load: ${watchNote(atDesk)} ms`,
        memoryText("idle as in a pod", asPod.memory),
        memoryText("idle with a kubeconfig", atDesk.memory),
      ],
    };
  });
}

interface OneWay {
  readonly firstWatches: readonly number[];
  readonly memory: Memory;
}

async function measureOneWay(stage: Stage, start: () => Promise<OperatorProcess>): Promise<OneWay> {
  const firstWatches: number[] = [];
  for (let round = 0; round < starts; round += 1) {
    await stage.forget();
    const spawnedMs = stage.now();
    const operator = await start();
    await operator.end("SIGTERM");
    const watches = (await stage.audit.newRequests()).filter(({ verb }) => verb === "watch");
    // From the spawn until the API server began to answer a watch.
    firstWatches.push(Math.min(...watches.map(({ atMs }) => atMs)) - spawnedMs);
  }
  const operator = await start();
  await sleep(restMs);
  const memory = await memoryOf(operator.pid);
  await operator.end("SIGTERM");
  return { firstWatches, memory };
}
