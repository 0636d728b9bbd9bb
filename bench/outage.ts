import { setTimeout as sleep } from "node:timers/promises";
import type { LoggedRequest } from "../src/simulator/model/request-log.ts";
import { eventually } from "../tools/harness/cluster.ts";
import type { OperatorProcess } from "../tools/harness/process.ts";
import { scrape } from "../tools/harness/scrape.ts";
import { writesOf } from "../tools/harness/audit.ts";
import { secondsText } from "./notes.ts";
import { checkReady } from "./progress.ts";
import { onStage, type Stage } from "./stage.ts";
import type { Measured } from "./targets.ts";

/** Half of the credentials are on the array when it is gone for a minute: how often it is tried, and how soon all goes on. */

const downMs = 60_000;
const windowMs = 5000;

export function measureOutage(count: number): Promise<Measured> {
  return onStage({ svms: ["svm1"], latencyMs: 5 }, async (stage) => {
    const { fleet, array, audit } = stage;
    await fleet.createPlace("bench");
    await fleet.createCredentials("bench", count);
    await stage.forget();
    const operator = await stage.startOperator();
    await untilApplied(stage, count / 2);
    await array.sideDoor.act({ do: "refuse-connections" });
    // What was under way when it went is no probe.
    await sleep(1000);
    const beforeDown = await array.sideDoor.requests();
    const probes = await attemptsPerWindow(operator);
    const meanwhile = writesOf(await audit.newRequests());
    await array.sideDoor.act({ do: "accept-connections" });
    const backMs = stage.now();
    await untilApplied(stage, count);
    const applied = writesAt(await array.sideDoor.requests());
    const lastMs = Math.max(...applied);

    // What the rest takes without an outage, by how fast the first half went.
    const first = writesAt(beforeDown);
    const eachMs = (Math.max(...first) - Math.min(...first)) / (first.length - 1);
    const left = applied.filter((atMs) => atMs > backMs).length;
    const statusesMeanwhile = meanwhile.filter(({ subresource }) => subresource === "status").length;
    await eventually(
      () =>
        checkReady(stage, "bench", count).then(
          () => true,
          () => undefined,
        ),
      "all are Ready",
      60_000,
    );
    await operator.end("SIGTERM");
    return {
      figures: {
        "outage-probes": probes.reduce((sum, attempts) => sum + attempts, 0) / probes.length,
        "outage-recovery": (lastMs - backMs - left * eachMs) / 1000,
      },
      notes: [
        `array down for 60 s with ${left} of ${count} to go: connection attempts in windows of 5 s ${probes.join(" ")}, by ontap_iscsi_array_requests_total`,
        `all applied ${secondsText(lastMs - backMs)} after its return, of which ${secondsText(left * eachMs)} are the work at the pace before; status writes from start to return ${statusesMeanwhile}`,
      ],
    };
  });
}

async function untilApplied({ array }: Stage, count: number): Promise<void> {
  const has = async (): Promise<true | undefined> => {
    const stored = await array.sideDoor.credentials();
    return stored.filter(({ initiator }) => initiator !== "default").length >= count ? true : undefined;
  };
  await eventually(has, `${count} credentials are on the array`, 120_000);
}

/** When the array had done each of its writes. */
const writesAt = (requests: readonly LoggedRequest[]): readonly number[] =>
  requests.filter(({ method, status }) => method !== "GET" && status === 201).map(({ atMs }) => atMs);

/** How often the operator tried to reach the array, in each window of the outage. The array cannot see who it refuses. */
async function attemptsPerWindow({ url }: OperatorProcess): Promise<readonly number[]> {
  const attempts = async (): Promise<number> => (await scrape(url)).sum("ontap_iscsi_array_requests_total");
  const totals = [await attempts()];
  const beganMs = performance.now();
  for (let window = 1; window <= downMs / windowMs; window += 1) {
    await sleep(beganMs + window * windowMs - performance.now());
    totals.push(await attempts());
  }
  return totals.slice(1).map((total, index) => total - (totals[index] ?? 0));
}
