import { describe, expect, test } from "vitest";
import { keyOf } from "../api/key.ts";
import type { DataObject } from "../api/ports.ts";
import { err, ok } from "../std/result.ts";
import { SecretText } from "../std/secret-text.ts";
import { chapPairFrom, type Direction, type SecretRef, type ValueFlaw } from "./chap-pair.ts";
import { meaningOfFailure } from "./meaning.ts";

interface Offered {
  readonly type?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const chapLabel = { "ontap-iscsi.dev/use": "chap" };
const basic = "kubernetes.io/basic-auth";
const canary = "canary-hunter2";

function read(
  entries: Readonly<Record<string, string | Uint8Array>>,
  { type = basic, labels = {}, annotations = {} }: Offered = {},
  ref: Partial<SecretRef> = {},
  { direction = "inbound", isLogin = false }: { readonly direction?: Direction; readonly isLogin?: boolean } = {},
) {
  const data: DataObject = {
    version: { uid: "1", resourceVersion: "1" },
    heardMs: 0,
    type,
    labels,
    annotations,
    entries: new Map(
      Object.entries(entries).map(([key, value]) => [
        key,
        typeof value === "string" ? ok(new SecretText(value)) : err("not-utf8" as const),
      ]),
    ),
  };
  const secret = keyOf({ namespace: "team", name: "s" });
  return chapPairFrom({ secret, data, isLogin }, { name: "s", ...ref }, direction);
}

const pairIn = (result: ReturnType<typeof read>): string =>
  result.ok ? `${result.value.user}/${result.value.password.reveal()}` : result.error.kind;

describe("the keys follow from the type, unless the reference names others", () => {
  const session = {
    "node.session.auth.username": "node",
    "node.session.auth.password": "in",
    "node.session.auth.username_in": "array",
    "node.session.auth.password_in": "out",
  };
  const trident = { chapUsername: "node", chapInitiatorSecret: "in" };
  const tridentRef = { userKey: "chapUsername", passwordKey: "chapInitiatorSecret" };

  test.each<{ because: string; pair: string; of: ReturnType<typeof read> }>([
    { because: "basic-auth", pair: "node/in", of: read({ username: "node", password: "in" }) },
    { because: "iscsi-chap inbound", pair: "node/in", of: read(session, { type: "kubernetes.io/iscsi-chap" }) },
    {
      because: "iscsi-chap outbound",
      pair: "array/out",
      of: read(session, { type: "kubernetes.io/iscsi-chap" }, {}, { direction: "outbound" }),
    },
    {
      because: "Opaque with the label",
      pair: "node/in",
      of: read({ username: "node", password: "in" }, { type: "Opaque", labels: chapLabel }),
    },
    {
      because: "Trident's keys with the label",
      pair: "node/in",
      of: read(trident, { type: "Opaque", labels: chapLabel }, tridentRef),
    },
    {
      because: "Trident's keys without it",
      pair: "secret-not-offered",
      of: read(trident, { type: "Opaque" }, tridentRef),
    },
  ])("$because: $pair", ({ pair, of }) => {
    expect(pairIn(of)).toBe(pair);
  });
});

describe("of a Secret that is not offered nothing is told, not even what it lacks", () => {
  test.each<{ because: string; of: ReturnType<typeof read> }>([
    { because: "any key as user", of: read({ DB_PASSWORD: canary }, { type: "Opaque" }, { userKey: "DB_PASSWORD" }) },
    { because: "an absent key", of: read({}, { type: "Opaque" }, { userKey: "DB_PASSWORD" }) },
    { because: "a flawed value", of: read({ username: `${canary}\n`, password: "" }, { type: "Opaque" }) },
    {
      because: "a key that is not known to hold a user",
      of: read({ DB_USER: canary, password: canary }, { labels: chapLabel }, { userKey: "DB_USER" }),
    },
    { because: "the two keys swapped", of: read({ username: "u", password: canary }, {}, { userKey: "password" }) },
    { because: "a login", of: read({ username: canary, password: canary }, {}, {}, { isLogin: true }) },
    {
      because: "a ServiceAccount's token",
      of: read({ token: canary }, { type: "kubernetes.io/service-account-token", labels: chapLabel }),
    },
  ])("$because", ({ of }) => {
    expect(of.ok ? "offered" : of.error.kind).toBe("secret-not-offered");
    if (of.ok) return;
    const { verdict, blames } = meaningOfFailure(of.error);
    expect({ reason: verdict.reason, standing: verdict.standing, blames }).toEqual({
      reason: "SecretNotOffered",
      standing: "stalled",
      blames: "secrets",
    });
    expect(verdict.message).toContain("Secret s");
    expect(JSON.stringify(of)).not.toContain(canary);
    expect(verdict.message).not.toContain(canary);
  });
});

describe("a value that cannot serve has a reason and a way out", () => {
  const good = "thirteen-byte";
  test.each<{
    flaw: ValueFlaw;
    username?: string;
    password?: string | Uint8Array;
    reason: string;
    says: string;
  }>([
    { flaw: "missing", username: "node", reason: "SecretKeyNotFound", says: "add it" },
    { flaw: "empty", username: "", password: good, reason: "SecretValueEmpty", says: "give it a value" },
    {
      flaw: "not-utf8",
      username: "n",
      password: Buffer.of(255),
      reason: "SecretValueInvalid",
      says: "with UTF-8 text",
    },
    { flaw: "nul", username: "n", password: "nul\0byte", reason: "SecretValueInvalid", says: "without it" },
    {
      flaw: "byte-order-mark",
      username: "n",
      password: `\uFEFF${good}`,
      reason: "SecretValueInvalid",
      says: "without BOM",
    },
    {
      flaw: "byte-order-mark",
      username: "\uFEFFn",
      password: good,
      reason: "SecretValueInvalid",
      says: "inbound user",
    },
    { flaw: "line-break", username: "n\n", password: good, reason: "SecretValueLineBreak", says: "printf" },
    { flaw: "line-break", username: "n", password: `${good}\r\n`, reason: "SecretValueLineBreak", says: "printf" },
    { flaw: "too-long", username: "n".repeat(129), password: good, reason: "SecretValueTooLong", says: "shorten it" },
    { flaw: "too-long", username: "n", password: "p".repeat(513), reason: "SecretValueTooLong", says: "512" },
    {
      flaw: "bad-hex",
      username: "n",
      password: "0x123",
      reason: "PasswordHexInvalid",
      says: "start it with something",
    },
  ])("$flaw: $reason, $says", ({ flaw, username, password, reason, says }) => {
    const entries = {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    };
    const result = read(entries);
    expect(result).toMatchObject({ ok: false, error: { kind: "secret-value", flaw } });
    if (result.ok) return;
    const { verdict } = meaningOfFailure(result.error);
    expect(verdict.reason).toBe(reason);
    expect(verdict.message).toContain(says);
  });

  test.each([
    { because: "the longest that ONTAP takes", username: "n".repeat(128), password: "p".repeat(512) },
    { because: "what only hosts differ in", username: " nöde\t", password: "pass\tword ä " },
    { because: "hexadecimal in pairs", username: "n", password: "0x0aFF" },
  ])("$because serves", ({ username, password }) => {
    expect(pairIn(read({ username, password }))).toBe(`${username}/${password}`);
  });
});
