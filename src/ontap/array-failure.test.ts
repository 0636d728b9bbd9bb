import { expect, test } from "vitest";

import { redact } from "../std/redact.ts";
import { SecretText } from "../std/secret-text.ts";
import { failureOfSilence, failureOfAnswer, failureOfTrouble, withDetail, type Asked } from "./array-failure.ts";

const secrets = [new SecretText("correct horse battery")];
const asked: Asked = { verb: "PATCH", clean: (text) => redact(text, secrets) };
const reply = { httpStatus: 400, retryAfterMs: undefined, text: "" };

test("a refusal carries its meaning, and ONTAP's words without secrets", () => {
  const error = {
    code: "262197",
    message: 'The value "correct horse battery" is bad',
    target: "chap.inbound.password",
  };
  expect(failureOfAnswer(asked, reply, error)).toMatchObject({
    kind: "array",
    verb: "PATCH",
    meaning: { code: "262197", reason: "ValueRefused", class: "input" },
    answer: {
      httpStatus: 400,
      code: "262197",
      message: 'The value "<secret>" is bad',
      target: "chap.inbound.password",
    },
  });
});

test("a password that is spelled like a code does not hide the code", () => {
  const spelled = [new SecretText("5374147"), new SecretText("537414712345")];
  const failure = failureOfAnswer({ verb: "PATCH", clean: (text) => redact(text, spelled) }, reply, {
    code: "5374147",
    message: "equal",
    target: undefined,
  });
  expect(failure).toMatchObject({ meaning: { reason: "PasswordsEqual" }, answer: { code: "5374147" } });
});

test("an unknown code is kept as it came", () => {
  const failure = failureOfAnswer(asked, reply, { code: "4242", message: "new", target: undefined });
  expect(failure).toMatchObject({
    meaning: { code: "4242", reason: "UnknownRefusal" },
    answer: { code: "4242", message: "new" },
  });
});

test("others' words are one line, bounded, whole characters, and cannot move a terminal's cursor", () => {
  const message = `a\r\nb\u001B[2J\u202Ec${"😀".repeat(2000)}`;
  const shown = failureOfAnswer(asked, reply, { code: "9".repeat(50), message, target: undefined }).answer;
  expect(shown?.message).toMatch(/^a b \[2J c😀+.…$/u);
  expect([shown?.message.length, shown?.message.isWellFormed(), shown?.code?.length]).toEqual([1024, true, 32]);
});

test("a secret that a cut would halve is gone before the cut", () => {
  const message = `${"x".repeat(1015)} correct horse battery`;
  expect(failureOfAnswer(asked, reply, { code: "4", message, target: undefined }).answer?.message).not.toContain(
    "corr",
  );
});

test("a message of megabytes is not searched", () => {
  const message = "x".repeat(2 ** 24);
  const failure = failureOfAnswer(asked, reply, { code: "4", message, target: undefined });
  expect(failure.answer?.message).toBe("(too long to show)");
});

test("what kept the answer away is told with the library's words, without secrets", () => {
  const detail = "bad header correct horse battery";
  expect(failureOfSilence(asked, { trouble: "reset", sent: true, detail, retryAfterMs: 5 })).toMatchObject({
    meaning: { reason: "ConnectionLost", class: "environment" },
    answer: undefined,
    detail: "bad header <secret>",
    retryAfterMs: 5,
  });
  expect(withDetail(failureOfTrouble(asked, "timeout", undefined), "seen").detail).toBe("seen");
  expect(withDetail(failureOfTrouble(asked, "timeout", "slow"), "seen").detail).toBe("slow; seen");
});
