import { expect, onTestFinished, test } from "vitest";
import { aPlace, eventually, untilConnection, useWorld, writesTo, type Place } from "./harness.ts";

/** A person's change comes before what is only caught up with. */

const world = useWorld();
const many = 120;

async function createMany(place: Place): Promise<void> {
  for (let index = 0; index < many; index += 1) {
    await place.createCredential(`n${index}`, { authenticationType: "deny" });
  }
}

const login = (place: Place, username: string): Promise<unknown> =>
  place.edit("secrets", "ontap-login", { stringData: { username } });

interface CatchUp {
  readonly because: string;
  /** Lets all credentials become due at once. */
  readonly begin: (place: Place) => Promise<unknown>;
}

const catchUps: readonly CatchUp[] = [
  {
    because: "a connection that works again, and all its credentials go on",
    async begin(place) {
      await login(place, "nobody");
      await untilConnection(place, "LoginRefused");
      await createMany(place);
      await login(place, "admin");
    },
  },
  {
    because: "a start, with everything that was declared meanwhile",
    begin: (place) => world.restartOperator(() => createMany(place)),
  },
];

test.each(catchUps)("$because", async (catchUp) => {
  onTestFinished(() => world.array.sideDoor.clearFaults());
  const place = await aPlace(world);
  await place.createCredential("edited", { authenticationType: "deny" });
  await place.untilReady("edited");
  const latency = { shape: "fixed", ms: 150 } as const;
  await world.array.sideDoor.addFault({ effect: "delay", latency, when: { method: "POST" } });
  await world.array.sideDoor.forgetRequests();
  await catchUp.begin(place);
  await eventually(async () => ((await writesTo(world.array)).length > 0 ? true : undefined), "it has begun");

  await place.edit("iscsicredentials", "edited", { spec: { authenticationType: "none" } });
  await eventually(
    async () => ((await place.stored("edited"))?.authenticationType === "none" ? true : undefined),
    "the edit is on the array",
  );
  const before = (await writesTo(world.array)).findIndex(({ method }) => method === "PATCH");
  // Only those whose turn had come before it.
  expect(before).toBeLessThan(many / 3);
});
