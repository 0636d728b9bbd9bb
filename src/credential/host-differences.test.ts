import { describe, expect, test } from "vitest";
import { SecretText } from "../std/secret-text.ts";
import { hostDifferencesMessage, hostDifferencesOf } from "./host-differences.ts";

const pair = (user: string, password: string) => ({ user, password: new SecretText(password) });
const oneWay = (user: string, password: string) =>
  hostDifferencesOf({ type: "chap", inbound: pair(user, password), outbound: undefined });
const common = "Every host takes ASCII letters and digits, and a password of 12 to 16 of them";

describe("a value that every host takes", () => {
  test.each([
    { user: "node-a", password: "p".repeat(12) },
    { user: "node a", password: "p".repeat(16) },
    { user: "0xnode", password: "sixteen bytes ok" },
  ])("$user with $password", ({ user, password }) => {
    expect(oneWay(user, password)).toEqual([]);
  });

  test("and types that have none", () => {
    expect(hostDifferencesOf({ type: "none" })).toEqual([]);
    expect(hostDifferencesOf({ type: "deny" })).toEqual([]);
  });
});

describe("a value that hosts differ in", () => {
  const good = "thirteen-byte";
  test.each([
    { user: "node", password: "p".repeat(11), differs: ["password length"], says: "Windows and Solaris" },
    { user: "node", password: "p".repeat(17), differs: ["password length"], says: "Windows and Solaris" },
    { user: "node", password: "ä".repeat(9), differs: ["password length", "password not-ascii"], says: "ESXi" },
    {
      user: "node",
      password: "0x00112233445566",
      differs: ["password hexadecimal"],
      says: "open-iscsi sends it as text",
    },
    { user: "node", password: "0X00112233445566", differs: ["password hexadecimal"], says: "ONTAP decodes it" },
    { user: "node", password: "twelve bytes ", differs: ["password edge-blank"], says: "open-iscsi cuts it off" },
    { user: " node", password: good, differs: ["user edge-blank"], says: "inbound user is text with a blank" },
    { user: "node", password: "twelve\tbytes", differs: ["password control-character"], says: "invisible" },
    {
      user: "no\u007Fde",
      password: good,
      differs: ["user control-character"],
      says: "inbound user is text with a control",
    },
    { user: "nöde", password: good, differs: ["user not-ascii"], says: "inbound user is text with a character" },
    { user: "no\u200Bde", password: good, differs: ["user not-ascii"], says: "may be invisible" },
    { user: "node", password: "p\u00A0ssword-123", differs: ["password not-ascii"], says: "not ASCII" },
    {
      user: "\u00A0node",
      password: "\nsecret-value",
      differs: ["user edge-blank", "user not-ascii", "password edge-blank", "password control-character"],
      says: "line break",
    },
  ])("$differs, and the message says $says", ({ user, password, differs, says }) => {
    const differences = oneWay(user, password);
    expect(differences.map(({ part, oddity }) => `${part} ${oddity}`)).toEqual(differs);
    const message = hostDifferencesMessage(differences);
    expect(message).toContain(says);
    expect(message).toContain(common);
    expect(message).not.toContain(password);
  });

  test("both directions are named, each with its own", () => {
    const differences = hostDifferencesOf({ type: "chap", inbound: pair("node", "short"), outbound: pair("a ", good) });
    const message = hostDifferencesMessage(differences);
    expect(message).toContain("inbound password is not 12 to 16 bytes long");
    expect(message).toContain("outbound user is text with a blank at its start or end");
    expect(message).not.toContain("outbound password");
  });
});
