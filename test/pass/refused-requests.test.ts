import { describe, expect, test } from "vitest";
import type { KubeRequest } from "../../src/kube/transport.ts";
import { initiator, openScene, type Scene } from "./scene.ts";

/** An API server that refuses what we ask of it: told where it can be, not repeated without end, and done once it is let through. */

const spec = { connectionRef: { name: "array" }, svm: { name: "svm1" }, initiator, authenticationType: "deny" };
const path = "/iscsicredentials/a";
const isFinalizers = (request: KubeRequest): boolean => request.method === "PATCH" && request.path.endsWith(path);
const isStatus = (request: KubeRequest): boolean =>
  request.method === "PATCH" && request.path.endsWith(`${path}/status`);
const statusWrites = ({ world }: Scene): number =>
  world.cluster.writes.filter(({ request }) => isStatus(request)).length;
const message = (scene: Scene): string =>
  scene.status()?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";
const says = (scene: Scene, sentence: string): readonly string[] =>
  scene.operator().logLines.filter((line) => line.includes(sentence));

describe("an admission policy", () => {
  test("that refuses our finalizer is told in the status, nothing reaches the array, and it heals", async () => {
    const scene = await openScene();
    const sentence = "denied by policy no-finalizers";
    const lift = scene.world.cluster.faults.add({
      effect: { do: "refuse", status: 403, message: sentence },
      when: isFinalizers,
    });
    scene.credential(spec);
    await scene.later(60_000);
    expect([scene.ready(), scene.held()]).toEqual(["False KubernetesUnavailable", undefined]);
    expect(message(scene)).toContain(
      `The API server refuses a change to this object (${sentence}). Nothing is written`,
    );
    lift();
    await scene.later(10 * 60_000);
    expect([scene.ready(), scene.held()?.authenticationType]).toEqual(["True Applied", "deny"]);
  });

  test.each([403, 422])("that refuses our status with %i is told in the log, once, and it heals", async (status) => {
    const scene = await openScene();
    const sentence = "denied by policy no-statuses";
    let asked = 0;
    const lift = scene.world.cluster.faults.add({
      effect: { do: "refuse", status, message: sentence },
      when: (request) => isStatus(request) && (asked += 1) > 0,
    });
    scene.credential(spec);
    await scene.later(9 * 60_000);
    expect(scene.held()?.authenticationType).toBe("deny");
    expect(says(scene, sentence)).toHaveLength(1);
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThan(20);
    lift();
    await scene.later(10 * 60_000);
    expect(scene.ready()).toBe("True Applied");
    expect(statusWrites(scene)).toBeGreaterThan(0);
  });

  test("that asks for a pause is asked no more before it is over", async () => {
    const scene = await openScene();
    let asked = 0;
    const lift = scene.world.cluster.faults.add({
      effect: { do: "refuse", status: 429, retryAfterSeconds: 60 },
      when: (request) => isStatus(request) && (asked += 1) > 0,
    });
    scene.credential(spec);
    await scene.later(59_000);
    expect(asked).toBe(1);
    lift();
    await scene.later(15_000);
    expect(scene.ready()).toBe("True Applied");
  });
});

describe("a Secret that cannot be read", () => {
  const chap = { authenticationType: "chap", chap: { inbound: { secretRef: { name: "chap" } } } };

  test.each([
    {
      status: 403,
      says: "The API server refuses to show what this object needs (secrets is out of reach). Nothing is",
    },
    { status: 500, says: "The API server did not answer as needed (secrets is out of reach). Nothing is written" },
  ])("by an answer $status is told as a read that failed, and it heals", async ({ status, says: words }) => {
    const scene = await openScene();
    scene.secret("chap", "user", "a-secret-canary");
    const lift = scene.world.cluster.faults.add({
      effect: { do: "refuse", status, message: "secrets is out of reach" },
      when: (request) => request.method === "GET" && request.path.endsWith("/secrets/chap"),
    });
    scene.credential(chap);
    await scene.later(10 * 60_000);
    expect([scene.ready(), scene.held()]).toEqual(["False KubernetesUnavailable", undefined]);
    expect(message(scene)).toContain(words);
    expect(scene.events()).toContain("KubernetesUnavailable");
    lift();
    await scene.later(10 * 60_000);
    expect([scene.ready(), scene.held()?.authenticationType]).toEqual(["True Applied", "chap"]);
  });
});
