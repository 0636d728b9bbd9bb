import { expect, test } from "vitest";

import { emptyAddresses, formatAddresses } from "../../src/array/address-set.ts";
import { defaultInitiator, type CredentialId, type InitiatorName, type SvmUuid } from "../../src/array/identifiers.ts";
import type { OntapArray } from "../../src/array/port.ts";
import { SecretText } from "../../src/std/secret-text.ts";
import { accessTo, initiator, outcomeOf, pair, signal, startArrayOnSimulator } from "./array-on-simulator.ts";

/** Every operation of the port over HTTPS, with the simulator's own memory as the witness. */

async function addressesOf(array: OntapArray, id: CredentialId): Promise<readonly string[]> {
  const read = await array.credential(id, signal);
  return read.ok && read.value !== undefined ? formatAddresses(read.value.addresses ?? emptyAddresses) : ["unreadable"];
}

test("cluster and SVMs", async () => {
  await using world = await startArrayOnSimulator();
  expect(await world.array.cluster(signal)).toMatchObject({
    ok: true,
    value: { name: "cluster1", version: expect.stringMatching(/^NetApp Release /) as string },
  });
  const svms = await world.array.svms(signal);
  expect(svms).toMatchObject({
    ok: true,
    value: { svms: [{ name: "svm1", uuid: world.svm, state: "running" }, { name: "svm2" }], unreadable: 0 },
  });
});

test("create, read, change and remove a credential", async () => {
  await using world = await startArrayOnSimulator();
  const { array, id } = world;
  expect(await array.credential(id, signal)).toEqual({ ok: true, value: undefined });

  const created = await array.createCredential(
    id,
    {
      authentication: { type: "chap", inbound: pair("in"), outbound: pair("out") },
      addresses: { ranges: [{ start: "10.0.0.1", end: "10.0.0.9" }], masks: [{ address: "fd00::", netmask: "64" }] },
    },
    signal,
  );
  expect(outcomeOf(created)).toBe("done");
  expect(await world.stored()).toMatchObject({
    authenticationType: "chap",
    inbound: { user: "in", password: "password of in" },
    outbound: { user: "out", password: "password of out" },
  });
  expect(await array.credential(id, signal)).toMatchObject({
    ok: true,
    value: { authenticationType: "chap", inboundUser: "in", outboundUser: "out" },
  });
  expect(await addressesOf(array, id)).toEqual(["10.0.0.1-10.0.0.9", "fd00::-fd00::ffff:ffff:ffff:ffff"]);

  const rotated = { type: "chap", inbound: pair("in", "another password"), outbound: undefined } as const;
  expect(outcomeOf(await array.changeCredential(id, { authentication: rotated, addresses: undefined }, signal))).toBe(
    "done",
  );
  expect(await world.stored()).toMatchObject({ inbound: { password: "another password" } });
  expect(await world.stored()).not.toHaveProperty("outbound");
  expect(await addressesOf(array, id)).toHaveLength(2);

  const opened = { authentication: { type: "none" } as const, addresses: undefined };
  expect(outcomeOf(await array.changeCredential(id, opened, signal))).toBe("done");
  expect(await array.credential(id, signal)).toMatchObject({
    ok: true,
    value: { authenticationType: "none", inboundUser: undefined },
  });

  expect(outcomeOf(await array.removeCredential(id, signal))).toBe("done");
  expect(await world.stored()).toBeUndefined();
  expect(outcomeOf(await array.removeCredential(id, signal))).toBe("done");
});

test("to clear an outbound pair that is not there does no harm", async () => {
  await using world = await startArrayOnSimulator();
  const { array, id } = world;
  const oneWay = { type: "chap", inbound: pair("in"), outbound: undefined } as const;
  await array.createCredential(id, { authentication: oneWay, addresses: undefined }, signal);
  for (const holds of [{}, { holdsOutbound: true }, { holdsOutbound: false }]) {
    const change = { authentication: oneWay, addresses: undefined, ...holds };
    expect(outcomeOf(await array.changeCredential(id, change, signal))).toBe("done");
  }
  expect(await world.stored()).toMatchObject({ inbound: { password: "password of in" } });
});

test("addresses are replaced, added, removed and cleared", async () => {
  await using world = await startArrayOnSimulator();
  const { array, id } = world;
  await array.createCredential(id, { authentication: { type: "deny" }, addresses: undefined }, signal);
  const steps = [
    { merge: "replace", start: "10.0.0.1", end: "10.0.0.4", left: ["10.0.0.1-10.0.0.4"] },
    { merge: "add", start: "10.0.0.5", end: "10.0.0.6", left: ["10.0.0.1-10.0.0.6"] },
    { merge: "remove", start: "10.0.0.2", end: "10.0.0.3", left: ["10.0.0.1", "10.0.0.4-10.0.0.6"] },
    { merge: "replace", start: "fd00::1", end: "fd00::1", left: ["fd00::1"] },
  ] as const;
  for (const { merge, start, end, left } of steps) {
    const addresses = { merge, ranges: [{ start, end }], masks: [] };
    expect(outcomeOf(await array.changeCredential(id, { authentication: undefined, addresses }, signal))).toBe("done");
    expect(await addressesOf(array, id)).toEqual(left);
  }
  const nothing = { merge: "replace", ranges: [], masks: [] } as const;
  expect(outcomeOf(await array.changeCredential(id, { authentication: undefined, addresses: nothing }, signal))).toBe(
    "done",
  );
  expect(await addressesOf(array, id)).toEqual([]);
});

test("to replace ranges by masks leaves no range behind", async () => {
  await using world = await startArrayOnSimulator();
  const { array, id } = world;
  const ranges = [{ start: "10.0.0.1", end: "10.0.0.4" }];
  await array.createCredential(id, { authentication: { type: "none" }, addresses: { ranges, masks: [] } }, signal);
  const addresses = { merge: "replace", ranges: [], masks: [{ address: "10.9.0.0", netmask: "255.255.0.0" }] } as const;
  expect(outcomeOf(await array.changeCredential(id, { authentication: undefined, addresses }, signal))).toBe("done");
  expect(await addressesOf(array, id)).toEqual(["10.9.0.0-10.9.255.255"]);
});

test("default is read and changed like any other, and refuses what it cannot", async () => {
  await using world = await startArrayOnSimulator();
  const id = { svm: world.svm, initiator: defaultInitiator };
  const deny = { authentication: { type: "deny" } as const, addresses: undefined };
  expect(outcomeOf(await world.array.changeCredential(id, deny, signal))).toBe("done");
  expect(await world.array.credential(id, signal)).toMatchObject({ ok: true, value: { authenticationType: "deny" } });
  const addresses = { merge: "add", ranges: [{ start: "10.0.0.1", end: "10.0.0.1" }], masks: [] } as const;
  const refused = await world.array.changeCredential(id, { authentication: undefined, addresses }, signal);
  expect(outcomeOf(refused)).toBe("DefaultHasNoAddresses");
  expect(outcomeOf(await world.array.removeCredential(id, signal))).toBe("DefaultNotDeletable");
});

test("both sides of converge: what is there cannot be created, what is not cannot be changed", async () => {
  await using world = await startArrayOnSimulator();
  const { array, id } = world;
  const none = { authentication: { type: "none" } as const, addresses: undefined };
  expect(await array.changeCredential(id, none, signal)).toMatchObject({
    ok: false,
    error: { verb: "PATCH", meaning: { class: "converge", reason: "CredentialMissing" } },
  });
  expect(outcomeOf(await array.createCredential(id, none, signal))).toBe("done");
  expect(await array.createCredential(id, none, signal)).toMatchObject({
    ok: false,
    error: { verb: "POST", meaning: { class: "converge", reason: "CredentialExists" } },
  });
});

test("an SVM that is gone, and one without iSCSI", async () => {
  await using world = await startArrayOnSimulator();
  const svms = await world.simulator.sideDoor.svms();
  const without = svms.find(({ name }) => name === "svm2")?.uuid as SvmUuid;
  const none = { authentication: { type: "none" } as const, addresses: undefined };
  const refused = await world.array.createCredential({ svm: without, initiator }, none, signal);
  expect(refused).toMatchObject({ ok: false, error: { meaning: { reason: "IscsiServiceMissing", pace: "slow" } } });
  await world.simulator.sideDoor.act({ do: "recreate-svm", svm: "svm1" });
  for (const gone of [
    await world.array.createCredential(world.id, none, signal),
    await world.array.changeCredential(world.id, none, signal),
    await world.array.removeCredential(world.id, signal),
  ]) {
    expect(gone).toMatchObject({ ok: false, error: { meaning: { class: "converge", reason: "SvmMissing" } } });
  }
});

test("a collection of many is read page by page, and only of the SVM asked for", async () => {
  await using world = await startArrayOnSimulator();
  const names = Array.from({ length: 1203 }, (_, index) => `iqn.1994-05.com.redhat:host-${index}` as InitiatorName);
  for (const name of names) {
    await world.simulator.sideDoor.act({
      do: "put-credential",
      svm: "svm1",
      initiator: name,
      authenticationType: "deny",
    });
  }
  await world.simulator.sideDoor.act({ do: "create-svm", name: "svm9" });
  await world.simulator.sideDoor.forgetRequests();
  const read = await world.array.credentials(world.svm, signal);
  expect(read.ok ? new Set(read.value.credentials.keys()) : read.error).toEqual(new Set([...names, defaultInitiator]));
  expect(read).toMatchObject({ ok: true, value: { pages: 3, unreadable: 0 } });
  expect(await world.simulator.sideDoor.requests()).toHaveLength(3);
});

test("who we are, and how many of us at once", async () => {
  await using world = await startArrayOnSimulator({ latency: { shape: "fixed", ms: 30 } });
  const array = world.open({ maxConcurrentRequests: 2 });
  const started = Date.now();
  await Promise.all(Array.from({ length: 6 }, () => array.credential(world.id, signal)));
  expect(Date.now() - started).toBeGreaterThanOrEqual(85);
  const [request] = await world.simulator.sideDoor.requests();
  expect(JSON.stringify(request)).toContain("ontap-iscsi-operator/1.2.3");
});

test("client certificate, bearer token, and an SVM's own login", async () => {
  const svm = { user: "svm-admin", password: "svm password", svm: "svm1" };
  await using world = await startArrayOnSimulator({ logins: [{ user: "cert-user", certificate: true }, svm] });
  const { certificatePem, keyPem } = await world.simulator.sideDoor.clientCertificate("cert-user");
  await world.simulator.sideDoor.act({ do: "put-token", token: "a.b-c_d", user: "cert-user", lifetimeMs: 60_000 });
  const byCertificate = world.open({
    login: { method: "clientCertificate", certificatePem, keyPem: new SecretText(keyPem) },
  });
  const byToken = world.open({ login: { method: "bearerToken", token: new SecretText("a.b-c_d") } });
  const bySvm = world.open({ login: { method: "basic", user: svm.user, password: new SecretText(svm.password) } });
  for (const array of [byCertificate, byToken, bySvm]) {
    expect(outcomeOf(await array.credential(world.id, signal))).toBe("done");
  }
  expect(await byCertificate.svms(signal)).toMatchObject({
    ok: true,
    value: { svms: [{ name: "svm1" }, { name: "svm2" }] },
  });
  expect(await bySvm.svms(signal)).toMatchObject({ ok: true, value: { svms: [{ name: "svm1" }] } });
});

test("a password that is not ASCII logs in, and a wrong one is one refusal", async () => {
  await using world = await startArrayOnSimulator({ logins: [{ user: "jürgen", password: "pässwörd: €" }] });
  const login = (password: string) =>
    ({ method: "basic", user: "jürgen", password: new SecretText(password) }) as const;
  expect(outcomeOf(await world.open({ login: login("pässwörd: €") }).svms(signal))).toBe("done");
  expect(await world.open({ login: login("wrong") }).svms(signal)).toMatchObject({
    ok: false,
    error: { meaning: { class: "permission", reason: "LoginRefused" }, answer: { httpStatus: 401, code: "6691623" } },
  });
});

test.each([
  ["a user with a colon", { method: "basic", user: "a:b", password: new SecretText("c") }],
  ["a token with a line break", { method: "bearerToken", token: new SecretText("a\r\nX-Evil: 1") }],
  ["a key that is none", { method: "clientCertificate", certificatePem: "x", keyPem: new SecretText("y") }],
] as const)("%s is never sent", async (_, login) => {
  await using world = await startArrayOnSimulator();
  const result = await world.open({ login }).svms(signal);
  expect(result).toMatchObject({ ok: false, error: { meaning: { class: "permission", reason: "LoginUnusable" } } });
  expect(await world.simulator.sideDoor.requests()).toEqual([]);
});

test("after close nothing is asked any more", async () => {
  await using world = await startArrayOnSimulator();
  const array = world.open({});
  await array.svms(signal);
  await array.close();
  expect(outcomeOf(await array.svms(signal))).toMatch(/^ConnectionReplaced/);
});

test("close lets a request under way end", async () => {
  await using world = await startArrayOnSimulator({ latency: { shape: "fixed", ms: 50 } });
  const array = world.open({});
  const reading = array.svms(signal);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await array.close();
  expect(outcomeOf(await reading)).toBe("done");
});

test("anyone who gives up while the array thinks gets the reason thrown", async () => {
  await using world = await startArrayOnSimulator();
  await world.simulator.sideDoor.addFault({ effect: "hang" });
  const impatient = new AbortController();
  const reading = world.array.svms(impatient.signal);
  setTimeout(() => impatient.abort(new Error("shutting down")), 30);
  await expect(reading).rejects.toThrow("shutting down");
});

test("no one listens", async () => {
  await using world = await startArrayOnSimulator();
  await world.simulator.sideDoor.act({ do: "refuse-connections" });
  const refused = await world.open({}).svms(signal);
  expect(refused).toMatchObject({
    ok: false,
    error: { meaning: { reason: "ConnectionRefused", class: "environment" } },
  });
  const { endpoint } = accessTo("https://name.invalid");
  expect(outcomeOf(await world.open({ endpoint }).svms(signal))).toMatch(/^NameUnresolved/);
});
