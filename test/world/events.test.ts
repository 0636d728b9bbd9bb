import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { KubeTransport } from "../../src/kube/transport.ts";
import { err } from "../../src/std/result.ts";
import { aPlace, useWorld } from "./harness.ts";

/** Events beside those that other tests look for: that there are no more of them. */

const refusedOnce = new Set<string>();

/** An API server to which every object has just been changed when its status is first written. */
const changedMeanwhile = (transport: KubeTransport): KubeTransport => ({
  ...transport,
  async send(request, signal) {
    const { method: verb, path } = request;
    const first = path.includes("/iscsicredentials/") && path.endsWith("/status") && !refusedOnce.has(path);
    if (!first) return transport.send(request, signal);
    refusedOnce.add(path);
    const message = "the object has been modified";
    return err({ kind: "kube", problem: "conflict", verb, path, httpStatus: 409, message, retryAfterMs: undefined });
  },
});

const world = useWorld({ kube: changedMeanwhile });

test("one per change of verdict, although its status could not be written at once", async () => {
  const place = await aPlace(world);
  await place.createCredential("told", { authenticationType: "deny" });
  await place.untilReady("told");
  await sleep(500);
  const events = await place.cluster.list("events", place.namespace);
  const told = events.filter(({ regarding }) => (regarding as { readonly name: string }).name === "told");
  expect(told.map(({ reason, action }) => [reason, action])).toEqual([["Applied", "POST"]]);
});
