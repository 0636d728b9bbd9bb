import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLoginVerdicts, nextLoginAttemptMs, type LoginId, type Ticket } from "./login-verdicts.ts";

const minuteMs = 60_000;
const login = (digest: string, account = "array:443 basic admin"): LoginId => ({ account, digest });
const [right, old, guess, other] = ["right", "old", "guess", "other"].map((digest) => login(digest)) as [
  LoginId,
  LoginId,
  LoginId,
  LoginId,
];

/** Verdicts, and an array that accepts one password. */
function anArray(accepts: string) {
  const verdicts = createLoginVerdicts();
  const state = { nowMs: 0, accepts };
  const begin = (id: LoginId, most = 4, epoch = verdicts.epoch(id)) => verdicts.begin(id, epoch, most, state.nowMs);
  const answerTo = ({ digest }: LoginId): number => (digest === state.accepts ? 200 : 401);
  const end = (id: LoginId, ticket: Ticket, httpStatus: number | "none" = answerTo(id)): boolean =>
    verdicts.end(id, ticket, httpStatus === "none" ? undefined : httpStatus, state.nowMs);
  /** One request from beginning to end, if it is admitted. */
  const ask = (id: LoginId): "accepted" | "refused by the array" | "busy" | "refused" => {
    const ticket = begin(id);
    if (ticket === "busy" || ticket === "refused") return ticket;
    end(id, ticket);
    return answerTo(id) === 200 ? "accepted" : "refused by the array";
  };
  const may = (id: LoginId, asked = false): string => verdicts.standing(id, asked, state.nowMs).may;
  return { verdicts, state, begin, end, ask, may };
}

function admitted(ticket: Ticket | "busy" | "refused"): Ticket {
  if (ticket === "busy" || ticket === "refused") throw new Error(`not admitted: ${ticket}`);
  return ticket;
}

describe("a login that is refused", () => {
  test("waits 15 minutes, an hour, six hours, and then for a person: four failures in 48 hours", () => {
    const minutes = (count: number): number | undefined => {
      const next = nextLoginAttemptMs({ count, lastMs: 0 });
      return next === undefined ? undefined : next / minuteMs;
    };
    expect([1, 2, 3, 4, 5].map(minutes)).toEqual([15, 60, 360, undefined, undefined]);
  });

  test("is not sent again by anybody who was about to: what was opened before the refusal stays shut", () => {
    const { begin, ask, verdicts } = anArray("right");
    const before = verdicts.epoch(guess);
    expect(ask(guess)).toBe("refused by the array");
    expect(begin(guess, 4, before)).toBe("refused");
  });

  test("does not park another login of the same user, and that one's acceptance frees only itself", () => {
    const { ask, may } = anArray("right");
    expect(ask(right)).toBe("accepted");
    expect([ask(guess), ask(right)]).toEqual(["refused by the array", "accepted"]);
    expect([may(guess), may(right)]).toEqual(["wait", "be-sent"]);
  });

  test("is tried when a person asks, and after that waits again", () => {
    const { ask, may } = anArray("right");
    ask(guess);
    expect([may(guess), may(guess, true)]).toEqual(["wait", "be-sent"]);
    ask(guess);
    expect(may(guess, true)).toBe("wait");
  });

  test("waits for the same time after a restart, as the status tells", () => {
    const { verdicts, state, may } = anArray("right");
    verdicts.recall(guess, { count: 2, lastMs: 0 });
    state.nowMs = 59 * minuteMs;
    expect([may(guess), verdicts.refusals(guess)?.count]).toEqual(["wait", 2]);
    state.nowMs = 60 * minuteMs;
    expect(may(guess)).toBe("be-sent");
  });

  test("does not count when this process has seen it accepted since", () => {
    const { verdicts, ask, may } = anArray("right");
    ask(right);
    verdicts.recall(right, { count: 4, lastMs: 0 });
    expect(may(right)).toBe("be-sent");
  });
});

describe("logins that the array has not accepted", () => {
  test("are tried one request at a time for each user, whatever the password", () => {
    const { begin, end } = anArray("right");
    const first = admitted(begin(guess));
    expect([begin(guess), begin(other), typeof begin(login("guess", "array:443 basic vsadmin"))]).toEqual([
      "busy",
      "busy",
      "object",
    ]);
    end(guess, first, "none");
    expect(typeof begin(other)).toBe("object");
  });

  test("fail twice within 15 minutes and no more, then the next may try", () => {
    const { ask, may, state, verdicts } = anArray("right");
    for (const digest of ["one", "two", "three", "four"]) ask(login(digest));
    expect(["one", "two", "three", "four"].filter((digest) => verdicts.refusals(login(digest)) !== undefined)).toEqual([
      "one",
      "two",
    ]);
    expect(verdicts.standing(right, true, state.nowMs)).toEqual({
      may: "wait",
      because: "others",
      nextAttemptMs: 15 * minuteMs,
    });
    state.nowMs = 15 * minuteMs;
    expect([may(right), ask(right)]).toEqual(["be-sent", "accepted"]);
  });

  test("an answer that says nothing about the login changes nothing", () => {
    const { begin, end, may } = anArray("right");
    for (const httpStatus of ["none", 403, 404, 500, 503] as const) {
      expect(end(right, admitted(begin(right)), httpStatus)).toBe(false);
    }
    expect(may(right)).toBe("be-sent");
  });
});

describe("a password that is changed on the array", () => {
  test("is heard of by four requests at most, of however many connections", () => {
    const { begin, end, ask, state, verdicts } = anArray("old");
    ask(old);
    const tickets = Array.from({ length: 40 }, () => begin(old)).filter((ticket) => typeof ticket === "object");
    expect(tickets).toHaveLength(4);
    state.accepts = "right";
    for (const ticket of tickets) end(old, ticket);
    expect([verdicts.refusals(old)?.count, begin(old, 4, 0), ask(right)]).toEqual([4, "refused", "accepted"]);
  });

  test("by more only where the owner of a connection allows more requests at once", () => {
    const { begin, ask } = anArray("old");
    ask(old);
    const tickets = Array.from({ length: 40 }, () => begin(old, 20)).filter((ticket) => typeof ticket === "object");
    expect(tickets).toHaveLength(20);
  });

  test("an answer that was under way since before is no acceptance", () => {
    const { begin, end, ask, may } = anArray("old");
    ask(old);
    const [slow, quick] = [admitted(begin(old)), admitted(begin(old))];
    end(old, quick, 401);
    end(old, slow, 200);
    expect(may(old)).toBe("wait");
  });
});

test("whatever is tried, trials fail twice in any 15 minutes at most, and a login that is accepted is never parked by another", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("ask" as const), digest: fc.integer({ min: 0, max: 50 }), asked: fc.boolean() }),
    fc.record({ do: fc.constant("pass" as const), minutes: fc.integer({ min: 0, max: 20 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { verdicts, state, ask, may } = anArray("right");
      ask(right);
      const failedAt: number[] = [];
      for (const each of steps) {
        if (each.do === "pass") {
          state.nowMs += each.minutes * minuteMs;
          continue;
        }
        const id = login(String(each.digest));
        if (verdicts.standing(id, each.asked, state.nowMs).may === "be-sent" && ask(id) === "refused by the array") {
          failedAt.push(state.nowMs);
        }
        expect([may(right), ask(right)]).toEqual(["be-sent", "accepted"]);
      }
      for (const atMs of failedAt) {
        expect(failedAt.filter((other) => other >= atMs && other - atMs < 15 * minuteMs).length).toBeLessThanOrEqual(2);
      }
    }),
  );
});
