import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { systemClock } from "./clock.ts";
import { createRedactor, redact, withheldText } from "./redact.ts";
import { SecretText } from "./secret-text.ts";

const redactAll = (text: string, ...secrets: readonly string[]): string =>
  redact(
    text,
    secrets.map((secret) => new SecretText(secret)),
  );

describe("redact", () => {
  const password = 'pass "wörd"/1+\\';
  const cases: readonly { because: string; text: string; shown: string }[] = [
    { because: "as it is", text: `value ${password} is bad`, shown: "value <secret> is bad" },
    { because: "percent-encoded", text: `/x?p=${encodeURIComponent(password)}&q=1`, shown: "/x?p=<secret>&q=1" },
    {
      because: "percent-encoded in lower case",
      text: `/x?p=${encodeURIComponent(password).replaceAll(/%../g, (hex) => hex.toLowerCase())}&q=1`,
      shown: "/x?p=<secret>&q=1",
    },
    {
      because: "as a form, which writes + for a space",
      text: new URLSearchParams({ p: password }).toString(),
      shown: "p=<secret>",
    },
    { because: "inside JSON", text: JSON.stringify({ password }), shown: '{"password":"<secret>"}' },
    {
      because: "inside JSON of those who write only ASCII and escape slashes",
      text: '{"password":"pass \\"w\\u00f6rd\\"\\/1+\\\\"}',
      shown: '{"password":"<secret>"}',
    },
    { because: "as hex", text: `0x${Buffer.from(password).toString("hex")}.`, shown: "0x<secret>." },
    { because: "as HEX", text: `0x${Buffer.from(password).toString("hex").toUpperCase()}.`, shown: "0x<secret>." },
    { because: "as base64", text: `${Buffer.from(password).toString("base64")}.`, shown: "<secret>." },
    { because: "as base64 for URLs", text: `${Buffer.from(password).toString("base64url")}.`, shown: "<secret>." },
    {
      because: "in a JSON body that came back in base64",
      text: Buffer.from(JSON.stringify({ password, a: 1 })).toString("base64"),
      shown: "eyJwYXNzd29yZCI6I<secret>iLCJhIjoxfQ==",
    },
    {
      because: "in JSON within JSON",
      text: JSON.stringify(JSON.stringify({ password })),
      shown: '"{\\"password\\":\\"<secret>\\"}"',
    },
    { because: "twice", text: `${password}, ${password}`, shown: "<secret>, <secret>" },
    { because: "not at all", text: "nothing to see", shown: "nothing to see" },
  ];
  it.each(cases)("finds a secret $because", ({ text, shown }) => {
    expect(redactAll(text, password)).toBe(shown);
  });

  it("leaves nothing of an Authorization header", () => {
    const shown = redactAll(`Basic ${Buffer.from("admin:correct horse").toString("base64")}`, "correct horse");
    expect(Buffer.from(shown.replace("Basic ", "").split("<")[0] ?? "", "base64").toString()).toBe("admin:");
    expect(shown).toMatch(/^Basic [A-Za-z0-9]+<secret>$/);
  });

  it("leaves nothing of secrets that overlap", () => {
    expect(redactAll("[abcdefghijkl]", "abcdefgh", "efghijkl")).toBe("[<secret>]");
    expect(redactAll("[abababababab]", "abababab")).toBe("[<secret>]");
  });

  it("withholds the whole text when a short secret is in it, so that the hole tells nothing", () => {
    expect(redactAll("the secrets must differ", "differ")).toBe(withheldText);
    expect(redactAll("the secrets must vary", "differ")).toBe("the secrets must vary");
  });

  it("takes an empty secret for none", () => {
    expect(redactAll("text", "")).toBe("text");
  });

  it("withholds what is encoded more often than anyone encodes", () => {
    let text = "a%";
    for (let layers = 0; layers < 12; layers += 1) text = encodeURIComponent(text);
    expect(redactAll(text, "correct horse")).toBe(withheldText);
  });
});

describe("the spellings of an attentive enemy", () => {
  const secret = "CANARY/Pa55+w&rd é9";
  const bytes = Buffer.from(secret);
  const hex = bytes.toString("hex");
  const pairs = hex.match(/../g) ?? [];
  const utf16 = Buffer.from(secret, "utf16le");
  const each = (spell: (character: string) => string): string => Array.from(secret, spell).join("");
  const code = (character: string): number => character.codePointAt(0) ?? 0;
  it.each<readonly [string, string]>([
    ["base64", bytes.toString("base64")],
    ["base64 for URLs", bytes.toString("base64url")],
    ["base64 in lines", bytes.toString("base64").replaceAll(/(.{8})/g, "$1\n")],
    ["base64 of UTF-16", utf16.toString("base64")],
    ["hex", hex],
    ["HEX", hex.toUpperCase()],
    ["hex with blanks", pairs.join(" ")],
    ["hex with colons", pairs.join(":")],
    ["hex as C writes it", pairs.map((pair) => `0x${pair}`).join(", ")],
    ["hex escapes", pairs.map((pair) => `\\x${pair}`).join("")],
    ["hex of UTF-16", utf16.toString("hex")],
    ["percent", encodeURIComponent(secret)],
    ["percent twice", encodeURIComponent(encodeURIComponent(secret))],
    ["percent of all", pairs.map((pair) => `%${pair}`).join("")],
    ["a form", new URLSearchParams({ p: secret }).toString().slice(2)],
    ["JSON", JSON.stringify(secret).slice(1, -1)],
    ["JSON in JSON", JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
    ["JSON in ASCII", each((character) => `\\u${code(character).toString(16).padStart(4, "0")}`)],
    ["JSON in a URL", encodeURIComponent(JSON.stringify(secret).slice(1, -1))],
    ["XML", secret.replaceAll("&", "&amp;")],
    ["entities in decimal", each((character) => `&#${code(character)};`)],
    ["entities in hex", each((character) => `&#x${code(character).toString(16)};`)],
    ["named entities", secret.replaceAll("&", "&amp;").replaceAll("/", "&sol;").replaceAll("é", "&eacute;")],
    ["UTF-16 read as bytes", utf16.toString("latin1").slice(0, -1)],
    ["UTF-8 read as Latin-1", bytes.toString("latin1")],
    ["upper case", secret.toUpperCase()],
    ["lower case", secret.toLowerCase()],
    ["blanks in between", each((character) => `${character} `).trimEnd()],
    ["invisible characters in between", each((character) => `${character}\u200b`).slice(0, -1)],
    ["cut after six", secret.slice(0, 6)],
    ["all but the last", secret.slice(0, -1)],
    ["all but the first", secret.slice(1)],
    ["cut and dotted", `${secret.slice(0, 10)}...`],
    ["cut in base64", bytes.toString("base64").slice(0, 12)],
  ])("%s", (_, spelled) => {
    const shown = redactAll(`array says: "${spelled}" end`, secret);
    expect(shown).toMatch(/^array says: "(0x|C)?(<secret>)+[.)]*" end$/);
  });

  it("an escape that stands before a secret by chance does not hide it", () => {
    for (const [before, text] of [
      ["%", "ab cdefghij"],
      ["\\", "u00aa b/cdefgh"],
      ["\\", "xaa b/cdefgh"],
    ] as const) {
      expect(redactAll(`${before}${encodeURIComponent(text)}`, text)).not.toContain("cdefgh");
    }
  });
});

describe("names", () => {
  const names = (all: readonly string[], ...secrets: readonly string[]): readonly string[] =>
    createRedactor(secrets.map((secret) => new SecretText(secret))).names(all);

  it("lose whole copies, in any spelling", () => {
    const secret = "pass wörd 1+";
    const hex = Buffer.from(secret).toString("hex");
    expect(names(["svm1", `svm-${secret}`, hex, ""], secret)).toEqual(["svm1", "svm-<secret>", "<secret>", ""]);
  });

  it("keep what they have in common with a password, and words that short ones occur in", () => {
    expect(names(["svm-payroll-1", "host-1-user"], "svm-payroll!9", "host-1-secret", "svm")).toEqual([
      "svm-payroll-1",
      "host-1-user",
    ]);
  });
});

describe("time", () => {
  const megabyte = 2 ** 20;
  const kibibytes = 16 * 1024;
  /** Whatever might make a search look again at what it has seen. */
  const hard: readonly (readonly [string, string, readonly string[]])[] = [
    ["nothing in common", "The quick brown fox. ".repeat(megabyte / 21), ["Zq7".repeat(kibibytes / 3)]],
    ["one letter", "a".repeat(megabyte), [`${"a".repeat(kibibytes)}b`, `${"a".repeat(kibibytes)}c`]],
    [
      "half a secret again and again",
      `${"ab".repeat(kibibytes / 4)}c`.repeat(megabyte / kibibytes),
      ["ab".repeat(kibibytes / 2)],
    ],
    ["backslashes", "\\".repeat(megabyte), [`x${"\\".repeat(kibibytes)}`]],
    ["percent signs", "%25".repeat(megabyte / 3), [`x${"%25".repeat(kibibytes / 3)}`]],
    ["ampersands", "&".repeat(megabyte), [`x${"&amp;".repeat(kibibytes / 5)}`]],
    ["hex", "61".repeat(megabyte / 2), ["a".repeat(kibibytes)]],
    ["base64", "YWFh".repeat(megabyte / 4), ["a".repeat(kibibytes)]],
  ];
  it.each(hard)("a megabyte and secrets of 16 KiB: %s", (_, text, secrets) => {
    const started = systemClock.monotonic();
    redactAll(text, ...secrets);
    expect(systemClock.monotonic() - started).toBeLessThan(3000);
  });
});

/** Letters of secrets never occur in what stands around them, so that a remainder can be told from the surroundings. */
const letter = fc.constantFrom(...Array.from('abcdefghijklmnopqrstuvwxyzÄö€😀"/\\+ %&\n\t=?#'));
const secretText = fc.string({ unit: letter, minLength: 8, maxLength: 24 });
const around = fc.string({ unit: fc.constantFrom(...Array.from("0123456789:,;()")), maxLength: 12 });

const encoders: Readonly<Record<string, (secret: string) => string>> = {
  plain: (secret) => secret,
  percent: (secret) => encodeURIComponent(secret),
  "percent of every byte": (secret) =>
    Array.from(Buffer.from(secret), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  form: (secret) => new URLSearchParams({ "": secret }).toString().slice(1),
  json: (secret) => JSON.stringify(secret).slice(1, -1),
  "json in ASCII": (secret) =>
    JSON.stringify(secret)
      .slice(1, -1)
      .replaceAll(/[^ -~]/g, (unit) =>
        Array.from({ length: unit.length }, (_, i) => `\\u${unit.charCodeAt(i).toString(16).padStart(4, "0")}`).join(
          "",
        ),
      ),
};

it("a sign before the secret that looks like an escape hides none of it", () => {
  const secret = "aa\\aa%aa\\a";
  expect(redactAll(`%${JSON.stringify(secret).slice(1, -1)}`, secret)).toBe("%<secret>");
});

describe("for all secrets", () => {
  it.each(Object.entries(encoders))("%s: exactly the secret is replaced", (_, encode) => {
    fc.assert(
      fc.property(secretText, around, around, (secret, before, after) => {
        // `%23` and the like in the surroundings would belong to another text.
        expect(redactAll(`${before}(${encode(secret)})${after}`, secret)).toBe(`${before}(<secret>)${after}`);
      }),
    );
  });

  it("no piece of base64 that is left decodes to a piece of the secret", () => {
    fc.assert(
      fc.property(
        secretText,
        around,
        around,
        fc.constantFrom("base64" as const, "base64url" as const),
        fc.boolean(),
        (secret, before, after, alphabet, encoded) => {
          const base64 = Buffer.from(`${before}${secret}${after}`).toString(alphabet);
          const shown = redactAll(encoded ? encodeURIComponent(base64) : base64, secret);
          const [head = "", tail = "", ...more] = shown.split("<secret>").map(decodeURIComponent);
          expect(more).toEqual([]);
          // The tail begins somewhere in a group of four; what its first characters shared with the secret is lost.
          const missing = (base64.length - tail.length) % 4;
          const rest = Buffer.from("A".repeat(missing) + tail, "base64")
            .subarray(missing)
            .toString();
          expect(before).toContain(Buffer.from(head, "base64").toString());
          expect(after).toContain(rest);
        },
      ),
    );
  });

  it("hexadecimal digits go whole", () => {
    fc.assert(
      fc.property(secretText, fc.boolean(), (secret, upper) => {
        const digits = Buffer.from(secret).toString("hex");
        expect(redactAll(`<${upper ? digits.toUpperCase() : digits}>`, secret)).toBe("<<secret>>");
      }),
    );
  });

  it("texts without them come back as they are", () => {
    fc.assert(
      fc.property(secretText, around, (secret, text) => {
        expect(redactAll(text, secret)).toBe(text);
      }),
    );
  });

  it("any text and any secrets: what is left between the marks holds none of them, in no encoding", () => {
    const unit = fc.constantFrom(...Array.from("abAB01+/=%\\u "));
    const long = fc.string({ unit, minLength: 8, maxLength: 12 });
    fc.assert(
      fc.property(
        fc.string({ unit, maxLength: 40 }),
        fc.array(long, { minLength: 1, maxLength: 3 }),
        fc.nat(),
        (noise, secrets, at) => {
          const chosen = secrets[at % secrets.length] ?? "";
          const encode = Object.values(encoders)[at % Object.keys(encoders).length] ?? String;
          const text = noise.slice(0, at % 20) + encode(chosen) + noise.slice(at % 20);
          for (const piece of redactAll(text, ...secrets).split("<secret>")) {
            for (const secret of secrets) {
              for (const form of [
                ...Object.values(encoders).map((each) => each(secret)),
                Buffer.from(secret).toString("hex"),
              ]) {
                expect(piece).not.toContain(form);
              }
            }
          }
        },
      ),
    );
  });
});
