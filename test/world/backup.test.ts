import { expect, test } from "vitest";
import { aPlace, chapFrom, useWorld, writesTo, type Place } from "./harness.ts";

/** docs/backup.md: what the operator does with objects that come back from a backup, or from Git into an empty cluster. */

const world = useWorld();

/** A credential of type chap, applied, whose object is then lost with its cluster: nothing is done on the array. */
async function lost(name: string, adoptionPolicy: "Adopt" | "Refuse"): Promise<{ place: Place; spec: object }> {
  const place = await aPlace(world);
  const spec = { ...chapFrom(name), adoptionPolicy };
  await place.createSecret(name, { username: name, password: "kept-in-the-vault" });
  await place.createCredential(name, { ...spec, deletionPolicy: "Retain" });
  await place.untilReady(name);
  await world.restartOperator(async () => {
    await place.edit("iscsicredentials", name, { metadata: { finalizers: null } });
    await world.cluster.delete("iscsicredentials", place.namespace, name);
    await world.array.sideDoor.forgetRequests();
  });
  return { place, spec };
}

test("objects without status are compared with the array, and written once since passwords cannot be", async () => {
  const { place, spec } = await lost("from-velero", "Adopt");
  await place.createCredential("from-velero", spec);
  await place.untilReady("from-velero");
  expect((await writesTo(world.array)).map(({ method }) => method)).toEqual(["PATCH"]);
  expect((await place.stored("from-velero"))?.inbound).toEqual({ user: "from-velero", password: "kept-in-the-vault" });
});

test("with Refuse they touch nothing until Adopt is set", async () => {
  const { place, spec } = await lost("from-git", "Refuse");
  await place.createCredential("from-git", spec);
  await place.untilReady("from-git", "AlreadyExists");
  expect(await writesTo(world.array)).toEqual([]);
  await place.edit("iscsicredentials", "from-git", { spec: { adoptionPolicy: "Adopt" } });
  await place.untilReady("from-git");
});
