import { describe, expect, test } from "vitest";
import { parseIscsiCredential, parseOntapConnection } from "./parse.ts";

const metadata = { name: "node-a", namespace: "databases" };
const leastSpec = {
  connectionRef: { name: "prod-a" },
  svm: { name: "svm1" },
  initiator: "iqn.1994-05.com.redhat:a",
  authenticationType: "none",
};
const leastConnection = {
  endpoint: "https://cluster1.example.com",
  auth: { basic: { secretRef: { name: "ontap-login" } } },
};

const problemsOf = (spec: unknown): readonly string[] => {
  const parsed = parseIscsiCredential({ metadata, spec });
  return parsed?.spec.ok === false ? parsed.spec.error : [];
};
const connectionProblemsOf = (spec: unknown): readonly string[] => {
  const parsed = parseOntapConnection({ metadata, spec });
  return parsed?.spec.ok === false ? parsed.spec.error : [];
};
const grant = { namespaces: { names: ["databases"] }, svms: ["svm1"], initiators: ["*"] };

describe("what is wrong with a spec, in our own words", () => {
  test.each<{ spec: object; says: string }>([
    { spec: { connectionRef: undefined }, says: "connectionRef is missing; add it" },
    { spec: { connectionRef: "prod-a" }, says: "connectionRef must be a map, but is text; correct it" },
    { spec: { connectionRef: { name: 5 } }, says: "connectionRef.name must be text, but is a number; correct it" },
    {
      spec: { connectionRef: { name: "Prod-A" } },
      says: 'connectionRef.name must be a name of lower-case letters, digits, - and ., such as prod-a, but is "Prod-A"; correct it',
    },
    { spec: { connectionRef: { name: "" } }, says: "connectionRef.name must have at least 1 character; correct it" },
    {
      spec: { authenticationType: undefined },
      says: "authenticationType is missing; set it to chap, none or deny",
    },
    {
      spec: { authenticationType: "CHAP" },
      says: 'authenticationType must be chap, none or deny, but is "CHAP"; correct it',
    },
    { spec: { suspend: "yes" }, says: "suspend must be true or false, but is text; correct it" },
    { spec: { suspend: null }, says: "suspend must be true or false, but is empty; correct it" },
    { spec: { svm: {} }, says: "svm: set exactly one of name and uuid" },
    {
      spec: {
        initiatorAddress: {
          ranges: [
            { start: "10.0.0.1", end: "10.0.0.2" },
            { start: "b", end: "c" },
          ],
        },
      },
      says: "initiatorAddress.ranges[1]: start and end must each be an IPv4 or IPv6 address without zone or embedded IPv4, such as 10.0.0.1 or fd00::1",
    },
    {
      spec: {
        initiatorAddress: { ranges: Array.from({ length: 65 }, () => ({ start: "10.0.0.1", end: "10.0.0.1" })) },
      },
      says: "initiatorAddress.ranges must have at most 64 entries; correct it",
    },
  ])("$says", ({ spec, says }) => {
    expect(problemsOf({ ...leastSpec, ...spec })).toContain(says);
  });

  test.each<{ spec: object; says: string }>([
    {
      spec: { limits: { maxConcurrentRequests: 21 } },
      says: "limits.maxConcurrentRequests must be at most 20; correct it",
    },
    {
      spec: { limits: { maxConcurrentRequests: 1.5 } },
      says: "limits.maxConcurrentRequests must be a whole number, but is a number; correct it",
    },
    { spec: { grants: {} }, says: "grants must be a list, but is a map; correct it" },
    { spec: { grants: [{ ...grant, svms: [] }] }, says: "grants[0].svms must have at least 1 entry; correct it" },
    {
      spec: { grants: [grant, { ...grant, initiators: ["*", "iqn.*:a"] }] },
      says: "grants[1].initiators[1]: initiators: * must be the last character of a pattern; write one pattern for each beginning",
    },
    {
      spec: { grants: [{ ...grant, namespaces: { selector: { matchLabels: { "a b": "c" } } } }] },
      says: "grants[0].namespaces.selector.matchLabels.a b: the key must be a label key, such as team or example.com/team; correct it",
    },
  ])("$says", ({ spec, says }) => {
    expect(connectionProblemsOf({ ...leastConnection, ...spec })).toContain(says);
  });

  test("no spec at all", () => {
    expect(problemsOf(undefined)).toEqual(["spec is missing; add it"]);
    expect(problemsOf("text")).toEqual(["spec must be a map, but is text; correct it"]);
  });

  test("none of zod's own words, whatever stands in whichever field", () => {
    const junk = [null, 5, 1.5, "", "\n", [], {}, true, [[]], [{}], [5], "x".repeat(100_000), -1];
    const fields = ["connectionRef", "svm", "initiator", "chap", "initiatorAddress", "mode", "resyncInterval"];
    const connectionFields = ["endpoint", "auth", "tls", "grants", "limits", "resyncInterval"];
    const grantFields = [
      "namespaces",
      "svms",
      "initiators",
      "authenticationTypes",
      "addresses",
      "deletion",
      "maxCredentials",
    ];
    const nested = (field: string): readonly object[] => junk.map((value) => ({ [field]: value }));
    const problems = [
      ...fields.flatMap(nested).flatMap((spec) => problemsOf({ ...leastSpec, ...spec })),
      ...connectionFields.flatMap(nested).flatMap((spec) => connectionProblemsOf({ ...leastConnection, ...spec })),
      ...grantFields
        .flatMap(nested)
        .flatMap((spec) => connectionProblemsOf({ ...leastConnection, grants: [{ ...grant, ...spec }] })),
    ];
    expect(problems.length).toBeGreaterThan(150);
    expect(
      problems.filter((text) => /Invalid|expected|received|Too (small|big)|Unrecognized|not valid/.test(text)),
    ).toEqual([]);
    expect(problems.filter((text) => text.length > 500)).toEqual([]);
  });
});

describe("a status of another release", () => {
  const applied = {
    authenticationType: "chap",
    uid: "uid-1",
    generation: 3,
    time: "2026-11-30T12:00:00Z",
  };

  test("fields that this release does not know are left out", () => {
    const parsed = parseIscsiCredential({
      metadata,
      spec: leastSpec,
      status: { applied: { ...applied, colour: 1 }, mood: 2 },
    });
    expect(parsed?.status).toEqual({ applied });
  });

  test("a field that cannot be read takes no other with it", () => {
    const status = {
      observedGeneration: 3,
      applied,
      history: [{ time: applied.time, ready: "Perhaps", reason: "x", generation: 1 }],
      plan: { operation: "TRACE", changes: [] },
    };
    expect(parseIscsiCredential({ metadata, spec: leastSpec, status })?.status).toEqual({
      observedGeneration: 3,
      applied,
    });
  });

  test.each([undefined, null, "text", []])("%j counts as none", (status) => {
    expect(parseIscsiCredential({ metadata, spec: leastSpec, status })?.status ?? {}).toEqual({});
  });
});
