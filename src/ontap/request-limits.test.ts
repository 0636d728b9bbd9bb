import { describe, expect, test } from "vitest";

import { createManualClock } from "../../test/harness/manual-clock.ts";
import { createScriptedSend, reply } from "../../test/ontap/scripted-send.ts";
import type { Requester } from "../array/port.ts";
import { limitRequests, obeyRetryAfter, stopAfterUnauthorized } from "./request-limits.ts";
import type { HttpRequest, Send } from "./send.ts";

const forever = new AbortController().signal;
const theOnly: Requester = { namespace: "", urgency: "change" };
const get = (path: string, from = theOnly): HttpRequest => ({ verb: "GET", path, body: undefined, from });

/** A `send` that tells who is under way and answers when told to. */
function createHeldSend() {
  const underWay = new Map<string, () => void>();
  const send: Send = async ({ path }) => {
    await new Promise<void>((resolve) => underWay.set(path, resolve));
    underWay.delete(path);
    return reply(200, {});
  };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    send,
    async underWay() {
      await settle();
      return [...underWay.keys()];
    },
    answer: (path: string) => underWay.get(path)?.(),
  };
}

describe("limitRequests", () => {
  test("lets so many through and the others wait in their order", async () => {
    const held = createHeldSend();
    const send = limitRequests(held.send, 2);
    const all = ["a", "b", "c", "d"].map((path) => send(get(path), forever));
    expect(await held.underWay()).toEqual(["a", "b"]);
    held.answer("b");
    expect(await held.underWay()).toEqual(["a", "c"]);
    held.answer("a");
    expect(await held.underWay()).toEqual(["c", "d"]);
    held.answer("c");
    held.answer("d");
    await Promise.all(all);
    const later = send(get("e"), forever);
    expect(await held.underWay()).toEqual(["e"]);
    held.answer("e");
    await later;
  });

  test("serves namespaces in turn, and changes before resyncs", async () => {
    const held = createHeldSend();
    const send = limitRequests(held.send, 1);
    const of = (namespace: string, urgency: Requester["urgency"] = "change"): Requester => ({ namespace, urgency });
    const asked = [
      send(get("first", of("a")), forever),
      send(get("a resync", of("a", "resync")), forever),
      ...["a1", "a2", "a3"].map((path) => send(get(path, of("a")), forever)),
      send(get("b1", of("b")), forever),
      send(get("b resync", of("b", "resync")), forever),
      send(get("c1", of("c")), forever),
    ];
    const served: string[] = [];
    for (let under = await held.underWay(); under.length > 0; under = await held.underWay()) {
      served.push(...under);
      for (const path of under) held.answer(path);
    }
    await Promise.all(asked);
    expect(served).toEqual(["first", "a1", "b1", "c1", "a2", "a3", "a resync", "b resync"]);
  });

  test("lets a resync through now and then, however many changes there are", async () => {
    const held = createHeldSend();
    const send = limitRequests(held.send, 1);
    const asked = [
      send(get("first"), forever),
      send(get("resync", { namespace: "a", urgency: "resync" }), forever),
      ...Array.from({ length: 20 }, (_, index) => send(get(`change ${index}`), forever)),
    ];
    const served: string[] = [];
    for (let under = await held.underWay(); under.length > 0; under = await held.underWay()) {
      served.push(...under);
      for (const path of under) held.answer(path);
    }
    await Promise.all(asked);
    expect(served.indexOf("resync")).toBe(8);
  });

  test("forgets who gave up waiting, and gives the place to the next", async () => {
    const held = createHeldSend();
    const send = limitRequests(held.send, 1);
    const impatient = new AbortController();
    const first = send(get("a"), forever);
    const second = send(get("b"), impatient.signal);
    const third = send(get("c"), forever);
    impatient.abort(new Error("enough"));
    await expect(second).rejects.toThrow("enough");
    held.answer("a");
    expect(await held.underWay()).toEqual(["c"]);
    held.answer("c");
    await Promise.all([first, third]);
  });

  test("gives a place back when the request is abandoned", async () => {
    const send = limitRequests(() => Promise.reject(new Error("abandoned")), 1);
    await expect(send(get("a"), forever)).rejects.toThrow("abandoned");
    await expect(send(get("b"), forever)).rejects.toThrow("abandoned");
    await expect(send(get("c"), AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
  });
});

describe("obeyRetryAfter", () => {
  test.each([429, 503])("waits out a short pause that a %i asks for", async (status) => {
    const clock = createManualClock();
    const { send, requests } = createScriptedSend(reply(status, {}, 2000), reply(200, {}));
    const obedient = obeyRetryAfter(send, clock);
    await obedient(get("a"), forever);
    const next = obedient(get("b"), forever);
    await clock.pass(1999);
    expect(requests).toHaveLength(1);
    await clock.pass(1);
    expect(await next).toMatchObject({ ok: true });
  });

  test("fails at once during a long pause and says how much of it is left", async () => {
    const clock = createManualClock();
    const { send, requests } = createScriptedSend(reply(429, {}, 60_000));
    const obedient = obeyRetryAfter(send, clock);
    await obedient(get("a"), forever);
    await clock.pass(10_000);
    expect(await obedient(get("b"), forever)).toEqual({
      ok: false,
      error: { trouble: "paused", sent: false, detail: undefined, retryAfterMs: 50_000 },
    });
    expect(requests).toHaveLength(1);
  });

  test("waits on when the pause was prolonged meanwhile", async () => {
    const clock = createManualClock();
    const slow = Promise.withResolvers<Awaited<ReturnType<Send>>>();
    const replies = [slow.promise, reply(429, {}, 1000), reply(200, {})];
    const asked: string[] = [];
    const obedient = obeyRetryAfter(async ({ path }) => {
      asked.push(path);
      return (await replies[asked.length - 1]) ?? reply(500, {});
    }, clock);
    const first = obedient(get("a"), forever);
    await obedient(get("b"), forever);
    const third = obedient(get("c"), forever);
    await clock.pass(500);
    slow.resolve(reply(503, {}, 3000));
    await first;
    await clock.pass(2999);
    expect(asked).toEqual(["a", "b"]);
    await clock.pass(1);
    expect(await third).toMatchObject({ ok: true });
  });

  test("asks for no pause where none was asked for", async () => {
    const clock = createManualClock();
    const { send, requests } = createScriptedSend(reply(429, {}), reply(500, {}, 60_000), reply(200, {}));
    const obedient = obeyRetryAfter(send, clock);
    for (const path of ["a", "b", "c"]) await obedient(get(path), forever);
    expect(requests).toHaveLength(3);
  });

  test("lets its caller give up waiting", async () => {
    const clock = createManualClock();
    const { send } = createScriptedSend(reply(503, {}, 2000));
    const obedient = limitRequests(obeyRetryAfter(send, clock), 1);
    await obedient(get("a"), forever);
    const impatient = new AbortController();
    const waiting = obedient(get("b"), impatient.signal);
    impatient.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(clock.sleepers()).toBe(0);
  });
});

describe("stopAfterUnauthorized", () => {
  test("asks once: ONTAP locks an account at the fifth refused login", async () => {
    let asked = 0;
    const { send } = stopAfterUnauthorized(async () => {
      asked += 1;
      return reply(401, {});
    });
    const replies = [await send(get("a"), forever), await send(get("b"), forever), await send(get("c"), forever)];
    expect(replies).toEqual([reply(401, {}), reply(401, {}), reply(401, {})]);
    expect(asked).toBe(1);
  });

  test("counts those that were under way when the first was refused, and tells no caller before all are back", async () => {
    const answers = new Map<string, () => void>();
    const { send, loginRefusals } = stopAfterUnauthorized(async ({ path }) => {
      await new Promise<void>((resolve) => answers.set(path, resolve));
      return reply(401, {});
    });
    const told: number[] = [];
    const paths = ["a", "b", "c"];
    const asking = paths.map((path) => send(get(path), forever));
    answers.get("b")?.();
    await new Promise((resolve) => setImmediate(resolve));
    const late = send(get("late"), forever);
    for (const answer of [...asking, late]) void answer.then(() => told.push(loginRefusals()));
    answers.get("a")?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual([]);
    answers.get("c")?.();
    await Promise.all([...asking, late]);
    expect(told).toEqual([3, 3, 3, 3]);
    expect(answers.has("late")).toBe(false);
  });

  test("a role's limit is no verdict on the login", async () => {
    const replies = [reply(403, {}), reply(200, {})];
    const { send } = stopAfterUnauthorized(async () => replies.shift() ?? reply(500, {}));
    await send(get("a"), forever);
    expect(await send(get("b"), forever)).toEqual(reply(200, {}));
  });
});
