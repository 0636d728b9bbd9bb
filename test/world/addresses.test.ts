import { describe, expect, test } from "vitest";
import { createSkippingClock } from "../../tools/harness/skipping-clock.ts";
import {
  aPlace,
  eventually,
  statusOf,
  untilAsTimePasses,
  untilStatus,
  useWorld,
  writesTo,
  type Place,
} from "./harness.ts";

/** Behaviour 7: from where an initiator may log in, as sets. */

const clock = createSkippingClock();
const world = useWorld({ clock });

const range = (start: string, end = start): object => ({ start, end });

interface Held {
  readonly ranges: readonly object[];
  readonly masks: readonly object[];
}

/** What the array holds, without what it adds to show. */
async function heldBy(place: Place, name: string): Promise<Held> {
  const addresses = (await place.stored(name))?.addresses as
    | { readonly ranges?: readonly Record<string, string>[]; readonly masks?: readonly Record<string, string>[] }
    | undefined;
  return {
    ranges: (addresses?.ranges ?? []).map(({ start, end }) => ({ start, end })),
    masks: (addresses?.masks ?? []).map(({ address, netmask }) => ({ address, netmask })),
  };
}

const untilHeld = (place: Place, name: string, wanted: Partial<Held>): Promise<unknown> =>
  eventually(
    async () =>
      JSON.stringify(await heldBy(place, name)) === JSON.stringify({ ranges: [], masks: [], ...wanted })
        ? true
        : undefined,
    `the array holds ${JSON.stringify(wanted)}`,
  );

async function addressed(initiatorAddress: object | undefined): Promise<Place> {
  const place = await aPlace(world);
  await place.createCredential("addressed", { authenticationType: "deny", initiatorAddress });
  await place.untilReady("addressed");
  return place;
}

const declare = (place: Place, initiatorAddress: object | null): Promise<unknown> =>
  place.edit("iscsicredentials", "addressed", { spec: { initiatorAddress } });

const putByOthers = (place: Place, addresses: object): Promise<unknown> =>
  world.array.sideDoor.act({
    do: "put-credential",
    svm: "svm1",
    initiator: place.initiator("addressed"),
    authenticationType: "deny",
    addresses,
  });

describe("Replace", () => {
  test("holds ranges and masks of both families, and takes other spellings of them for the same", async () => {
    const place = await addressed({
      ranges: [range("10.0.0.1", "10.0.0.9"), range("fd00::1")],
      masks: [
        { address: "10.1.0.0", netmask: "16" },
        { address: "fd01::", netmask: "64" },
      ],
    });
    expect(statusOf(await place.credential("addressed"))?.applied?.addresses).toEqual([
      "10.0.0.1-10.0.0.9",
      "10.1.0.0-10.1.255.255",
      "fd00::1",
      "fd01::-fd01::ffff:ffff:ffff:ffff",
    ]);
    await world.array.sideDoor.forgetRequests();
    await declare(place, {
      merge: "Replace",
      ranges: [range("FD00:0:0:0:0:0:0:1"), range("10.0.0.4", "10.0.0.9"), range("10.0.0.1", "10.0.0.5")],
      masks: [
        { address: "fd01::", netmask: "64" },
        { address: "10.1.0.0", netmask: "255.255.0.0" },
      ],
    });
    await untilStatus(place, "addressed", ({ observedGeneration }) => observedGeneration === 2);
    expect(await writesTo(world.array)).toEqual([]);
  });

  test("without entries means any address, and absence means that no one manages them", async () => {
    const place = await addressed({ ranges: [range("10.0.0.1")] });
    await declare(place, { ranges: null });
    await untilHeld(place, "addressed", {});
    await place.untilReady("addressed");
    await declare(place, null);
    await untilStatus(place, "addressed", ({ observedGeneration }) => observedGeneration === 3);
    await putByOthers(place, { ranges: [range("10.7.7.7")] });
    await world.array.sideDoor.forgetRequests();
    const looked = async (): Promise<unknown> => statusOf(await place.credential("addressed"))?.observed?.addresses;
    expect(await untilAsTimePasses(clock, 11 * 60_000, looked, "what others put there is seen")).toEqual(["10.7.7.7"]);
    expect(await writesTo(world.array)).toEqual([]);
  });
});

describe("Add and Remove touch only their own ranges, and status.otherAddresses says what others hold", () => {
  test("Add", async () => {
    const place = await addressed({ ranges: [range("10.0.0.1")] });
    await putByOthers(place, { ranges: [range("10.0.0.1"), range("10.8.0.1", "10.8.0.9")] });
    await declare(place, { merge: "Add", ranges: [range("10.8.0.9", "10.8.0.20")] });
    await untilHeld(place, "addressed", {
      ranges: [range("10.0.0.1"), range("10.8.0.1", "10.8.0.9"), range("10.8.0.9", "10.8.0.20")],
    });
    const { otherAddresses } = await untilStatus(place, "addressed", (status) => status.otherAddresses !== undefined);
    expect(otherAddresses).toEqual(["10.0.0.1", "10.8.0.1-10.8.0.8"]);
  });

  test("Remove, which never takes the last one", async () => {
    const place = await addressed({ ranges: [range("10.0.0.1", "10.0.0.9"), range("fd00::1")] });
    await declare(place, { merge: "Remove", ranges: [range("10.0.0.5", "10.0.0.9")] });
    await untilHeld(place, "addressed", { ranges: [range("10.0.0.1", "10.0.0.4"), range("fd00::1")] });
    const { otherAddresses } = await untilStatus(place, "addressed", (status) => status.otherAddresses !== undefined);
    expect(otherAddresses).toEqual(["10.0.0.1-10.0.0.4", "fd00::1"]);
    await declare(place, { merge: "Remove", ranges: [range("10.0.0.1", "10.0.0.9"), range("fd00::", "fd00::ff")] });
    await place.untilReady("addressed", "AddressesWouldBeAny");
    await untilHeld(place, "addressed", { ranges: [range("10.0.0.1", "10.0.0.4"), range("fd00::1")] });
  });

  test("what others change later is seen at the next look and left alone; Replace shows none", async () => {
    const place = await addressed({ merge: "Add", ranges: [range("10.0.0.1")] });
    expect(statusOf(await place.credential("addressed"))).not.toHaveProperty("otherAddresses");
    await putByOthers(place, { ranges: [range("10.0.0.1"), range("10.6.6.6")] });
    await world.array.sideDoor.forgetRequests();
    const others = async (): Promise<unknown> => statusOf(await place.credential("addressed"))?.otherAddresses;
    expect(await untilAsTimePasses(clock, 11 * 60_000, others, "the others' are seen")).toEqual(["10.6.6.6"]);
    expect(await writesTo(world.array)).toEqual([]);
    await declare(place, { merge: "Replace" });
    await untilHeld(place, "addressed", { ranges: [range("10.0.0.1")] });
    await untilStatus(place, "addressed", ({ otherAddresses }) => otherAddresses === undefined);
  });
});

describe("refused at kubectl apply, with the way out", () => {
  test.each([
    {
      because: "ONTAP knows no /128",
      initiatorAddress: { masks: [{ address: "fd00::1", netmask: "128" }] },
      says: /use ranges with start equal to end/,
    },
    {
      because: "a range ends before it starts",
      initiatorAddress: { ranges: [range("10.0.0.9", "10.0.0.1")] },
      says: /5374855\); swap the two/,
    },
    {
      because: "a range has two families",
      initiatorAddress: { ranges: [range("10.0.0.1", "fd00::1")] },
      says: /5374856\); write one range for/,
    },
  ])("$because", async ({ initiatorAddress, says }) => {
    const place = await aPlace(world);
    const refused = place.createCredential("refused", { authenticationType: "deny", initiatorAddress });
    await expect(refused).rejects.toThrow(says);
  });
});
