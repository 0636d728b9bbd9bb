import { expect, test } from "vitest";
import { openScene, type Scene } from "./scene.ts";

/** What passes cost the array and the API server, counted. A read serves all that wait for it, and no decision made before it. */

const nameOf = (index: number): string => `c${String(index).padStart(5, "0")}`;
const initiatorOf = (index: number): string => `iqn.2020-01.com.example:${nameOf(index)}`;
const declare = (scene: Scene, index: number): void =>
  scene.credential({ initiator: initiatorOf(index), authenticationType: "deny" }, nameOf(index));

const verbs = (calls: readonly string[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const call of calls) counts[call] = (counts[call] ?? 0) + 1;
  return counts;
};

test("a thousand new objects at once: a thousand writes, and three lists at most", async () => {
  const scene = await openScene();
  for (let index = 0; index < 1000; index += 1) declare(scene, index);
  await scene.settles();
  const { "GET 200": reads = 0, "POST 201": writes, ...others } = verbs(scene.calls());
  expect(others).toEqual({});
  expect(writes).toBe(1000);
  expect(reads).toBeLessThanOrEqual(3);
});

test("objects that trickle in, one a second, on an SVM that holds ten thousand: one write and one small read each", async () => {
  const scene = await openScene();
  for (let index = 0; index < 10_000; index += 1) {
    // One after the other, as a storage administrator would: the array's side door takes no lists.
    // oxlint-disable-next-line no-await-in-loop
    await scene.admin({
      do: "put-credential",
      svm: "svm1",
      initiator: `iqn.2020-01.com.example:other-${index}`,
      authenticationType: "deny",
    });
  }
  await scene.later(60_000);
  scene.calls();
  const before = scene.array.requests().length;
  for (let index = 0; index < 100; index += 1) {
    declare(scene, index);
    // oxlint-disable-next-line no-await-in-loop
    await scene.later(1000);
  }
  await scene.settles();
  const lists = scene.array
    .requests()
    .slice(before)
    .filter(({ method, query }) => method === "GET" && !query.includes("initiator=") && query.includes("max_records"));
  expect(lists.length, "lists").toBeLessThanOrEqual(1);
  const counts = verbs(scene.calls());
  expect(counts["POST 201"]).toBe(100);
  expect(counts["GET 200"] ?? 0).toBeLessThanOrEqual(100 + lists.length);
});

test("a new credential: one read and one write of the array, two writes to the API server; a rotation: one and one", async () => {
  const scene = await openScene();
  const { cluster } = scene.world;
  // Events wait until the work is done; the Lease is renewed whatever happens.
  const writes = (): readonly string[] =>
    cluster.writes
      .filter(({ who, request }) => who !== "people" && request.path.includes("/iscsicredentials/"))
      .map(({ request }) => `${request.method} ${request.path.split("/iscsicredentials/").at(-1)?.replace("/", " ")}`);
  const chap = { authenticationType: "chap", chap: { inbound: { secretRef: { name: "chap" } } } };
  scene.secret("chap", "user", "first-password1");
  const atFirst = writes().length;
  scene.credential(chap);
  await scene.settles();
  expect(verbs(scene.calls())).toEqual({ "GET 200": 1, "POST 201": 1 });
  expect(
    writes()
      .slice(atFirst)
      .filter((write) => !write.endsWith("array")),
  ).toHaveLength(2);
  const before = writes().length;
  scene.secret("chap", "user", "second-password");
  await scene.settles();
  expect(verbs(scene.calls())).toEqual({ "PATCH 200": 1 });
  expect(writes().slice(before)).toEqual(["PATCH a status"]);
});

test("a suspended object asks and writes nothing, whatever changes, and goes on from there", async () => {
  const scene = await openScene();
  scene.secret("chap", "user", "first-password1");
  scene.credential({ authenticationType: "chap", chap: { inbound: { secretRef: { name: "chap" } } } });
  await scene.settles();
  scene.edit("IscsiCredential", "a", { spec: { suspend: true } });
  await scene.settles();
  scene.calls();
  scene.secret("chap", "user", "second-password");
  scene.edit("IscsiCredential", "a", {
    spec: { initiatorAddress: { ranges: [{ start: "10.0.0.1", end: "10.0.0.1" }] } },
  });
  await scene.later(5 * 60_000);
  expect([scene.ready(), scene.calls().filter((call) => !call.startsWith("GET"))]).toEqual(["True Applied", []]);
  scene.edit("IscsiCredential", "a", { spec: { suspend: false } });
  await scene.settles();
  expect([scene.ready(), scene.held()?.chap.inbound?.password]).toEqual(["True Applied", "second-password"]);
});
