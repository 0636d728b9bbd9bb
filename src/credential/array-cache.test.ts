import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createManualClock, type ManualClock } from "../../test/harness/manual-clock.ts";
import type { ObjectKey } from "../api/key.ts";
import { emptyAddresses } from "../array/address-set.ts";
import { meaningOfTrouble } from "../array/catalogue/catalogue.ts";
import type { ArrayCredential } from "../array/credential.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { CredentialId, InitiatorName, SvmUuid } from "../array/identifiers.ts";
import type { OntapArray } from "../array/port.ts";
import { err, ok } from "../std/result.ts";
import { createArrayCache, type ArrayCache, type ReadSource } from "./array-cache.ts";

const connection = "storage/array" as ObjectKey;
const svm = "2f6f1c6e-0000-4000-8000-000000000001" as SvmUuid;
const idOf = (name: string): CredentialId => ({ svm, initiator: `iqn.2020-01.com.example:${name}` as InitiatorName });
const deny: ArrayCredential = {
  authenticationType: "deny",
  inboundUser: undefined,
  outboundUser: undefined,
  addresses: emptyAddresses,
  unreadable: [],
  shownAs: "iqn.2020-01.com.example:a",
};
const signal = new AbortController().signal;
const timeout: ArrayFailure = {
  kind: "array",
  verb: "GET",
  meaning: meaningOfTrouble("timeout"),
  answer: undefined,
  detail: undefined,
  retryAfterMs: undefined,
};

/** An array whose answers come when the test says so, and the requests that it got. */
interface Stage {
  readonly cache: ArrayCache;
  readonly clock: ManualClock;
  readonly source: ReadSource;
  readonly held: Map<InitiatorName, ArrayCredential>;
  readonly requests: string[];
  /** Answers the oldest request that waits, with what the array holds when it is answered. */
  answer(failure?: ArrayFailure): Promise<void>;
}

function stage(): Stage {
  const clock = createManualClock();
  const held = new Map<InitiatorName, ArrayCredential>();
  const requests: string[] = [];
  const waiting: ((failure: ArrayFailure | undefined) => void)[] = [];
  const asked = (request: string): Promise<ArrayFailure | undefined> => {
    requests.push(request);
    return new Promise((resolve) => waiting.push(resolve));
  };
  const array = {
    credentials: async () => {
      const failure = await asked("collection");
      return failure === undefined ? ok({ credentials: new Map(held), pages: 1, unreadable: 0 }) : err(failure);
    },
    credential: async ({ initiator }: CredentialId) => {
      const failure = await asked("one");
      return failure === undefined ? ok(held.get(initiator)) : err(failure);
    },
  } as unknown as OntapArray;
  return {
    cache: createArrayCache(clock, () => 0.5),
    clock,
    source: { connection, array },
    held,
    requests,
    async answer(failure) {
      waiting.shift()?.(failure);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const nowOn = ({ clock }: Stage, crowd = 1) => ({ sinceMs: clock.monotonic(), crowd });

/** A stage whose SVM has been read as a whole, ten minutes ago. */
async function readBefore(...names: readonly string[]): Promise<Stage> {
  const here = stage();
  for (const name of names) here.held.set(idOf(name).initiator, deny);
  const first = here.cache.read(here.source, idOf("a"), nowOn(here), signal);
  await here.answer();
  await first;
  here.requests.length = 0;
  await here.clock.pass(600_000);
  return here;
}

describe("a read counts if it was requested after the caller's occasion began", () => {
  test("an older one is no answer, however young it is", async () => {
    const here = await readBefore("a");
    const first = here.cache.read(here.source, idOf("a"), nowOn(here), signal);
    await here.answer();
    expect(await first).toMatchObject({ value: { observed: { state: "held" } } });
    here.held.clear();
    await here.clock.pass(1);
    const second = here.cache.read(here.source, idOf("a"), nowOn(here), signal);
    await here.answer();
    expect(await second).toMatchObject({ value: { observed: { state: "absent" } } });
  });

  test("one that is under way already is no answer either, but the next one serves all who wait", async () => {
    const here = stage();
    const first = here.cache.read(here.source, idOf("a"), nowOn(here), signal);
    await here.clock.pass(5);
    const later = ["b", "c", "d"].map((name) => here.cache.read(here.source, idOf(name), nowOn(here, 3), signal));
    await here.answer();
    expect(await first).toMatchObject({ value: { observed: { state: "absent" } } });
    here.held.set(idOf("c").initiator, deny);
    for (let asked = 0; asked < 3; asked += 1) await here.answer();
    const states = (await Promise.all(later)).map((read) => (read.ok ? read.value.observed.state : "failed"));
    expect(states).toEqual(["absent", "held", "absent"]);
    expect(here.requests.filter((request) => request === "collection").length).toBeLessThanOrEqual(2);
  });

  test("a failure is told to all who waited, and the next caller asks again", async () => {
    const here = stage();
    const reads = ["a", "b"].map((name) => here.cache.read(here.source, idOf(name), nowOn(here), signal));
    await here.answer(timeout);
    expect((await Promise.all(reads)).map(({ ok: done }) => done)).toEqual([false, false]);
    const again = here.cache.read(here.source, idOf("a"), nowOn(here), signal);
    await here.answer();
    expect((await again).ok).toBe(true);
    expect(here.requests).toEqual(["collection", "collection"]);
  });
});

describe("how many ask decides what is asked", () => {
  test.each([
    { because: "nothing is known of the SVM", crowd: 1, before: false, request: "collection" },
    { because: "one alone is cheaper", crowd: 1, before: true, request: "one" },
    { because: "many share", crowd: 40, before: true, request: "collection" },
    { because: "a resync is for all", crowd: Infinity, before: true, request: "collection" },
  ])("$request, since $because", async ({ crowd, before, request }) => {
    const here = before ? await readBefore("a") : stage();
    const read = here.cache.read(here.source, idOf("a"), nowOn(here, crowd), signal);
    await here.answer();
    await read;
    expect(here.requests).toEqual([request]);
  });

  test("an SVM was read as a whole a moment ago: those who cannot use it are read one by one", async () => {
    const here = await readBefore("a");
    const first = here.cache.read(here.source, idOf("a"), nowOn(here, 40), signal);
    await here.answer();
    await first;
    await here.clock.pass(1000);
    const second = here.cache.read(here.source, idOf("b"), nowOn(here, 40), signal);
    await here.answer();
    await second;
    expect(here.requests).toEqual(["collection", "one"]);
  });
});

describe("a write makes older reads of its credential old", () => {
  test("also a read that was under way while it was written", async () => {
    const here = stage();
    const sinceMs = here.clock.monotonic();
    const read = here.cache.read(here.source, idOf("a"), { sinceMs, crowd: 1 }, signal);
    here.cache.wrote(connection, idOf("a"));
    await here.answer();
    here.held.set(idOf("a").initiator, deny);
    await here.answer();
    expect(await read).toMatchObject({ value: { observed: { state: "held" } } });
    expect(here.requests).toEqual(["collection", "one"]);
  });

  test.each([
    { through: "storage/svm-lif", remembered: "unknown", because: "of the same namespace may lead to the same array" },
    { through: "tenant/other", remembered: "held", because: "of another namespace is none of its business" },
  ])("through every connection that $because", async ({ through, remembered }) => {
    const here = await readBefore("a");
    here.cache.wrote(through as ObjectKey, idOf("a"));
    expect(here.cache.remembered(connection, idOf("a"))).toBe(remembered);
    expect(here.cache.remembered(connection, idOf("b"))).toBe("absent");
  });

  test("until the SVM is read again", async () => {
    const here = await readBefore("a");
    here.cache.wrote(connection, idOf("a"));
    const read = here.cache.read(here.source, idOf("b"), nowOn(here, Infinity), signal);
    await here.answer();
    await read;
    expect(here.cache.remembered(connection, idOf("a"))).toBe("held");
  });
});

test("an SVM has one resync in each interval, whenever its credentials were last read", () => {
  const ms = fc.integer({ min: 0, max: 100_000_000 });
  const interval = fc.integer({ min: 1000, max: 10_000_000 });
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), interval, ms, ms, (phase, intervalMs, one, other) => {
      const cache = createArrayCache(createManualClock(), () => phase);
      const [first, second] = [one, other].map((afterMs) => cache.nextResyncMs(connection, svm, intervalMs, afterMs));
      for (const [afterMs, resyncMs = Number.NaN] of [
        [one, first],
        [other, second],
      ] as const) {
        expect(resyncMs).toBeGreaterThanOrEqual(afterMs);
        expect(resyncMs).toBeLessThanOrEqual(afterMs + intervalMs + 1);
      }
      const intervalsApart = ((second ?? 0) - (first ?? 0)) / intervalMs;
      expect(Math.abs(intervalsApart - Math.round(intervalsApart))).toBeLessThan(1e-3);
    }),
  );
});
