import * as fc from "fast-check";
import { expect, test } from "vitest";

import { allEntries } from "../../src/array/catalogue/catalogue.ts";
import type { ArrayFailure } from "../../src/array/failure.ts";
import type { CredentialId } from "../../src/array/identifiers.ts";
import { createOpenArray } from "../../src/ontap/open-array.ts";
import { ok, type Result } from "../../src/std/result.ts";
import { unmeasured } from "../harness/unmeasured.ts";
import { accessTo, initiator, openArray, signal } from "./array-on-simulator.ts";
import { callNames, everyCall } from "./every-call.ts";
import { createManualClock } from "../harness/manual-clock.ts";
import { httpAnswer, startRawServer } from "../../tools/harness/raw-server.ts";

/** Whatever is answered, a call ends in a value: a success of the right form or a failure with a meaning. */

const svm = "02c9e252-41be-11e9-81d5-00a0986138f7";
const id = { svm, initiator } as CredentialId;

const record = {
  svm: { uuid: svm, name: "svm1" },
  initiator,
  authentication_type: "chap",
  chap: { inbound: { user: "in" }, outbound: { user: "out" } },
  initiator_address: {
    ranges: [{ start: "10.0.0.1", end: "10.0.0.1" }],
    masks: [{ address: "fd00::", netmask: "64" }],
  },
};
const wholeBodies: readonly unknown[] = [
  record,
  { records: [record, { ...record, initiator: "default" }], _links: { next: { href: "/api/x" } } },
  { uuid: svm, name: "cluster1", version: { full: "NetApp Release 9.16.1" } },
  { records: [{ uuid: svm, name: "svm1", state: "running", subtype: "default" }] },
  { error: { code: "4", message: "entry doesn't exist", target: "uuid" } },
  {},
];

const reasons = new Set(allEntries.map(({ reason }) => reason));

function expectWellFormed(result: Result<unknown, ArrayFailure>): void {
  if (result.ok) return;
  const { kind, meaning, answer, detail } = result.error;
  expect([kind, reasons.has(meaning.reason)]).toEqual(["array", true]);
  const texts = [answer?.message, answer?.code, answer?.target, detail].filter((text) => text !== undefined);
  expect(texts.filter((text) => text.length > 1200 || /\p{Cc}/u.test(text) || !text.isWellFormed())).toEqual([]);
}

/** A body of ONTAP in which one place, anywhere, holds something else. */
const mutatedBody = fc
  .tuple(fc.constantFrom(...wholeBodies), fc.nat(), fc.jsonValue({ maxDepth: 2 }))
  .map(([body, place, value]) => {
    const paths = pathsOf(body);
    return withValueAt(body, paths[place % paths.length] ?? [], value);
  });

function pathsOf(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner).map((path) => [key].concat(path)))];
}

function withValueAt(body: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const copy = structuredClone(body) as Record<string, unknown>;
  copy[key] = withValueAt(copy[key], rest, value);
  return copy;
}

const text = fc.oneof(
  mutatedBody.map((body) => JSON.stringify(body)),
  fc.jsonValue({ maxDepth: 4 }).map((body) => JSON.stringify(body)),
  fc.string({ unit: "binary" }),
  fc.tuple(mutatedBody, fc.nat(400)).map(([body, length]) => JSON.stringify(body).slice(0, length)),
);
const httpStatus = fc.oneof(fc.constantFrom(200, 201, 400, 404, 409, 500), fc.integer({ min: 100, max: 999 }));
const retryAfterMs = fc.option(fc.constant(0), { nil: undefined });

test("any reply to any call, without a network", async () => {
  const replies = fc.array(fc.record({ httpStatus, text, retryAfterMs }), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...callNames), replies, async (name, script) => {
      let asked = 0;
      const open = createOpenArray({
        clock: createManualClock(),
        openTransport: () => ({
          // The last reply again and again: an array may have pages without end.
          send: () =>
            Promise.resolve(
              ok(
                script[Math.min(asked++, script.length - 1)] ?? { httpStatus: 500, text: "", retryAfterMs: undefined },
              ),
            ),
          close: () => Promise.resolve(),
        }),
      });
      expectWellFormed(await everyCall[name](open(accessTo("https://array"), unmeasured), id, signal));
      expect(asked).toBeLessThanOrEqual(1001);
    }),
    { numRuns: 3000 },
  );
});

test("any bytes to any call, over TLS", { timeout: 120_000 }, async () => {
  let answer: Buffer = Buffer.alloc(0);
  await using server = await startRawServer((socket) => socket.end(answer));
  const trust = { caPem: server.caPem, serverName: undefined, insecureSkipVerify: false };
  const array = openArray(accessTo(server.url, { trust, requestTimeoutMs: 500 }));
  const honest = fc.tuple(fc.integer({ min: 200, max: 599 }), text).map(([status, body]) => httpAnswer(status, body));
  const cut = fc.tuple(honest, fc.nat()).map(([bytes, at]) => bytes.subarray(0, at % (bytes.length + 1)));
  const flipped = fc
    .tuple(honest, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }))
    .map(([bytes, flips]) => {
      const copy = Buffer.from(bytes);
      for (const [at, value] of flips) copy[at % copy.length] = value;
      return copy;
    });
  const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...callNames), fc.oneof(honest, cut, flipped, noise), async (name, bytes) => {
      answer = bytes;
      expectWellFormed(await everyCall[name](array, id, signal));
    }),
    { numRuns: 600 },
  );
  await array.close();
});
