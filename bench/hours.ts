import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../src/std/log.ts";
import { startInProcess, type InProcessOperator } from "../tools/harness/in-process.ts";
import { createSkippingClock, type SkippingClock } from "../tools/harness/skipping-clock.ts";
import { writesOf } from "../tools/harness/audit.ts";
import { checkReady, untilReported } from "./progress.ts";
import { onStage, type Stage } from "./stage.ts";
import type { Measured } from "./targets.ts";

/** What shows in hours and days. The operator runs in this process, on a clock that is put forward; only requests are counted. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const silent = (): void => undefined;
const noLog: Log = { debug: silent, info: silent, warn: silent, error: silent };

const start = ({ kubeconfig }: Stage, clock: SkippingClock): Promise<InProcessOperator> =>
  startInProcess({ kubeconfig, log: noLog, clock });

/** Lets time pass, in steps that the operator has `reactMs` each to act upon. */
async function pass(clock: SkippingClock, ms: number, stepMs: number, reactMs = 40): Promise<void> {
  const endMs = clock.monotonic() + ms;
  for (let leftMs = ms; leftMs > 0; leftMs = endMs - clock.monotonic()) {
    clock.skip(Math.max(0, Math.min(stepMs, leftMs) - reactMs));
    await sleep(reactMs);
  }
}

/** An hour of a settled operator with the default interval of 10 minutes. */
export function measureResync(count: number): Promise<Measured> {
  const svms = Array.from({ length: 10 }, (_, index) => `svm${index}`);
  return onStage({ svms, latencyMs: 0 }, async (stage) => {
    const { fleet, array, audit } = stage;
    await fleet.createPlace("bench");
    await fleet.createCredentials("bench", count);
    const clock = createSkippingClock();
    const operator = await start(stage, clock);
    await untilReported(stage, count);
    await checkReady(stage, "bench", count);
    // Each SVM has a turn of its own in the interval, by chance.
    await pass(clock, 20 * minuteMs, 10_000);
    await stage.forget();
    await pass(clock, hourMs, 10_000);
    const asked = await array.sideDoor.requests();
    const pages = asked.filter(({ path }) => path.endsWith("/iscsi/credentials"));
    await sleep(500);
    const requests = await audit.newRequests();
    await operator.stop();
    return {
      figures: {
        "resync-pages": pages.length,
        "resync-array-writes": asked.filter(({ method }) => method !== "GET").length,
        "resync-api-writes": writesOf(requests).length,
      },
      notes: [
        `an hour with ${count} settled on ${svms.length} SVMs, operator in process on a clock put forward in steps of 10 s, without a Lease: ${pages.length} collection GETs, ${asked.length - pages.length} requests of the connection's probe`,
      ],
    };
  });
}

/** Two days of an operator whose login is refused from the beginning, restarted four times. */
export function measureLogin(count: number): Promise<Measured> {
  return onStage({ svms: ["svm1"], latencyMs: 0 }, async (stage) => {
    const { fleet, audit } = stage;
    await fleet.createPlace("bench", "not-the-password");
    await fleet.createCredentials("bench", count);
    await stage.forget();
    const clock = createSkippingClock();
    const startedMs = clock.monotonic();
    let operator = await start(stage, clock);
    const until = async (sinceStartMs: number, stepMs: number): Promise<void> =>
      pass(clock, startedMs + sinceStartMs - clock.monotonic(), stepMs);
    const restart = async (): Promise<void> => {
      await operator.stop();
      operator = await start(stage, clock);
    };

    await sleep(10_000);
    await until(5 * minuteMs, 5000);
    await restart();
    await until(10 * minuteMs, 5000);
    await restart();
    await until(15 * minuteMs - 5000, 5000);
    const early = await refusals(stage);
    await until(3 * hourMs, minuteMs);
    await restart();
    await until(24 * hourMs, 3 * minuteMs);
    await restart();
    await until(48 * hourMs, 3 * minuteMs);
    const all = await refusals(stage);
    await operator.stop();
    const writes = writesOf(await audit.newRequests());
    return {
      figures: { "login-15min": early, "login-48h": all },
      notes: [
        `48 h with a wrong login and ${count} credentials, as above, restarted after 5 and 10 min, 3 and 24 h: ${writes.filter(({ resource }) => resource !== "events").length} writes to the API server and ${writes.filter(({ resource }) => resource === "events").length} of Events`,
      ],
    };
  });
}

/** How often the array has said 401. */
async function refusals({ array }: Stage): Promise<number> {
  const refused = (await array.sideDoor.requestCounts()).filter(({ status }) => status === 401);
  return refused.reduce((sum, { count }) => sum + count, 0);
}
