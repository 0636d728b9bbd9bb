import { describe, expect, it } from "vitest";

import { allEntries } from "../array/catalogue/catalogue.ts";
import { connectionReasons } from "../connection/vocabulary.ts";
import { credentialEventReasons, credentialReasons } from "../credential/vocabulary.ts";
import { explanations } from "./explanations.ts";
import { explainCommand } from "./explain.ts";

async function explain(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    out: (line: string) => out.push(line),
    err: (line: string) => err.push(line),
    signal: new AbortController().signal,
  };
  const code = await explainCommand(args, io);
  return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("explain", () => {
  it("explains a code", async () => {
    const { code, out } = await explain("5374147");
    expect(code).toBe(0);
    expect(out).toMatch(/^5374147 PasswordsEqual\n/);
    expect(out).toContain("What to do: Give the two directions different passwords in their Secrets.");
    expect(out).toContain("Answers:    POST, PATCH");
  });

  it("explains a reason, in any case, with every code that means it", async () => {
    const { code, out } = await explain("loginrefused");
    expect(code).toBe(0);
    expect(out).toContain("6691623 LoginRefused");
    expect(out.split("\n\n")).toHaveLength(2);
  });

  it.each(Object.keys({ ...credentialReasons, ...credentialEventReasons, ...connectionReasons }))(
    "explains our own reason %s",
    async (reason) => {
      const { code, out } = await explain(reason);
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`^${reason}\n  \\S.+\n  Seen as:    reason `));
    },
  );

  it("explains a word that is on both kinds twice, and one that is reason and condition too", async () => {
    expect((await explain("secretnotfound")).out.split("\n\n")).toHaveLength(2);
    const { out } = await explain("Applied");
    expect(out).toContain("reason in a condition or an Event of an IscsiCredential");
    expect(out).toContain("condition of an IscsiCredential");
  });

  it("lists everything", async () => {
    const { code, out } = await explain("--list");
    expect(code).toBe(0);
    const lines = out.split("\n");
    expect(lines).toHaveLength(explanations.length);
    for (const { reason } of allEntries) expect(lines.some((line) => line.includes(` ${reason} `))).toBe(true);
    for (const reason of Object.keys(credentialReasons)) expect(out).toContain(`-         ${reason} `);
  });

  it("speaks JSON", async () => {
    const { out } = await explain("5374078", "-o", "json");
    expect(JSON.parse(out)).toEqual([expect.objectContaining({ code: "5374078", reason: "IscsiServiceMissing" })]);
    expect(JSON.parse((await explain("--list", "-o", "json")).out)).toHaveLength(explanations.length);
  });

  it.each(["--help", "-h"])("shows help by %s", async (flag) => {
    expect(await explain(flag)).toMatchObject({
      code: 0,
      out: expect.stringContaining("explain CODE|REASON") as string,
    });
  });

  it.each([
    [["12345"], "12345 is not a known code, reason or condition"],
    [[], "give a code or a reason, or --list"],
    [["--list", "4"], "give a code or a reason, or --list"],
    [["4", "-o", "yaml"], "--output: must be json, not yaml"],
    [["--lst"], "--lst"],
  ])("refuses %j in one line", async (args, words) => {
    const { code, out, err } = await explain(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(words);
    expect(err).not.toContain("\n");
  });
});
