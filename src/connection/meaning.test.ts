import { describe, expect, test } from "vitest";
import { meaningOfCode, meaningOfTrouble } from "../array/catalogue/catalogue.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { ConnectionFailure } from "./failure.ts";
import { meaningOfFailure } from "./meaning.ts";

const elevenPm = Date.parse("2026-11-26T22:59:30Z");
const withheld = (because: "refused" | "others", nextAttemptMs: number | undefined): ConnectionFailure => ({
  kind: "login-withheld",
  secret: "ontap-login",
  because,
  nextAttemptMs,
});

describe("a login that waits", () => {
  test("says when it is tried again", () => {
    const { verdict, blames, retry } = meaningOfFailure(withheld("refused", elevenPm));
    expect([verdict.standing, verdict.reason, blames]).toEqual(["retrying", "LoginRefused", "Authenticated"]);
    expect(verdict.message).toContain("It is tried again at 23:00 UTC");
    expect(retry).toEqual({ when: "at", ms: elevenPm });
  });

  test("or that it is not, and what to do", () => {
    const { verdict, retry } = meaningOfFailure(withheld("refused", undefined));
    expect([verdict.standing, retry.when]).toEqual(["stalled", "input-changes"]);
    expect(verdict.message).toContain(
      "It is not tried again by itself: correct the Secret, or unlock the account and set annotation",
    );
  });

  test("for others of its user is not refused itself", () => {
    const { verdict, blames } = meaningOfFailure(withheld("others", elevenPm));
    expect([verdict.reason, blames]).toEqual(["LoginWithheld", "inputs"]);
    expect(verdict.message).toContain("first tried at 23:00 UTC");
  });
});

describe("what an array's failure blames", () => {
  const failure = (changes: Partial<ArrayFailure>): ArrayFailure => ({
    kind: "array",
    verb: "GET",
    meaning: meaningOfTrouble("timeout"),
    answer: undefined,
    detail: undefined,
    retryAfterMs: undefined,
    ...changes,
  });
  const answered = (httpStatus: number): ArrayFailure =>
    failure({
      meaning: meaningOfCode(undefined, httpStatus, "GET"),
      answer: { httpStatus, code: undefined, message: "", target: undefined },
    });

  test.each([
    { because: "no answer: not reachable", given: failure({}), blames: "Reachable", when: "it-answers" },
    { because: "401: the login", given: answered(401), blames: "Authenticated", when: "backed-off" },
    { because: "503: neither", given: answered(503), blames: "array", when: "backed-off" },
    {
      because: "a pause that it asked for: it was not asked",
      given: failure({ meaning: meaningOfTrouble("paused"), retryAfterMs: 600_000 }),
      blames: "inputs",
      when: "backed-off",
    },
  ])("$because", ({ given, blames, when }) => {
    const meaning = meaningOfFailure(given);
    expect([meaning.blames, meaning.retry.when]).toEqual([blames, when]);
  });

  test("a person who asks during a pause is told until when", () => {
    const paused = failure({ meaning: meaningOfTrouble("paused"), retryAfterMs: 600_000 });
    const { verdict, retry } = meaningOfFailure(paused);
    expect(verdict.message).toContain("goes out at status.nextAttemptTime, and an annotation does not change that");
    expect(retry).toEqual({ when: "backed-off", atLeastMs: 600_000 });
  });
});
