import { describe, expect, test } from "vitest";

import { formatAddresses } from "../../src/array/address-set.ts";
import type { CredentialChange } from "../../src/array/credential.ts";
import type { SvmUuid } from "../../src/array/identifiers.ts";
import type { AddressedCredential, OntapArray } from "../../src/array/port.ts";
import { createOpenArray } from "../../src/ontap/open-array.ts";
import { startMemorySimulator, type MemorySimulator } from "../../src/simulator/in-memory.ts";
import type { ClusterVersion } from "../../src/simulator/model/cluster.ts";
import type { WorldOptions } from "../../src/simulator/stage.ts";
import { systemClock } from "../../src/std/clock.ts";
import { createMemoryTransport } from "../harness/memory-transport.ts";
import { unmeasured } from "../harness/unmeasured.ts";
import { accessTo, initiator, login, outcomeOf, pair, signal } from "./array-on-simulator.ts";

/**
 * What works from which release of ONTAP on, and under every reading of what no source says. docs/simulator.md has the
 * table.
 */

const releases: Readonly<Record<string, ClusterVersion>> = {
  "9.6": { generation: 9, major: 6, minor: 0 },
  "9.7": { generation: 9, major: 7, minor: 0 },
  "9.9.1": { generation: 9, major: 9, minor: 1 },
  "9.11.1": { generation: 9, major: 11, minor: 1 },
  "9.12.1": { generation: 9, major: 12, minor: 1 },
  "9.18.1": { generation: 9, major: 18, minor: 1 },
};

interface World {
  readonly simulator: MemorySimulator;
  readonly array: OntapArray;
  readonly id: AddressedCredential;
}

async function aWorld(options: Partial<WorldOptions>): Promise<World> {
  const deps = { clock: systemClock };
  const simulator = await startMemorySimulator({ svms: [{ name: "svm1" }], logins: [login], ...options }, deps);
  const openTransport = createMemoryTransport({ ...deps, at: () => simulator });
  const array = createOpenArray({ ...deps, openTransport })(accessTo("https://array"), unmeasured);
  const [svm] = await simulator.sideDoor.svms();
  return { simulator, array, id: { svm: svm?.uuid as SvmUuid, initiator } };
}

const oneWay = { type: "chap", inbound: pair("in"), outbound: undefined } as const;
const mutual = { ...oneWay, outbound: pair("out") } as const;
const change = (more: Partial<CredentialChange>): CredentialChange => ({
  authentication: undefined,
  addresses: undefined,
  ...more,
});
const hosts = (...addresses: readonly string[]) => ({
  ranges: addresses.map((start) => ({ start, end: start })),
  masks: [],
});

async function addressesOf({ array, id }: World): Promise<readonly string[]> {
  const read = await array.credential(id, signal);
  return read.ok && read.value?.addresses !== undefined ? formatAddresses(read.value.addresses) : ["unreadable"];
}

/** Everything that works on every release. */
async function expectAllButClearing(world: World): Promise<void> {
  const { array, id, simulator } = world;
  const creation = {
    authentication: mutual,
    addresses: { ...hosts("10.0.0.1"), masks: [{ address: "fd00::", netmask: "64" }] },
  };
  expect(outcomeOf(await array.svms(signal))).toBe("done");
  expect(outcomeOf(await array.cluster(signal))).toBe("done");
  expect(outcomeOf(await array.createCredential(id, creation, signal))).toBe("done");
  const list = await array.credentials(id.svm, signal);
  expect(list.ok && list.value.credentials.get(id.initiator)).toMatchObject({
    authenticationType: "chap",
    inboundUser: "in",
    outboundUser: "out",
    unreadable: [],
  });
  expect(await addressesOf(world)).toEqual(["10.0.0.1", "fd00::-fd00::ffff:ffff:ffff:ffff"]);
  const rotated = { ...mutual, inbound: pair("in", "another password") };
  expect(outcomeOf(await array.changeCredential(id, change({ authentication: rotated }), signal))).toBe("done");
  const merges = [
    { merge: "replace", given: ["10.0.0.1", "10.0.0.3"], left: ["10.0.0.1", "10.0.0.3"] },
    { merge: "add", given: ["10.0.0.2"], left: ["10.0.0.1-10.0.0.3"] },
    { merge: "remove", given: ["10.0.0.3"], left: ["10.0.0.1-10.0.0.2"] },
  ] as const;
  for (const { merge, given, left } of merges) {
    const addresses = { merge, ...hosts(...given) };
    expect(outcomeOf(await array.changeCredential(id, change({ addresses }), signal))).toBe("done");
    expect(await addressesOf(world)).toEqual(left);
  }
  expect(outcomeOf(await array.changeCredential(id, change({ authentication: { type: "deny" } }), signal))).toBe(
    "done",
  );
  expect(await array.removeCredential(id, signal)).toEqual({ ok: true, value: "removed" });
  expect(await simulator.sideDoor.credentials()).toMatchObject([{ initiator: "default" }]);
}

/** Takes the outbound pair away; gives what came of it and what the array holds then. */
async function clearOutbound({ array, id, simulator }: World): Promise<readonly [string, string | undefined]> {
  await array.createCredential(id, { authentication: mutual, addresses: undefined }, signal);
  const cleared = await array.changeCredential(id, change({ authentication: oneWay, holdsOutbound: true }), signal);
  const stored = (await simulator.sideDoor.credentials()).find((each) => each.initiator === id.initiator);
  return [outcomeOf(cleared), stored?.outbound?.user];
}

describe.each(Object.entries(releases))("ONTAP %s", (name, version) => {
  test("everything but clearing works", async () => {
    await expectAllButClearing(await aWorld({ version }));
  });

  test("the outbound pair can be cleared from 9.12.1 on, and before that says so", async () => {
    const clears = ["9.12.1", "9.18.1"].includes(name);
    const outcome = await clearOutbound(await aWorld({ version }));
    expect(outcome).toEqual(clears ? ["done", undefined] : ["OutboundNotClearable", "out"]);
  });

  test("iscsi.allowed of an SVM from 9.9.1 on, bearer tokens from 9.14.1, partial roles from 9.11.1", async () => {
    const { simulator } = await aWorld({ version });
    const since = (first: string): boolean =>
      Object.keys(releases).indexOf(name) >= Object.keys(releases).indexOf(first);
    const authorization = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString("base64")}`;
    const ask = async (headers: Readonly<Record<string, string>>): Promise<number> => {
      const reply = await simulator.send(
        { method: "GET", target: "/api/svm/svms?fields=iscsi.allowed", headers },
        signal,
      );
      return reply.kind === "answer" ? reply.status : 0;
    };
    expect(await ask({ authorization })).toBe(since("9.9.1") ? 200 : 400);
    await simulator.sideDoor.act({ do: "put-token", token: "t", user: login.user, lifetimeMs: 60_000 });
    expect(await ask({ authorization: "Bearer t" })).toBe(since("9.18.1") ? 200 : 401);
    const role = simulator.sideDoor.act({
      do: "put-role",
      name: "partial",
      privileges: [{ path: "/api", access: "read_create_modify" }],
    });
    const made = await role.then(
      () => true,
      () => false,
    );
    expect(made).toBe(since("9.11.1"));
  });
});

describe("every reading of what no source says", () => {
  test.each<Partial<NonNullable<WorldOptions["dialect"]>>>([
    { addressView: "as-written" },
    { addressView: "ranges" },
    { addressMerging: "adjacent" },
    { ipv6Spelling: "as-written" },
    { maskHostBits: "cleared" },
    { initiatorSpelling: "as-written" },
    { initiatorSpelling: "upper" },
    { chapWithoutType: "262186" },
    { chapAfterTypeChange: "kept" },
    { hrefColon: "encoded" },
    { statuses: { "5374*": 500, "2621*": 500 } },
  ])("%j", async (dialect) => {
    await expectAllButClearing(await aWorld({ dialect }));
  });

  test("an array that compares names with case is served by the spelling that it shows", async () => {
    const { array, id } = await aWorld({ dialect: { initiatorSpelling: "upper", initiatorsCompared: "with-case" } });
    expect(outcomeOf(await array.createCredential(id, { authentication: oneWay, addresses: undefined }, signal))).toBe(
      "done",
    );
    expect(await array.removeCredential(id, signal)).toEqual({ ok: true, value: "absent" });
    const list = await array.credentials(id.svm, signal);
    const shownAs = list.ok ? list.value.credentials.get(id.initiator)?.shownAs : undefined;
    expect(shownAs).toBe(initiator.toUpperCase());
    const named = { ...id, shownAs };
    expect(await array.credential(named, signal)).toMatchObject({ ok: true, value: { inboundUser: "in" } });
    expect(outcomeOf(await array.changeCredential(named, change({ authentication: { type: "deny" } }), signal))).toBe(
      "done",
    );
    expect(await array.removeCredential(named, signal)).toEqual({ ok: true, value: "removed" });
  });

  test.each([
    ["refused", ["OutboundNotClearable", "out"]],
    ["ignored", ["done", "out"]],
    ["accepted", ["done", undefined]],
  ] as const)("clearing is %s", async (clearing, outcome) => {
    expect(await clearOutbound(await aWorld({ dialect: { clearOutbound: clearing } }))).toEqual(outcome);
  });

  test("a release without the parameters that merge addresses says that it does not know them", async () => {
    const { array, id } = await aWorld({ dialect: { addressParameters: "unknown" } });
    await array.createCredential(id, { authentication: { type: "none" }, addresses: hosts("10.0.0.1") }, signal);
    const add = change({ addresses: { merge: "add", ...hosts("10.0.0.2") } });
    expect(outcomeOf(await array.changeCredential(id, add, signal))).toBe("ArgumentUnknown");
    const replace = change({ addresses: { merge: "replace", ...hosts("10.0.0.2") } });
    expect(outcomeOf(await array.changeCredential(id, replace, signal))).toBe("done");
  });

  test("multi-admin verification: pending, and the secret is sent once", async () => {
    const { array, id, simulator } = await aWorld({});
    await array.createCredential(id, { authentication: oneWay, addresses: undefined }, signal);
    await simulator.sideDoor.addFault({ effect: "await-approval", index: 3, when: { method: "PATCH" } });
    await simulator.sideDoor.forgetRequests();
    const changed = await array.changeCredential(id, change({ authentication: oneWay }), signal);
    expect(outcomeOf(changed)).toBe("ApprovalPending: HTTP 202, Location /api/security/multi-admin-verify/requests/3");
    expect(await simulator.sideDoor.requests()).toHaveLength(1);
  });
});
