import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { aPlace, chapFrom, eventually, statusOf, useWorld, writesTo, type Place } from "./harness.ts";

/** Behaviour 2: only another value is news to the array, whatever else happens to a Secret. */

const world = useWorld();

const password = "unchanged-pass1";

/** A credential that is settled on a Secret `chap`; what the array was asked until then is forgotten. */
async function aSettled(name: string): Promise<Place> {
  const place = await aPlace(world);
  await place.createSecret("chap", { username: "node", password });
  await place.createCredential(name, chapFrom("chap"));
  await place.untilReady(name);
  await world.array.sideDoor.forgetRequests();
  return place;
}

const verbs = async (): Promise<readonly string[]> => (await writesTo(world.array)).map(({ method }) => method);

const untilPassword = (place: Place, name: string, wanted: string): Promise<unknown> =>
  eventually(
    async () => ((await place.stored(name))?.inbound?.password === wanted ? true : undefined),
    `the array has the password of ${name}`,
  );

/** A Secret cannot change its type, nor an immutable one its values: people delete it and create it again. */
async function replaceSecret(
  place: Place,
  name: string,
  stringData: Readonly<Record<string, string>>,
  type?: string,
): Promise<void> {
  await world.cluster.delete("secrets", place.namespace, "chap");
  await place.untilReady(name, "SecretNotFound");
  await place.createSecret("chap", stringData, type);
}

const iscsiChap = (value: string): Readonly<Record<string, string>> => ({
  "node.session.auth.username": "node",
  "node.session.auth.password": value,
});

describe("a value change writes once, within a second", () => {
  test("and a rewrite of the same value, or of who manages the fields, does not", async () => {
    const place = await aSettled("rotated");
    const before = await place.credential("rotated");
    await world.cluster.send({
      method: "PATCH",
      path: `/api/v1/namespaces/${place.namespace}/secrets/chap`,
      query: { fieldManager: "somebody-else", force: "true" },
      contentType: "application/apply-patch+yaml",
      body: { apiVersion: "v1", kind: "Secret", metadata: { name: "chap" }, stringData: { password } },
    });
    await sleep(500);
    expect(await verbs()).toEqual([]);
    expect((await place.credential("rotated"))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    await place.edit("secrets", "chap", { stringData: { password: "rotated-pass-12" } });
    await untilPassword(place, "rotated", "rotated-pass-12");
    await sleep(300);
    expect(await verbs()).toEqual(["PATCH"]);
  });
});

describe("a Secret that is made anew under its name", () => {
  test("with the same value writes nothing", async () => {
    const place = await aSettled("same");
    await replaceSecret(place, "same", { username: "node", password });
    await place.untilReady("same");
    await sleep(300);
    expect(await verbs()).toEqual([]);
  });

  test("with another value writes once", async () => {
    const place = await aSettled("other");
    await replaceSecret(place, "other", { username: "node", password: "another-value-1" });
    await untilPassword(place, "other", "another-value-1");
    await place.untilReady("other");
    expect(await verbs()).toEqual(["PATCH"]);
  });

  test("as another type is read by that type's keys, and writes nothing while the value is the same", async () => {
    const place = await aSettled("retyped");
    await replaceSecret(place, "retyped", iscsiChap(password), "kubernetes.io/iscsi-chap");
    await place.untilReady("retyped");
    await sleep(300);
    expect(await verbs()).toEqual([]);
    await place.edit("secrets", "chap", { stringData: iscsiChap("retyped-value-1") });
    await untilPassword(place, "retyped", "retyped-value-1");
    expect(await verbs()).toEqual(["PATCH"]);
  });

  test("since it was immutable is followed like any other", async () => {
    const place = await aSettled("frozen");
    await place.edit("secrets", "chap", { immutable: true });
    await expect(place.edit("secrets", "chap", { stringData: { password: "impossible-1234" } })).rejects.toThrow(
      /immutable/,
    );
    await replaceSecret(place, "frozen", { username: "node", password: "after-frozen-12" });
    await untilPassword(place, "frozen", "after-frozen-12");
    expect(await verbs()).toEqual(["PATCH"]);
  });
});

describe("after a restart", () => {
  const names = Array.from({ length: 10 }, (_, index) => `labelled-${index}`);

  test("a Secret that was edited five times meanwhile is asserted once at most, and then never again", async () => {
    const place = await aPlace(world);
    for (const name of names) {
      await place.createSecret(name, { username: name, password: `${name}-password` });
      await place.createCredential(name, chapFrom(name));
    }
    for (const name of names) await place.untilReady(name);
    await world.array.sideDoor.forgetRequests();
    await world.restartOperator(async () => {
      for (let edit = 0; edit < 5; edit += 1) {
        for (const name of names) await place.edit("secrets", name, { metadata: { labels: { edit: `${edit}` } } });
      }
    });
    const versionOf = async (name: string): Promise<string | undefined> =>
      (await world.cluster.get("secrets", place.namespace, name))?.metadata.resourceVersion;
    for (const name of names) {
      const wanted = await versionOf(name);
      await eventually(async () => {
        const { applied } = statusOf(await place.credential(name)) ?? {};
        return applied?.inboundSecret?.resourceVersion === wanted ? true : undefined;
      }, `${name} is applied from the newest version of its Secret`);
    }
    const patched = (await writesTo(world.array)).map(({ method, path }) => [
      method,
      decodeURIComponent(path).split("/").at(-1),
    ]);
    expect(new Set(patched.map(([, initiator]) => initiator))).toEqual(
      new Set(names.map((name) => place.initiator(name))),
    );
    expect(patched.map(([method]) => method)).toEqual(names.map(() => "PATCH"));
    await world.array.sideDoor.forgetRequests();
    await world.restartOperator();
    for (const name of names) await place.edit("secrets", name, { metadata: { annotations: { seen: "again" } } });
    await sleep(800);
    // A process that has not read a value yet cannot know it to be old: one write each, and none after that.
    expect((await verbs()).length).toBeLessThanOrEqual(names.length);
    await world.array.sideDoor.forgetRequests();
    for (const name of names) await place.edit("secrets", name, { metadata: { annotations: { seen: "thrice" } } });
    await sleep(800);
    expect(await verbs()).toEqual([]);
  });
});
