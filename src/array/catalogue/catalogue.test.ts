import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Verb } from "../verb.ts";
import {
  allEntries,
  catalogue,
  entriesOfReason,
  entryOfCode,
  isKnownCode,
  meaningOfCode,
  meaningOfTrouble,
  type KnownCode,
} from "./catalogue.ts";
import type { ErrorClass } from "./entry.ts";

/** The error tables of the vendor's three pages, as they stand there. */
const documented: Readonly<Record<Exclude<Verb, "GET">, readonly string[]>> = {
  POST: [
    "2621462 2621706 2621707 5373969 5373970 5373971 5373972 5373977 5373978 5373997 5374078 5374142 5374145 5374147",
    "5374149 5374150 5374855 5374856 5374900",
  ],
  PATCH: ["2621462 2621706 2621707 5374145 5374147 5374149 5374150 5374155 5374855 5374856 5374895 5374900"],
  DELETE: ["2621462 2621706 2621707 5374148 5374895"],
};
const siblings = new Set(["5373992", "5373993", "5374039"]);

const common =
  "1 2 3 4 6 7 8 65541 65552 65562 262145 262160 262177 262179 262185 262186 262188 262190 262194 262196 262197 262198 262199 262200 262201 262202 262203 262210 262211 262212 262220 262222 262245 262247 262248 262249 262250 262254 262255 262268 262272 262273 262274 262275 262276 262277 262282 262286 262287 262288 262289 262290 262291 262292 262293 262294 263149 6691623 8586226 39387137";
const environment =
  "13 262155 262325 393271 458753 524424 655660 1115127 1260882 1967171 1967177 2426405 2428841 2621475 2621488 2621507 2621516 2621556 2621573 2621574 2621699 2621740 2621779 3276916 5373966 5374893 6619715 8585320 8585368 9241607 9699340 13172837 13434889 13434890 13434893 13434894 13434906 13434915 13434916 26345574 65536968 65537564";

const codesOf = (entries: (typeof catalogue)[keyof typeof catalogue]): readonly string[] =>
  entries.map(({ code }) => code ?? "");

describe("the tables", () => {
  it.each(["POST", "PATCH", "DELETE"] as const)("hold exactly the codes that the page of %s lists", (verb) => {
    const listed = catalogue.resource.filter(({ verbs }) => verbs.includes(verb));
    const wanted = documented[verb].flatMap((line) => line.split(" "));
    expect(codesOf(listed).filter((code) => !siblings.has(code))).toEqual(wanted);
  });

  it("hold the whole common table and every code that the environment is known to bring up", () => {
    expect(codesOf(catalogue.common)).toEqual(common.split(" "));
    expect(codesOf(catalogue.environment)).toEqual(environment.split(" "));
  });

  it("hold every code once", () => {
    const codes = allEntries.flatMap(({ code }) => code ?? []);
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });

  it.each(allEntries.map((entry) => [entry.code ?? entry.reason, entry] as const))(
    "explain %s to people",
    (_, entry) => {
      expect(entry.reason).toMatch(/^([A-Z][a-z0-9]+)+$/);
      expect(entry.sentence).toMatch(/^[A-Z].*\.$/);
      expect(entry.remedy).toMatch(/^[A-Z].*[.]$/);
      expect(entry.source).not.toBe("");
    },
  );

  it("share a reason only where people do the same thing", () => {
    for (const { reason } of allEntries) {
      const ways = entriesOfReason(reason).map((entry) => `${entry.class}: ${entry.remedy}`);
      expect([reason, new Set(ways).size]).toEqual([reason, 1]);
    }
  });
});

describe("meaningOfCode", () => {
  const cases: readonly {
    because: string;
    code: string | undefined;
    status: number;
    reason: string;
    class: ErrorClass;
  }[] = [
    {
      because: "the login's verdict, as measured",
      code: "6691623",
      status: 401,
      reason: "LoginRefused",
      class: "permission",
    },
    {
      because: "the login's verdict, as documented",
      code: "6691623",
      status: 400,
      reason: "LoginRefused",
      class: "permission",
    },
    { because: "a role's limit", code: "6", status: 403, reason: "PermissionDenied", class: "permission" },
    {
      because: "the code wins over the status",
      code: "5374147",
      status: 500,
      reason: "PasswordsEqual",
      class: "input",
    },
    {
      because: "absent, whatever the status",
      code: "5374895",
      status: 400,
      reason: "CredentialMissing",
      class: "converge",
    },
    { because: "absent, in general words", code: "4", status: 404, reason: "EntryMissing", class: "converge" },
    { because: "there already", code: "5374142", status: 409, reason: "CredentialExists", class: "converge" },
    { because: "there already, in general words", code: "1", status: 409, reason: "EntryExists", class: "converge" },
    {
      because: "an SVM may come back under another UUID",
      code: "2621462",
      status: 404,
      reason: "SvmMissing",
      class: "converge",
    },
    {
      because: "an administrator must act",
      code: "5374078",
      status: 400,
      reason: "IscsiServiceMissing",
      class: "environment",
    },
    {
      because: "unknown codes are told by their status",
      code: "77",
      status: 429,
      reason: "TooManyRequests",
      class: "environment",
    },
    { because: "no code at all", code: undefined, status: 401, reason: "LoginRefused", class: "permission" },
    {
      because: "a proxy's 404 says nothing about a credential",
      code: undefined,
      status: 404,
      reason: "NothingThere",
      class: "environment",
    },
    { because: "redirects are not followed", code: undefined, status: 302, reason: "Redirected", class: "environment" },
    {
      because: "an unknown refusal may pass",
      code: "99999999",
      status: 400,
      reason: "UnknownRefusal",
      class: "environment",
    },
    {
      because: "an unknown refusal with a good status",
      code: "99999999",
      status: 200,
      reason: "UnknownRefusal",
      class: "environment",
    },
    {
      because: "a proxy's own status",
      code: undefined,
      status: 599,
      reason: "UnknownServerError",
      class: "environment",
    },
    {
      because: "names of JavaScript are no codes",
      code: "constructor",
      status: 400,
      reason: "UnknownRefusal",
      class: "environment",
    },
  ];
  it.each(cases)("$because", ({ code, status, reason, class: expected }) => {
    expect(meaningOfCode(code, status, "PATCH")).toMatchObject({ code, reason, class: expected });
  });

  it.each(["2", "3", "262179", "262185", "262197", "262199", "262245", "262247", "5374149"])(
    "a read that is refused with %s is never the object's fault, nor for good",
    (code) => {
      expect(meaningOfCode(code, 400, "GET")).toMatchObject({
        code,
        reason: "ReadRefused",
        class: "environment",
        pace: "slow",
      });
      expect(meaningOfCode(code, 400, "GET").remedy).not.toMatch(/Secret|object/);
    },
  );

  it("a read keeps the meanings that are not about its words", () => {
    for (const code of ["1", "4", "6", "2621462", "5374895", "6691623", "262160"]) {
      expect(meaningOfCode(code, 400, "GET")).toEqual(meaningOfCode(code, 400, "PATCH"));
    }
  });

  it("a role is to blame for code 6, or for a 403 that says no more", () => {
    const roles = [meaningOfCode("6", 403, "GET"), meaningOfCode(undefined, 403, "GET")].map(({ reason }) => reason);
    expect(roles).toEqual(["PermissionDenied", "PermissionDenied"]);
    expect(meaningOfCode("262331", 403, "PATCH")).toMatchObject({ reason: "UnknownRefusal", class: "environment" });
  });

  it("has a meaning for all other codes and statuses, keeps the code, and never blames the object", () => {
    fc.assert(
      fc.property(fc.option(fc.string(), { nil: undefined }), fc.integer({ min: 100, max: 999 }), (code, status) => {
        const meaning = meaningOfCode(code, status, "POST");
        fc.pre(code === undefined || !isKnownCode(code));
        expect(meaning.code).toBe(code);
        expect(meaning.class).not.toBe("input");
      }),
    );
  });
});

it("a check of ours can name the code it foresees", () => {
  const foreseen = ["5374145", "5374147", "5374149", "5374150", "5374155", "5374855", "5374856", "5374900"] as const;
  for (const code of foreseen satisfies readonly KnownCode[]) {
    expect(entryOfCode(code)).toMatchObject({ code, class: "input" });
  }
});

it("no answer is never the object's fault", () => {
  for (const entry of catalogue.troubles) expect(["environment", "permission"]).toContain(entry.class);
  expect(meaningOfTrouble("timeout")).toMatchObject({ code: undefined, reason: "AnswerTimeout", pace: "soon" });
});
