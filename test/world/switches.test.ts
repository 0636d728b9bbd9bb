import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { createKubectl } from "../../tools/controlplane/kubectl.ts";
import { createSkippingClock } from "../../tools/harness/skipping-clock.ts";
import {
  aPlace,
  chapFrom,
  eventually,
  statusOf,
  untilFailures,
  untilStatus,
  useWorld,
  writesTo,
  type Place,
} from "./harness.ts";

/** Behaviour 8: what people stop, ask for and edit takes effect at once. */

const clock = createSkippingClock();
// Of every backoff the longest: whatever is tried again sooner was not waiting for its turn.
const world = useWorld({ clock, random: () => 1 });

const requestedAt = (value: string): object => ({
  metadata: { annotations: { "ontap-iscsi.dev/reconcile-requested-at": value } },
});

describe("suspend", () => {
  test("during work stops that work before its write, and what was meant is written when it is lifted", async () => {
    onTestFinished(() => world.array.sideDoor.clearFaults());
    const place = await aPlace(world);
    await place.createCredential("braked", { authenticationType: "deny" });
    await place.untilReady("braked");
    await world.array.sideDoor.forgetRequests();
    const path = `*${encodeURIComponent(place.namespace)}*`;
    await world.array.sideDoor.addFault({
      effect: "delay",
      latency: { shape: "fixed", ms: 1500 },
      when: { method: "GET", path },
    });
    await place.edit("iscsicredentials", "braked", { spec: { authenticationType: "none" } });
    await sleep(300);
    await place.edit("iscsicredentials", "braked", { spec: { suspend: true } });
    await eventually(
      async () => ((await world.array.sideDoor.requests()).some((seen) => seen.method === "GET") ? true : undefined),
      "the look that was under way has ended",
    );
    await sleep(500);
    expect(await writesTo(world.array)).toEqual([]);
    await place.edit("iscsicredentials", "braked", { spec: { suspend: false } });
    await eventually(
      async () => ((await place.stored("braked"))?.authenticationType === "none" ? true : undefined),
      "the array has what was meant",
    );
  });

  test("shows in a column of kubectl get -o wide", async () => {
    const place = await aPlace(world);
    await place.createCredential("shown", { authenticationType: "deny", suspend: true });
    const kubectl = createKubectl(inject("kubectlPath"), inject("adminKubeconfig"));
    const { stdout } = await kubectl(["get", "iscsicredentials", "-n", place.namespace, "-o", "wide"]);
    const [header = "", row = ""] = stdout.split("\n");
    expect(row.slice(header.indexOf("SUSPENDED")).split(" ")[0]).toBe("true");
  });
});

describe("reconcile-requested-at", () => {
  test("asks the array once per value, whatever else is written on the object", async () => {
    const place = await aPlace(world);
    await place.createCredential("asked", { authenticationType: "deny" });
    await place.untilReady("asked");
    const looks = async (): Promise<number> =>
      (await world.array.sideDoor.requests()).filter(
        ({ method, path }) => method === "GET" && decodeURIComponent(path).endsWith(place.initiator("asked")),
      ).length;
    const echoed = (value: string): Promise<unknown> =>
      untilStatus(place, "asked", ({ lastHandledReconcileAt }) => lastHandledReconcileAt === value);
    const before = await looks();
    await place.edit("iscsicredentials", "asked", requestedAt("first"));
    await echoed("first");
    await place.edit("iscsicredentials", "asked", { metadata: { labels: { seen: "again" } } });
    await sleep(300);
    expect(await looks()).toBe(before + 1);
    await place.edit("iscsicredentials", "asked", requestedAt("second"));
    await echoed("second");
    expect(await looks()).toBe(before + 2);
  });
});

describe("a credential in a backoff of minutes is tried again at once when", () => {
  const edits: readonly { readonly because: string; readonly edit: (place: Place) => Promise<unknown> }[] = [
    {
      because: "its spec is edited",
      edit: (place) => place.edit("iscsicredentials", "stuck", { spec: { resyncInterval: "1h" } }),
    },
    {
      because: "its Secret is edited",
      edit: (place) => place.edit("secrets", "chap", { stringData: { password: "after-backoff-1" } }),
    },
    {
      because: "its Secret is made again",
      async edit(place) {
        await place.cluster.delete("secrets", place.namespace, "chap");
        await place.createSecret("chap", { username: "node", password: "before-backoff1" });
      },
    },
    {
      because: "its connection is edited",
      edit: (place) => place.edit("ontapconnections", "array", { spec: { limits: { maxConcurrentRequests: 3 } } }),
    },
    {
      because: "someone asks",
      edit: (place) => place.edit("iscsicredentials", "stuck", requestedAt("now")),
    },
  ];

  test.each(edits)("$because", async ({ edit }) => {
    onTestFinished(() => world.array.sideDoor.clearFaults());
    const place = await aPlace(world);
    await world.array.sideDoor.addFault({ effect: "error", code: "5374893", when: { method: "POST" } });
    await place.createSecret("chap", { username: "node", password: "before-backoff1" });
    await place.createCredential("stuck", chapFrom("chap"));
    const { nextAttemptTime = "" } = await untilFailures(place, "stuck", clock, 6);
    expect(Date.parse(nextAttemptTime) - clock.now()).toBeGreaterThan(60_000);
    await world.array.sideDoor.clearFaults();
    await edit(place);
    await place.untilReady("stuck");
    expect(statusOf(await place.credential("stuck"))?.nextAttemptTime).toBeUndefined();
  });
});
