import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { Simulator } from "../../src/simulator/start.ts";
import type { Cluster } from "../../tools/harness/cluster.ts";
import { aPlace, chapFrom, conditionOf, connect, eventually, startArray, startOperator } from "./harness.ts";

/** An operator that only looks, on what another one left and on what is new. */

let cluster: Cluster;
let array: Simulator;

beforeAll(async () => {
  cluster = await connect(inject("adminKubeconfig"));
  array = await startArray();
});
afterAll(async () => {
  await array.stop();
  await cluster.close();
});

test("a dry run shows what it would do, claims nothing, and lets nothing go that is still on the array", async () => {
  const place = await aPlace({ cluster, array });
  await place.createSecret("chap", { username: "node", password: "before-the-dry-run" });
  const real = await startOperator();
  for (const name of ["edited", "deleted"]) {
    await place.createCredential(name, chapFrom("chap"));
    await place.untilReady(name);
  }
  await real.stop();
  await array.sideDoor.forgetRequests();

  const looking = await startOperator({ dryRun: true });
  await place.createCredential("fresh", chapFrom("chap"));
  await cluster.patch("secrets", place.namespace, "chap", { stringData: { password: "during-the-dry-run" } });
  await cluster.delete("iscsicredentials", place.namespace, "deleted");

  const fresh = await place.untilReady("fresh", "PlanPending");
  expect(conditionOf(fresh, "Ready")?.message).toMatch(/^the operator runs with --dry-run/);
  expect(fresh["status"]).toMatchObject({ plan: { operation: "POST" } });
  expect(fresh.metadata.finalizers).toBeUndefined();
  const edited = await place.untilReady("edited", "PlanPending");
  expect(edited["status"]).toMatchObject({
    plan: { operation: "PATCH", changes: [{ field: "chap.inbound.password" }] },
  });
  const waiting = await place.untilReady("deleted", "DryRunDeletion");
  expect(conditionOf(waiting, "Ready")?.message).toContain("start it without, or set deletionPolicy to Retain");
  expect((await array.sideDoor.requests()).filter(({ method }) => method !== "GET")).toEqual([]);
  await looking.stop();

  const again = await startOperator();
  await place.untilReady("fresh");
  await eventually(
    async () => ((await place.stored("edited"))?.inbound?.password === "during-the-dry-run" ? true : undefined),
    "what was planned is written",
  );
  await eventually(
    async () => ((await place.credential("deleted")) === undefined ? true : undefined),
    "what was deleted is gone",
  );
  expect(await place.stored("deleted")).toBeUndefined();
  await again.stop();
});
