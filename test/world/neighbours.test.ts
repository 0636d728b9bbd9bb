import { describe, expect, onTestFinished, test } from "vitest";
import type { OpenTransport } from "../../src/ontap/send.ts";
import { aPlace, eventually, startArray, untilConnection, useWorld, type Place } from "./harness.ts";

/** What is wrong with one array, or too big in one object, is nobody else's trouble. */

const sent: { endpoint: string; verb: string }[] = [];
const telling =
  (open: OpenTransport): OpenTransport =>
  (access) => {
    const { send, close } = open(access);
    return {
      send(request, signal) {
        sent.push({ endpoint: access.endpoint, verb: request.verb });
        return send(request, signal);
      },
      close,
    };
  };

const world = useWorld({ openTransport: telling });

async function anotherArray(): Promise<typeof world.array> {
  const array = await startArray();
  onTestFinished(() => array.stop());
  return array;
}

/** How long it takes from an edit until the array has it. */
async function editTakesMs(place: Place, name: string, authenticationType: string): Promise<number> {
  const startedMs = performance.now();
  await place.edit("iscsicredentials", name, { spec: { authenticationType } });
  await eventually(
    async () => ((await place.stored(name))?.authenticationType === authenticationType ? true : undefined),
    `the array has the edit of ${name}`,
    25_000,
  );
  return performance.now() - startedMs;
}

describe("arrays that hang", () => {
  test("more of them than there are workers delay no edit on one that answers", async () => {
    const hanging = await anotherArray();
    const dead = await Promise.all(Array.from({ length: 6 }, () => aPlace({ cluster: world.cluster, array: hanging })));
    const well = await aPlace(world);
    await well.createCredential("edited", { authenticationType: "deny" });
    await well.untilReady("edited");
    for (const place of dead) await untilConnection(place, "Connected");
    await hanging.sideDoor.addFault({ effect: "hang" });
    await Promise.all(
      dead.flatMap((place) => Array.from({ length: 12 }, (_, index) => place.createCredential(`stuck-${index}`, {}))),
    );
    await eventually(
      async () => (sent.filter(({ endpoint }) => endpoint === hanging.url).length > 6 ? true : undefined),
      "the dead hang",
    );
    for (const authenticationType of ["none", "deny", "none"]) {
      expect(await editTakesMs(well, "edited", authenticationType)).toBeLessThan(1000);
    }
  });
});
