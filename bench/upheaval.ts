import { setTimeout as sleep } from "node:timers/promises";
import type { FaultInput } from "../src/simulator/faults/fault.ts";
import { seededRandom } from "../src/simulator/faults/seeded-random.ts";
import type { Random } from "../src/std/random.ts";
import type { ActionInput } from "../src/simulator/control/action.ts";
import type { SideDoor, StoredCredential } from "../src/simulator/control/side-door.ts";

/**
 * What befalls each array, one thing at a time, drawn by chance. A refused login is not among them: it would park the connection
 * for fifteen minutes, as it should. Neither is a password changed by a foreign hand, which ONTAP shows to nobody.
 */
export interface Upheaval {
  /** Lets things happen until `untilMs` (of `performance.now()`), then leaves the arrays in order. */
  rage(untilMs: number): Promise<void>;
  /** How often each thing happened. */
  happened(): Readonly<Record<string, number>>;
}

interface Chance {
  readonly random: Random;
  /** So many seconds, by chance. */
  readonly wait: (least: number, most: number) => Promise<void>;
}

type Trouble = (array: SideDoor, chance: Chance) => Promise<void>;

const writes = { method: ["POST", "PATCH", "DELETE"] };

const troubles: Readonly<Record<string, Trouble>> = {
  "429 with Retry-After": during({ effect: "error", code: "262160", retryAfterSeconds: 2, probability: 0.5 }, 5, 15),
  "503 with Retry-After": during({ effect: "error", code: "8", retryAfterSeconds: 3, probability: 0.5 }, 5, 15),
  "503 from a proxy": during({ effect: "body", status: 503, text: "<h1>Service Unavailable</h1>" }, 3, 12),
  "500 on half of the writes": during({ effect: "error", code: "65562", probability: 0.5, when: writes }, 5, 15),
  "slow answers": during({ effect: "delay", latency: { shape: "uniform", fromMs: 200, toMs: 2500 } }, 8, 20),
  "answers lost after the write": during({ effect: "lose-answer", probability: 0.4, when: writes }, 5, 15),
  "applied, but 500": during({ effect: "error", code: "65541", applied: true, probability: 0.3, when: writes }, 5, 15),
  "answers that end too early": during({ effect: "truncate", bytes: 40, probability: 0.3 }, 5, 15),
  "answers that never come": during({ effect: "hang", probability: 0.1 }, 5, 15),
  "connections refused": async (array, { wait }) => {
    await array.act({ do: "refuse-connections" });
    await wait(2, 10);
    await array.act({ do: "accept-connections" });
  },
  "an SVM deleted, and made anew later": async (array, chance) => {
    const svm = oneOf(await array.svms(), chance.random);
    await array.act({ do: "delete-svm", svm: svm.uuid });
    await chance.wait(2, 8);
    await array.act({ do: "create-svm", name: svm.name });
  },
  "an SVM replaced at once": async (array, { random }) => {
    await array.act({ do: "recreate-svm", svm: oneOf(await array.svms(), random).uuid });
  },
  "an SVM stopped": async (array, chance) => {
    const svm = oneOf(await array.svms(), chance.random);
    await array.act({ do: "stop-svm", svm: svm.uuid });
    await chance.wait(3, 10);
    await array.act({ do: "start-svm", svm: svm.uuid });
  },
  "credentials changed by a foreign hand": async (array, { random }) => {
    const stored = (await array.credentials()).filter(({ initiator }) => initiator !== "default");
    for (let change = 0; change < 5 && stored.length > 0; change += 1) {
      await meddle(array, oneOf(stored, random), random);
    }
  },
};

/** Each array has a fate of its own, the same for the same seed. */
export function createUpheaval(arrays: readonly SideDoor[], seed: number): Upheaval {
  const fates = arrays.map((array, index) => ({ array, random: seededRandom(seed + index) }));
  const happened: Record<string, number> = {};
  return {
    async rage(untilMs) {
      await Promise.all(
        fates.map(async ({ array, random }) => {
          const wait = (least: number, most: number): Promise<void> => {
            const ms = 1000 * (least + random() * (most - least));
            return sleep(Math.max(0, Math.min(ms, untilMs - performance.now())));
          };
          try {
            while (performance.now() < untilMs) {
              const [name, trouble] = oneOf(Object.entries(troubles), random);
              await trouble(array, { random, wait });
              happened[name] = (happened[name] ?? 0) + 1;
              await wait(1, 4);
            }
          } finally {
            await array.clearFaults();
            await array.act({ do: "accept-connections" });
          }
        }),
      );
    },
    happened: () => ({ ...happened }),
  };
}

/** Trouble that a fault of the simulator makes for so many seconds. */
function during(fault: FaultInput, least: number, most: number): Trouble {
  return async (array, { wait }) => {
    const id = await array.addFault(fault);
    await wait(least, most);
    await array.removeFault(id);
  };
}

type ForeignChange = Omit<Extract<ActionInput, { do: "put-credential" }>, "do" | "svm" | "initiator">;

/** Undefined deletes. ONTAP shows each of them. */
const foreignChanges: readonly (ForeignChange | undefined)[] = [
  undefined,
  { inbound: { user: "intruder", password: "put-by-intruder" } },
  { outbound: null },
  { authenticationType: "none", inbound: null, outbound: null },
  { addresses: { ranges: [{ start: "192.0.2.1", end: "192.0.2.9" }] } },
];

async function meddle(array: SideDoor, { svmUuid: svm, initiator }: StoredCredential, random: Random): Promise<void> {
  const change = oneOf(foreignChanges, random);
  const action: ActionInput =
    change === undefined
      ? { do: "delete-credential", svm, initiator }
      : { do: "put-credential", svm, initiator, ...change };
  // One that was deleted just now cannot be meddled with any more.
  await array.act(action).catch(() => undefined);
}

function oneOf<T>(list: readonly T[], random: Random): T {
  if (list.length === 0) throw new Error("nothing to choose from");
  return list[Math.floor(random() * list.length)] as T;
}
