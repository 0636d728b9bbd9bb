import { describe, expect, test } from "vitest";

import type { Authentication } from "../../src/array/credential.ts";
import type { FaultInput } from "../../src/simulator/faults/fault.ts";
import { outcomeOf, pair, signal, startArrayOnSimulator, type ArrayOnSimulator } from "./array-on-simulator.ts";

/**
 * A write whose answer is lost, before and after it took effect. What comes back must be true: `done` only if the
 * simulator holds it, a failure of the environment otherwise, and the next attempt of the caller must get through.
 */

type Lost =
  | "reset before"
  | "reset after"
  | "hang before"
  | "hang after"
  | "gateway before"
  | "gateway after"
  | "cut answer";

const faultOf = {
  "reset before": { effect: "reset" },
  "reset after": { effect: "lose-answer" },
  "hang before": { effect: "hang" },
  "hang after": { effect: "hang", applied: true },
  "gateway before": { effect: "body", status: 502, text: "<html>Bad Gateway</html>" },
  "gateway after": { effect: "body", status: 504, text: "<html>Gateway Timeout</html>", applied: true },
  "cut answer": { effect: "truncate", bytes: 1 },
} as const satisfies Record<Lost, FaultInput>;

const cases = (Object.keys(faultOf) as Lost[]).map((lost) => ({ lost, took: !lost.endsWith("before") }));

const chap: Authentication = { type: "chap", inbound: pair("in"), outbound: pair("out") };
const rotated: Authentication = { type: "chap", inbound: pair("in", "a new password"), outbound: pair("out") };

async function lose(world: ArrayOnSimulator, method: string, lost: Lost, times = 1): Promise<void> {
  await world.simulator.sideDoor.addFault({ ...faultOf[lost], when: { method }, times });
  await world.simulator.sideDoor.forgetRequests();
}

async function methods(world: ArrayOnSimulator): Promise<string> {
  return (await world.simulator.sideDoor.requests()).map(({ method }) => method).join(" ");
}

describe("POST", () => {
  test.each(cases)("$lost", async ({ lost, took }) => {
    await using world = await startArrayOnSimulator();
    const array = world.open({ requestTimeoutMs: 300 });
    await lose(world, "POST", lost);
    const creation = {
      authentication: chap,
      addresses: { ranges: [{ start: "10.0.0.1", end: "10.0.0.1" }], masks: [] },
    };
    const created = await array.createCredential(world.id, creation, signal);
    expect(await methods(world)).toBe("POST GET");
    expect(outcomeOf(created)).toMatch(took ? /^done$/ : /^(ConnectionLost|AnswerTimeout|BadGateway).*holds no such/);
    expect((await world.stored())?.inbound?.password).toBe(took ? "password of in" : undefined);
    const again = await array.createCredential(world.id, creation, signal);
    expect(outcomeOf(again)).toBe(took ? "CredentialExists" : "done");
  });

  test("the answer is lost and another's credential is there: not ours", async () => {
    await using world = await startArrayOnSimulator();
    const { initiator } = world.id;
    await world.simulator.sideDoor.act({ do: "put-credential", svm: "svm1", initiator, authenticationType: "deny" });
    await lose(world, "POST", "reset before");
    const created = await world.array.createCredential(
      world.id,
      { authentication: chap, addresses: undefined },
      signal,
    );
    expect(created).toMatchObject({
      ok: false,
      error: { meaning: { class: "environment", reason: "ConnectionLost" } },
    });
  });

  test("reads that lag behind the write are a failure of the environment, and the next look is right", async () => {
    await using world = await startArrayOnSimulator();
    await world.simulator.sideDoor.addFault({ effect: "lag", ms: 200, when: { method: "POST" }, times: 1 });
    await lose(world, "POST", "reset after");
    const creation = { authentication: chap, addresses: undefined };
    const created = await world.array.createCredential(world.id, creation, signal);
    expect(created).toMatchObject({ ok: false, error: { meaning: { class: "environment" } } });
    expect(await world.array.createCredential(world.id, creation, signal)).toMatchObject({
      ok: false,
      error: { meaning: { class: "converge" } },
    });
  });
});

describe("PATCH", () => {
  test.each(cases)("of a password, $lost: cannot be seen, so it is made once more", async ({ lost }) => {
    await using world = await startArrayOnSimulator();
    const array = world.open({ requestTimeoutMs: 300 });
    await array.createCredential(world.id, { authentication: chap, addresses: undefined }, signal);
    await lose(world, "PATCH", lost);
    const changed = await array.changeCredential(world.id, { authentication: rotated, addresses: undefined }, signal);
    expect(await methods(world)).toBe("PATCH GET PATCH");
    expect(outcomeOf(changed)).toBe("done");
    expect((await world.stored())?.inbound?.password).toBe("a new password");
  });

  test.each(cases)("of a password, $lost twice: no one can tell", async ({ lost }) => {
    await using world = await startArrayOnSimulator();
    const array = world.open({ requestTimeoutMs: 300 });
    await array.createCredential(world.id, { authentication: chap, addresses: undefined }, signal);
    await lose(world, "PATCH", lost, 2);
    const changed = await array.changeCredential(world.id, { authentication: rotated, addresses: undefined }, signal);
    expect(changed).toMatchObject({ ok: false, error: { meaning: { class: "environment" } } });
    expect(
      outcomeOf(await array.changeCredential(world.id, { authentication: rotated, addresses: undefined }, signal)),
    ).toBe("done");
    expect((await world.stored())?.inbound?.password).toBe("a new password");
  });

  test.each(cases)("of what is seen, $lost", async ({ lost, took }) => {
    await using world = await startArrayOnSimulator();
    const array = world.open({ requestTimeoutMs: 300 });
    await array.createCredential(world.id, { authentication: chap, addresses: undefined }, signal);
    await lose(world, "PATCH", lost);
    const addresses = { merge: "add", ranges: [], masks: [{ address: "10.0.0.0", netmask: "24" }] } as const;
    const change = { authentication: { type: "deny" } as const, addresses };
    const changed = await array.changeCredential(world.id, change, signal);
    expect(await methods(world)).toBe("PATCH GET");
    expect(outcomeOf(changed)).toMatch(took ? /^done$/ : /does not show what was written/);
    expect((await world.stored())?.authenticationType).toBe(took ? "deny" : "chap");
    expect(outcomeOf(await array.changeCredential(world.id, change, signal))).toBe("done");
  });
});

describe("DELETE", () => {
  test.each(cases)("$lost", async ({ lost, took }) => {
    await using world = await startArrayOnSimulator();
    const array = world.open({ requestTimeoutMs: 300 });
    await array.createCredential(world.id, { authentication: chap, addresses: undefined }, signal);
    await lose(world, "DELETE", lost);
    const removed = await array.removeCredential(world.id, signal);
    expect(await methods(world)).toBe("DELETE GET");
    expect(outcomeOf(removed)).toMatch(took ? /^done$/ : /^(ConnectionLost|AnswerTimeout|BadGateway)/);
    expect((await world.stored()) === undefined).toBe(took);
    expect(outcomeOf(await array.removeCredential(world.id, signal))).toBe("done");
    expect(await world.stored()).toBeUndefined();
  });
});

test("a write that never left is not looked for", async () => {
  await using world = await startArrayOnSimulator();
  await world.simulator.sideDoor.act({ do: "abort-handshakes", abort: true });
  const none = { authentication: { type: "none" } as const, addresses: undefined };
  const created = await world.open({}).createCredential(world.id, none, signal);
  expect(created).toMatchObject({ ok: false, error: { meaning: { class: "environment" }, answer: undefined } });
  expect(outcomeOf(created)).not.toContain("read");
});
