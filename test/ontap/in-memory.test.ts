import { describe, expect, test } from "vitest";

import type { Authentication } from "../../src/array/credential.ts";
import type { CredentialId, SvmUuid } from "../../src/array/identifiers.ts";
import type { ArrayAccess, OntapArray } from "../../src/array/port.ts";
import { createOpenArray } from "../../src/ontap/open-array.ts";
import { startMemorySimulator, type MemorySimulator } from "../../src/simulator/in-memory.ts";
import type { WorldOptions } from "../../src/simulator/stage.ts";
import { SecretText } from "../../src/std/secret-text.ts";
import { createManualClock, type ManualClock } from "../harness/manual-clock.ts";
import { createMemoryTransport } from "../harness/memory-transport.ts";
import { unmeasured } from "../harness/unmeasured.ts";
import { accessTo, initiator, login, outcomeOf, pair, signal } from "./array-on-simulator.ts";

/** The operator's client on the simulator in memory: no socket, and no time but the manual clock's. */

interface World {
  readonly clock: ManualClock;
  readonly simulator: MemorySimulator;
  readonly open: (access?: Partial<ArrayAccess>) => OntapArray;
  readonly id: CredentialId;
}

async function aWorld(options: Partial<WorldOptions> = {}): Promise<World> {
  const clock = createManualClock();
  const simulator = await startMemorySimulator({ svms: [{ name: "svm1" }], logins: [login], ...options }, { clock });
  const at = (endpoint: string) => (endpoint === "https://array" ? simulator : undefined);
  const open = createOpenArray({ clock, openTransport: createMemoryTransport({ clock, at }) });
  const [svm] = await simulator.sideDoor.svms();
  return {
    clock,
    simulator,
    open: (access) => open(accessTo("https://array", access), unmeasured),
    id: { svm: svm?.uuid as SvmUuid, initiator },
  };
}

const chap: Authentication = { type: "chap", inbound: pair("in"), outbound: undefined };
const creation = { authentication: chap, addresses: undefined };

test("creates, reads and removes by ONTAP's rules", async () => {
  const { simulator, open, id } = await aWorld();
  const array = open();
  expect(outcomeOf(await array.createCredential(id, creation, signal))).toBe("done");
  expect(outcomeOf(await array.createCredential(id, creation, signal))).toBe("CredentialExists");
  expect(await array.credential(id, signal)).toMatchObject({ ok: true, value: { inboundUser: "in" } });
  expect(await simulator.sideDoor.credentials()).toMatchObject([
    { initiator: "default" },
    { initiator, inbound: { password: "password of in" } },
  ]);
  expect(outcomeOf(await array.removeCredential(id, signal))).toBe("done");
});

test("latency is the clock's", async () => {
  const { clock, open } = await aWorld({ latency: { shape: "fixed", ms: 3_000 } });
  let done = false;
  const reading = open()
    .svms(signal)
    .then(() => (done = true));
  await clock.pass(2_999);
  expect(done).toBe(false);
  await clock.pass(1);
  await reading;
  expect(done).toBe(true);
});

describe("what goes wrong is the same as over HTTPS", () => {
  test("a hanging array ends with the request's own deadline", async () => {
    const { clock, simulator, open } = await aWorld();
    await simulator.sideDoor.addFault({ effect: "hang" });
    const reading = open({ requestTimeoutMs: 30_000 }).svms(signal);
    await clock.pass(30_000);
    expect(outcomeOf(await reading)).toBe("AnswerTimeout");
  });

  test("an answer lost after the write", async () => {
    const { simulator, open, id } = await aWorld();
    await simulator.sideDoor.addFault({ effect: "lose-answer", when: { method: "POST" }, times: 1 });
    expect(outcomeOf(await open().createCredential(id, creation, signal))).toBe("done");
    const methods = (await simulator.sideDoor.requests()).map(({ method }) => method);
    expect(methods).toEqual(["POST", "GET"]);
  });

  test("a slow and a truncated body", async () => {
    const { clock, simulator, open } = await aWorld();
    await simulator.sideDoor.addFault({ effect: "truncate", bytes: 3, times: 1 });
    expect(outcomeOf(await open().svms(signal))).toBe("ConnectionLost");
    await simulator.sideDoor.addFault({ effect: "drip", bytesPerSecond: 1, times: 1 });
    const reading = open({ requestTimeoutMs: 5_000 }).svms(signal);
    await clock.pass(5_000);
    expect(outcomeOf(await reading)).toBe("AnswerTimeout");
  });

  test.each([
    [{ do: "refuse-connections" }, "ConnectionRefused"],
    [{ do: "abort-handshakes", abort: true }, "ConnectionLost"],
    [{ do: "show-certificate", kind: "expired" }, "CertificateExpired"],
    [{ do: "change-password", user: login.user, password: "another" }, "LoginRefused"],
  ] as const)("%j", async (action, reason) => {
    const { simulator, open } = await aWorld();
    await simulator.sideDoor.act(action);
    expect(outcomeOf(await open().svms(signal))).toBe(reason);
  });

  test("a LIF that moves cuts what is under way and comes back", async () => {
    const { clock, simulator, open } = await aWorld({ latency: { shape: "fixed", ms: 1_000 } });
    const array = open();
    const reading = array.svms(signal);
    await clock.pass(500);
    await simulator.sideDoor.act({ do: "refuse-connections", forMs: 10_000 });
    expect(outcomeOf(await reading)).toBe("ConnectionLost");
    expect(outcomeOf(await array.svms(signal))).toBe("ConnectionRefused");
    await clock.pass(10_000);
    const again = array.svms(signal);
    await clock.pass(1_000);
    expect(outcomeOf(await again)).toBe("done");
  });

  test("anyone who gives up gets the reason thrown", async () => {
    const { simulator, open } = await aWorld();
    await simulator.sideDoor.addFault({ effect: "hang" });
    const impatient = new AbortController();
    const reading = open().svms(impatient.signal);
    impatient.abort(new Error("shutting down"));
    await expect(reading).rejects.toThrow("shutting down");
  });
});

test("a client certificate logs in the user that is its common name", async () => {
  const { simulator, open } = await aWorld({ logins: [{ user: "robot", certificate: true }] });
  const { certificatePem, keyPem } = await simulator.sideDoor.clientCertificate("robot");
  const array = open({ login: { method: "clientCertificate", certificatePem, keyPem: new SecretText(keyPem) } });
  expect(outcomeOf(await array.svms(signal))).toBe("done");
});
