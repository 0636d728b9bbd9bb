import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { OperatorProcess } from "./process.ts";

/** How an operator process bears what is done to it. */
export interface Vitals {
  /** The most memory that was resident since the process started, in megabytes of 10^6 bytes. */
  readonly peakRss: number;
  /** The longest that /livez took to answer with 200, in milliseconds; what never answered counts for as long as it was waited for. */
  readonly longestSilenceMs: number;
  /** How often /livez was asked. */
  readonly asked: number;
}

export interface VitalsWatch {
  figures(): Promise<Vitals>;
  stop(): void;
}

const everyMs = 20;
/** As long as a kubelet of the published manifests waits, and then again. */
const longestWaitMs = 10_000;

/** Asks /livez one time after the other until it is stopped. */
export function watchVitals({ url, pid }: OperatorProcess): VitalsWatch {
  const stopped = new AbortController();
  let longestSilenceMs = 0;
  let asked = 0;
  async function watch(): Promise<void> {
    let answeredMs = performance.now();
    while (!stopped.signal.aborted) {
      asked += 1;
      const ok = await isAlive(url);
      const nowMs = performance.now();
      longestSilenceMs = Math.max(longestSilenceMs, nowMs - answeredMs);
      if (ok) answeredMs = nowMs;
      await sleep(everyMs);
    }
  }
  void watch();
  return {
    async figures() {
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      const peakRss = (Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) * 1024) / 1e6;
      return { peakRss, longestSilenceMs, asked };
    },
    stop: () => stopped.abort(),
  };
}

async function isAlive(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(longestWaitMs) });
    await answer.text();
    return answer.ok;
  } catch {
    return false;
  }
}
