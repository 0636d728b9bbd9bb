import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { OpenArray } from "../../../src/array/port.ts";
import { createOpenArray } from "../../../src/ontap/open-array.ts";
import type { Transport } from "../../../src/ontap/send.ts";
import { createOpenTransport } from "../../../src/ontap/transport.ts";
import { startSimulator, type Simulator } from "../../../src/simulator/start.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { unmeasured } from "../../harness/unmeasured.ts";
import { createArrayNetwork } from "../../model/array.ts";
import { createChance, createVirtualClock } from "../../model/clock.ts";
import { createSimulatedArray } from "../../model/simulated-array.ts";
import { runSequences, type Side } from "../sequences.ts";
import { accessTo, login, play, svms } from "./play.ts";
import { drawSteps, svmName, type Step } from "./steps.ts";

/**
 * The in-memory array against the HTTPS simulator: the same random sequences of what the operator asks for, of what others do
 * and of what goes wrong on the way, and the same outcomes, down to the password that is held.
 */
const sequences = Number(process.env["FIDELITY_SEQUENCES"] ?? 2000);
const seed = Number(process.env["FIDELITY_SEED"] ?? 1);
const atOnce = 8;

interface OverHttps {
  readonly simulator: Simulator;
  /** One pool for all sequences: handshakes are not what is compared. */
  readonly transport: Transport;
  readonly open: OpenArray;
}

let simulators: OverHttps[];

beforeAll(async () => {
  simulators = await Promise.all(Array.from({ length: atOnce }, start));
});
afterAll(async () => {
  for (const { simulator, transport } of simulators) {
    await simulator.stop();
    await transport.close();
  }
});

const openTransport = createOpenTransport({ clock: systemClock, version: "1.2.3", instance: "fidelity" });

async function start(): Promise<OverHttps> {
  const simulator = await startSimulator({ svms: [], logins: [] }, { clock: systemClock });
  const transport = openTransport(accessTo(simulator.url, simulator.caPem));
  const shared: Transport = { send: transport.send, close: () => Promise.resolve() };
  return { simulator, transport, open: createOpenArray({ clock: systemClock, openTransport: () => shared }) };
}

/** As new: whatever a sequence before did to it is undone. */
async function again({ sideDoor }: Simulator): Promise<void> {
  await sideDoor.clearFaults();
  await sideDoor.act({ do: "accept-connections" });
  await sideDoor.act({ do: "put-login", ...login });
  for (const { uuid } of await sideDoor.svms()) await sideDoor.act({ do: "delete-svm", svm: uuid });
  await sideDoor.act({ do: "create-svm", name: svmName });
}

const real: Side<Step> = async (steps) => {
  const side = simulators.pop();
  if (side === undefined) throw new Error("more sequences at once than simulators");
  const { simulator, open } = side;
  const { sideDoor } = simulator;
  await again(simulator);
  const shown = await play(
    {
      open: () => open(accessTo(simulator.url, simulator.caPem), unmeasured),
      async act(action) {
        await sideDoor.act(action);
        // The pool's idle connections are cut; a request that finds one before the pool has noticed is another case.
        if (action.do === "refuse-connections") await sleep(50);
      },
      addFault: async (fault) => void (await sideDoor.addFault(fault)),
      held: async () => {
        const held = await sideDoor.credentials();
        return held.map(({ initiator, authenticationType, inbound, outbound }) => {
          return { initiator, authenticationType, inbound, outbound };
        });
      },
      svm: async () => (await sideDoor.svms())[0]?.uuid ?? "",
    },
    steps,
  );
  simulators.push(side);
  return shown;
};

const model: Side<Step> = async (steps) => {
  const clock = createVirtualClock();
  const array = createSimulatedArray({ clock, seed: 1, svms, login });
  const network = createArrayNetwork({ clock, chance: createChance(1), latencyMs: { from: 0, to: 0 } });
  const endpoint = "https://array.example.com";
  network.listen(endpoint, array);
  const inMemory = createOpenArray({ clock, openTransport: network.transportOf({ clock, name: "fidelity" }) });
  let shown: readonly unknown[] | undefined;
  const playing = play(
    {
      open: () => inMemory(accessTo(endpoint, undefined), unmeasured),
      act: (action) => array.act(action),
      addFault: async (fault) => array.addFault(fault),
      held: async () =>
        array.credentials().map(({ initiator, authenticationType, chap }) => {
          return { initiator, authenticationType, inbound: chap.inbound, outbound: chap.outbound };
        }),
      svm: async () => array.svms()[0]?.uuid ?? "",
    },
    steps,
  ).then((result) => (shown = result));
  await clock.advanceUntil(() => shown !== undefined, 3_600_000);
  return playing;
};

test(`${sequences} random sequences`, async () => {
  const chance = createChance(seed);
  const drawn = Array.from({ length: sequences }, () => drawSteps(chance, 10));
  expect((await runSequences(drawn, { model, real }, atOnce)).join("\n\n")).toBe("");
});
