import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createSideDoorClient } from "../../src/simulator/control/side-door-client.ts";
import type { SideDoor } from "../../src/simulator/control/side-door.ts";
import { aCredential, credentials, iqn, startHarness, type Harness } from "./harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ sideDoor: { host: "127.0.0.1", port: 0 } });
});
afterAll(() => harness[Symbol.asyncDispose]());

const inbound = { user: "host1", password: "inbound-secret" };

describe.each([
  { where: "in the same process", open: () => harness.simulator.sideDoor },
  { where: "over HTTP", open: () => createSideDoorClient(harness.simulator.sideDoorUrl ?? "") },
])("the side door $where", ({ open }) => {
  let door: SideDoor;
  beforeAll(async () => {
    door = open();
    await harness.remove(iqn);
    await door.clearFaults();
  });

  test("tells stored secrets", async () => {
    await harness.post(aCredential());
    const all = await door.credentials();
    expect(all.find(({ initiator }) => initiator === iqn)).toEqual({
      svm: "svm1",
      svmUuid: harness.svm1,
      initiator: iqn,
      authenticationType: "chap",
      inbound,
    });
  });

  test("changes a credential so that it shows, and so that it does not", async () => {
    const before = (await harness.get(harness.pathOf(iqn))).body;
    const put = { do: "put-credential", svm: "svm1", initiator: iqn } as const;
    await door.act({ ...put, inbound: { user: "host1", password: "drifted" } });
    expect((await harness.get(harness.pathOf(iqn))).body).toEqual(before);
    const addresses = {
      ranges: [{ start: "10.0.0.1", end: "10.0.0.2" }],
      masks: [{ address: "10.1.0.0", netmask: "16" }],
    };
    await door.act({ ...put, inbound: { user: "someone", password: "drifted" }, addresses });
    const after = (await harness.get(harness.pathOf(iqn))).body;
    expect(after).toMatchObject({
      chap: { inbound: { user: "someone" } },
      initiator_address: { masks: [{ netmask: "16" }] },
    });
    await door.act({ do: "delete-credential", svm: harness.svm1, initiator: iqn });
    expect((await harness.get(harness.pathOf(iqn))).status).toBe(404);
    await expect(door.act({ do: "delete-credential", svm: "svm1", initiator: iqn })).rejects.toThrow(
      "no credential of",
    );
  });

  test("lists and counts requests, and forgets them", async () => {
    await door.forgetRequests();
    await harness.get(`${credentials}?fields=*`, { "X-Dot-Client-App": "test/1" });
    await harness.remove(iqn);
    await harness.remove(iqn);
    expect(await door.requests()).toMatchObject([
      { method: "GET", path: credentials, query: "fields=*", user: "admin", status: 200, client: "test/1" },
      { method: "DELETE", path: harness.pathOf(iqn), status: 404, code: "5374895" },
      { method: "DELETE" },
    ]);
    expect(await door.requestCounts()).toMatchObject([{ count: 1 }, { method: "DELETE", code: "5374895", count: 2 }]);
    await door.forgetRequests();
    expect(await door.requests()).toEqual([]);
    expect(await door.requestCounts()).toEqual([]);
  });

  test("adds faults, lists and clears them", async () => {
    const id = await door.addFault({ effect: "reset", when: { method: "POST" }, times: 1 });
    expect(await door.faults()).toMatchObject([{ id, struck: 0, fault: { effect: "reset", times: 1, skip: 0 } }]);
    await door.removeFault(id);
    await door.addFault({ effect: "numeric-code" });
    await door.clearFaults();
    expect(await door.faults()).toEqual([]);
  });

  test("knows the SVMs", async () => {
    const svms = await door.svms();
    expect(svms.map(({ name, iscsi }) => [name, iscsi])).toEqual([
      ["svm1", true],
      ["svm2", true],
      ["svm3", false],
    ]);
  });

  test("issues client certificates", async () => {
    expect((await door.clientCertificate("robot")).certificatePem).toContain("BEGIN CERTIFICATE");
  });

  test("refuses what is no action with a sentence", async () => {
    await expect(door.act({ do: "explode" } as never)).rejects.toThrow(/do/);
  });
});

test("the side door over HTTP knows its paths", async () => {
  const url = harness.simulator.sideDoorUrl ?? "";
  const wrong = await fetch(`${url}/nothing`);
  expect([wrong.status, await wrong.json()]).toEqual([
    404,
    { error: "there is no GET /nothing; see docs/simulator.md" },
  ]);
  expect((await fetch(`${url}/actions`, { method: "POST", body: "{" })).status).toBe(400);
});

describe("a host that logs in", () => {
  const outbound = { user: "ontap", password: "outbound-secret" };
  const other = "iqn.1995-08.com.example:other";
  const login = async (host: {
    initiator?: string;
    address?: string;
    inbound?: typeof inbound;
    outbound?: typeof inbound;
  }) => {
    const { sideDoor } = harness.simulator;
    const result = await sideDoor.act({ do: "log-in-host", svm: "svm2", initiator: iqn, address: "10.0.0.5", ...host });
    return result["accepted"] === true ? "accepted" : result["reason"];
  };

  test("is let in by its own credential, else by the default one", async () => {
    expect(await login({})).toBe("accepted");
    const addresses = { initiator_address: { ranges: [{ start: "10.0.0.1", end: "10.0.0.9" }] } };
    await harness.post(aCredential({ svm: { name: "svm2" }, chap: { inbound, outbound }, ...addresses }));
    expect(await login({})).toBe("wrong inbound user or password");
    expect(await login({ inbound: { user: "host1", password: "old" } })).toBe("wrong inbound user or password");
    expect(await login({ inbound })).toBe("accepted");
    expect(await login({ inbound, outbound })).toBe("accepted");
    expect(await login({ inbound, outbound: inbound })).toBe("the host does not accept what ONTAP presents");
    expect(await login({ inbound, address: "10.0.1.1" })).toBe("the address is not admitted");
    expect(await login({ initiator: other })).toBe("accepted");
    const path = `${credentials}/${harness.svm2}/default`;
    await harness.call({ method: "PATCH", path, body: { authentication_type: "deny" } });
    expect(await login({ initiator: other })).toBe("the initiator is denied");
  });

  test("keeps its session when the credential changes; sessions can be ended", async () => {
    const { sideDoor } = harness.simulator;
    const count = async () => (await sideDoor.svms()).find(({ name }) => name === "svm2")?.sessionCount;
    const before = await count();
    expect(before).toBeGreaterThan(0);
    await harness.call({ method: "DELETE", path: `${credentials}/${harness.svm2}/${iqn}` });
    expect(await count()).toBe(before);
    await sideDoor.act({ do: "end-sessions", svm: "svm2", initiator: iqn });
    await sideDoor.act({ do: "end-sessions", svm: "svm2" });
    expect(await count()).toBe(0);
  });
});
