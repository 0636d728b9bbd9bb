import { describe, expect, test } from "vitest";
import { unmeasured } from "../harness/unmeasured.ts";
import { createOpenArray } from "../../src/ontap/open-array.ts";
import { createOpenTransport } from "../../src/ontap/transport.ts";
import { systemClock } from "../../src/std/clock.ts";
import { accessTo, initiator, startArrayOnSimulator, type ArrayOnSimulator } from "./array-on-simulator.ts";

/** A process that may no longer write: what its array hears of it. */

interface Fenced extends AsyncDisposable {
  readonly world: ArrayOnSimulator;
  readonly write: () => Promise<unknown>;
  readonly look: () => Promise<unknown>;
}

/** `open` tells each time that the fence is asked whether it lets the write through. */
async function startFenced(open: () => boolean): Promise<Fenced> {
  const world = await startArrayOnSimulator();
  const lost = new AbortController();
  const fence = (): void => {
    if (!open()) lost.abort(new Error("lost"));
    lost.signal.throwIfAborted();
  };
  const openTransport = createOpenTransport({ clock: systemClock, version: "1.2.3", instance: "test", fence });
  const { caPem, url } = world.simulator;
  const trust = { caPem, serverName: undefined, insecureSkipVerify: false };
  const array = createOpenArray({ clock: systemClock, openTransport })(accessTo(url, { trust }), unmeasured);
  const creation = { authentication: { type: "none" } as const, addresses: undefined };
  await world.simulator.sideDoor.forgetRequests();
  return {
    world,
    write: () => array.createCredential({ svm: world.svm, initiator }, creation, lost.signal),
    look: () => array.svms(new AbortController().signal),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await array.close();
    },
  };
}

describe("the fence", () => {
  test("is asked after the connection was made, not when the write was asked for", async () => {
    let writing = true;
    await using fenced = await startFenced(() => writing);
    const written = fenced.write();
    // The connection is still being made, and no line of ours runs before the write's turn comes.
    writing = false;
    await expect(written).rejects.toThrow("lost");
    expect(await fenced.world.simulator.sideDoor.requests()).toEqual([]);
  });

  test("lets reads through always, and writes while it is open", async () => {
    let writing = true;
    await using fenced = await startFenced(() => writing);
    expect(await fenced.write()).toMatchObject({ ok: true });
    writing = false;
    await expect(fenced.write()).rejects.toThrow("lost");
    expect(await fenced.look()).toMatchObject({ ok: true });
    const methods = (await fenced.world.simulator.sideDoor.requests()).map(({ method }) => method);
    expect(methods).toEqual(["POST", "GET"]);
  });
});
