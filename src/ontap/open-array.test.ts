import { describe, expect, test } from "vitest";

import { createManualClock } from "../../test/harness/manual-clock.ts";
import { unmeasured } from "../../test/harness/unmeasured.ts";
import { createScriptedSend, lost, ontapError, reply, type Script } from "../../test/ontap/scripted-send.ts";
import type { CredentialChange, CredentialCreation } from "../array/credential.ts";
import type { CredentialId } from "../array/identifiers.ts";
import type { ArrayAccess, OntapArray } from "../array/port.ts";
import { SecretText } from "../std/secret-text.ts";
import { createOpenArray } from "./open-array.ts";
import type { HttpRequest } from "./send.ts";

const signal = new AbortController().signal;
const id = { svm: "02c9e252-41be-11e9-81d5-00a0986138f7", initiator: "iqn.1994-05.com.redhat:a" } as CredentialId;
const identity = { svm: { uuid: id.svm }, initiator: id.initiator };
const pair = (user: string) => ({ user, password: new SecretText(`password of ${user}`) });
const chap = { type: "chap", inbound: pair("in"), outbound: undefined } as const;

const access: ArrayAccess = {
  endpoint: "https://array",
  login: { method: "basic", user: "admin", password: new SecretText("login password") },
  trust: { caPem: undefined, serverName: undefined, insecureSkipVerify: false },
  maxConcurrentRequests: 4,
  requestTimeoutMs: 1000,
};

function anArray(...script: Script): {
  array: OntapArray;
  asked: () => readonly string[];
  requests: readonly HttpRequest[];
} {
  const { send, requests } = createScriptedSend(...script);
  const open = createOpenArray({
    clock: createManualClock(),
    openTransport: () => ({ send, close: () => Promise.resolve() }),
  });
  return { array: open(access, unmeasured), requests, asked: () => requests.map(({ verb }) => verb) };
}

const heldChap = { ...identity, authentication_type: "chap", chap: { inbound: { user: "in" } } };
const heldNone = { ...identity, authentication_type: "none" };
const absent = ontapError(404, "4", "entry doesn't exist");
const done = reply(200, {});

const success = /^done$/;

interface LostWrite {
  readonly because: string;
  readonly script: Script;
  /** Reason and detail of the failure; left out for success. */
  readonly ends?: RegExp;
  readonly asked: string;
}

describe("a creation", () => {
  const creation: CredentialCreation = { authentication: chap, addresses: undefined };
  const cases: readonly LostWrite[] = [
    { because: "answered", script: [reply(201, {})], asked: "POST" },
    {
      because: "it was there: nothing is read, the caller looks again",
      script: [ontapError(409, "5374142")],
      ends: /^CredentialExists: $/,
      asked: "POST",
    },
    {
      because: "never sent: there is nothing to look for",
      script: [lost("refused", false)],
      ends: /^ConnectionRefused: $/,
      asked: "POST",
    },
    { because: "lost, and there as wanted", script: [lost(), reply(200, heldChap)], asked: "POST GET" },
    { because: "timed out, and there as wanted", script: [lost("timeout"), reply(200, heldChap)], asked: "POST GET" },
    {
      because: "a gateway gave up, and it is there",
      script: [reply(504, "<html>"), reply(200, heldChap)],
      asked: "POST GET",
    },
    {
      because: "an RPC timed out inside, and it is there",
      script: [ontapError(500, "65541"), reply(200, heldChap)],
      asked: "POST GET",
    },
    {
      because: "a success that is no JSON, and it is there",
      script: [reply(200, "<html>"), reply(200, heldChap)],
      asked: "POST GET",
    },
    {
      because: "a job, which this never is, and it is there",
      script: [reply(202, { job: {} }), reply(200, heldChap)],
      asked: "POST GET",
    },
    {
      because: "lost, and not there",
      script: [lost(), absent],
      ends: /^ConnectionLost: .*holds no such credential/,
      asked: "POST GET",
    },
    {
      because: "lost, and somebody else's is there",
      script: [lost("timeout"), reply(200, { ...heldChap, chap: { inbound: { user: "other" } } })],
      ends: /^AnswerTimeout: .*does not show what was written/,
      asked: "POST GET",
    },
    {
      because: "lost, and there with an outbound user that we never sent",
      script: [lost(), reply(200, { ...heldChap, chap: { inbound: { user: "in" }, outbound: { user: "out" } } })],
      ends: /^ConnectionLost: .*does not show what was written/,
      asked: "POST GET",
    },
    {
      because: "lost, and there with addresses that we never sent",
      script: [
        lost(),
        reply(200, { ...heldChap, initiator_address: { ranges: [{ start: "10.0.0.1", end: "10.0.0.1" }] } }),
      ],
      ends: /^ConnectionLost: .*does not show what was written/,
      asked: "POST GET",
    },
    {
      because: "lost, and the look fails too",
      script: [lost(), reply(503, "<html>")],
      ends: /^ConnectionLost: .*reading it back failed with ServiceUnavailable/,
      asked: "POST GET",
    },
    {
      because: "turned away this time: it was not done",
      script: [reply(503, "<html>", 1000)],
      ends: /^ServiceUnavailable: $/,
      asked: "POST",
    },
  ];
  test.each(cases)("$because", async ({ script, ends = success, asked: expected }) => {
    const { array, asked } = anArray(...script);
    const result = await array.createCredential(id, creation, signal);
    expect(asked().join(" ")).toBe(expected);
    expect(outcomeOf(result)).toMatch(ends);
  });
});

describe("a change", () => {
  const password: CredentialChange = { authentication: chap, addresses: undefined };
  const none: CredentialChange = { authentication: { type: "none" }, addresses: undefined };
  const addresses = (merge: "replace" | "add" | "remove"): CredentialChange => ({
    authentication: undefined,
    addresses: { merge, ranges: [{ start: "10.0.0.1", end: "10.0.0.2" }], masks: [] },
  });
  const withAddresses = (start: string, end: string) => ({
    ...heldNone,
    initiator_address: { ranges: [{ start, end }] },
  });
  const cases: readonly (LostWrite & { readonly change: CredentialChange })[] = [
    { because: "answered", change: password, script: [done], asked: "PATCH" },
    {
      because: "it is not there: the caller looks again",
      change: password,
      script: [ontapError(404, "5374895")],
      ends: /^CredentialMissing: $/,
      asked: "PATCH",
    },
    {
      because: "lost, and all of it is seen",
      change: none,
      script: [lost(), reply(200, heldNone)],
      asked: "PATCH GET",
    },
    {
      because: "lost, and it is not seen",
      change: none,
      script: [lost(), reply(200, heldChap)],
      ends: /^ConnectionLost: .*does not show/,
      asked: "PATCH GET",
    },
    {
      because: "lost, and a password cannot be seen: once more",
      change: password,
      script: [lost(), reply(200, heldChap), done],
      asked: "PATCH GET PATCH",
    },
    {
      because: "lost twice",
      change: password,
      script: [lost(), reply(200, heldChap), lost("timeout")],
      ends: /^AnswerTimeout: .*second attempt/,
      asked: "PATCH GET PATCH",
    },
    {
      because: "lost, and meanwhile somebody deleted it",
      change: password,
      script: [lost(), absent],
      ends: /^ConnectionLost: .*holds no such/,
      asked: "PATCH GET",
    },
    {
      because: "replaced addresses are seen",
      change: addresses("replace"),
      script: [lost(), reply(200, withAddresses("10.0.0.1", "10.0.0.2"))],
      asked: "PATCH GET",
    },
    {
      because: "more addresses than the replacement",
      change: addresses("replace"),
      script: [lost(), reply(200, withAddresses("10.0.0.1", "10.0.0.3"))],
      ends: /^ConnectionLost: .*does not show/,
      asked: "PATCH GET",
    },
    {
      because: "added addresses are among them",
      change: addresses("add"),
      script: [lost(), reply(200, withAddresses("10.0.0.0", "10.0.0.9"))],
      asked: "PATCH GET",
    },
    {
      because: "removed addresses are gone",
      change: addresses("remove"),
      script: [lost(), reply(200, withAddresses("10.0.0.3", "10.0.0.9"))],
      asked: "PATCH GET",
    },
    {
      because: "a removed address is still there",
      change: addresses("remove"),
      script: [lost(), reply(200, withAddresses("10.0.0.2", "10.0.0.9"))],
      ends: /^ConnectionLost: .*does not show/,
      asked: "PATCH GET",
    },
  ];
  test.each(cases)("$because", async ({ change, script, ends = success, asked: expected }) => {
    const { array, asked } = anArray(...script);
    const result = await array.changeCredential(id, change, signal);
    expect(asked().join(" ")).toBe(expected);
    expect(outcomeOf(result)).toMatch(ends);
  });
});

describe("a removal", () => {
  const cases: readonly LostWrite[] = [
    { because: "answered", script: [done], asked: "DELETE" },
    { because: "it was not there, in the resource's code", script: [ontapError(404, "5374895")], asked: "DELETE" },
    { because: "it was not there, in general words", script: [absent], asked: "DELETE" },
    {
      because: "the SVM is gone: the caller looks its name up again",
      script: [ontapError(404, "2621462")],
      ends: /^SvmMissing: $/,
      asked: "DELETE",
    },
    {
      because: "a proxy's 404 is no absence",
      script: [reply(404, "<html>not found</html>")],
      ends: /^NothingThere: $/,
      asked: "DELETE",
    },
    { because: "lost, and gone", script: [lost(), absent], asked: "DELETE GET" },
    {
      because: "lost, and still there",
      script: [lost(), reply(200, heldNone)],
      ends: /^ConnectionLost: .*does not show/,
      asked: "DELETE GET",
    },
  ];
  test.each(cases)("$because", async ({ script, ends = success, asked: expected }) => {
    const { array, asked } = anArray(...script);
    const result = await array.removeCredential(id, signal);
    expect(asked().join(" ")).toBe(expected);
    expect(outcomeOf(result)).toMatch(ends);
  });
});

describe("reads", () => {
  test("an absent credential is undefined, a proxy's 404 a failure", async () => {
    const { array } = anArray(absent, ontapError(404, "5374895"), reply(404, "<html>"));
    expect(await array.credential(id, signal)).toEqual({ ok: true, value: undefined });
    expect(await array.credential(id, signal)).toEqual({ ok: true, value: undefined });
    expect(outcomeOf(await array.credential(id, signal))).toMatch(/^NothingThere/);
  });

  test("another credential than asked for is no answer", async () => {
    const other = { ...heldNone, svm: { uuid: "11111111-41be-11e9-81d5-00a0986138f7" } };
    const { array } = anArray(reply(200, other), reply(200, { records: [other] }));
    expect(outcomeOf(await array.credential(id, signal))).toMatch(/^AnswerUnexpected: another credential/);
    expect(outcomeOf(await array.credentials(id.svm, signal))).toMatch(/^AnswerUnexpected: a record of another SVM/);
  });

  test("next links are followed as they stand, through empty pages to the end", async () => {
    const next = (href: string) => ({ _links: { next: { href } } });
    const { array, requests } = anArray(
      reply(200, { records: [heldNone], ...next("/api/protocols/san/iscsi/credentials?start.initiator=b&fields=*") }),
      reply(200, { records: [], ...next("/api//protocols/san/iscsi/credentials?start.initiator=c") }),
      reply(200, {
        records: [
          { ...heldChap, initiator: "default" },
          { ...heldNone, initiator: "not an IQN" },
        ],
      }),
    );
    const read = await array.credentials(id.svm, signal);
    expect(read.ok ? [...read.value.keys()] : read.error).toEqual([id.initiator, "default"]);
    expect(requests.slice(1).map(({ path }) => path)).toEqual([
      "/api/protocols/san/iscsi/credentials?start.initiator=b&fields=*",
      "/api//protocols/san/iscsi/credentials?start.initiator=c",
    ]);
  });

  test.each([["https://evil.example.com/api/x"], ["/api/../x"], ["//evil/api/"]])(
    "a next link to %s is not followed",
    async (href) => {
      const { array, asked } = anArray(reply(200, { records: [], _links: { next: { href } } }));
      expect(outcomeOf(await array.svms(signal))).toMatch(/^AnswerUnexpected: a next link/);
      expect(asked()).toHaveLength(1);
    },
  );

  test("pages without end come to one", async () => {
    const page = reply(200, { records: [], _links: { next: { href: "/api/svm/svms?start.name=a" } } });
    const { array, asked } = anArray(...Array.from({ length: 1000 }, () => page));
    expect(outcomeOf(await array.svms(signal))).toMatch(/^AnswerUnexpected: pages without end/);
    expect(asked()).toHaveLength(1000);
  });

  test("a refused login and a role's limit are told as such", async () => {
    const { array: refusing } = anArray(ontapError(401, "6691623", "User is not authorized."));
    expect(outcomeOf(await refusing.svms(signal))).toMatch(/^LoginRefused/);
    const { array: limiting } = anArray(ontapError(403, "6"));
    expect(outcomeOf(await limiting.cluster(signal))).toMatch(/^PermissionDenied/);
  });

  test("an error inside a 200 is an error", async () => {
    const { array } = anArray(ontapError(200, "262145"));
    expect(outcomeOf(await array.svms(signal))).toMatch(/^UnexpectedException/);
  });
});

test("whoever gives up gets the reason thrown, not a failure", async () => {
  const { array, requests } = anArray();
  await expect(array.svms(AbortSignal.abort(new Error("shutting down")))).rejects.toThrow("shutting down");
  expect(requests).toEqual([]);
});

test("a body is a secret until it is sent", async () => {
  const { array, requests } = anArray(done);
  await array.changeCredential(id, { authentication: chap, addresses: undefined }, signal);
  expect(JSON.stringify(requests)).not.toContain("password of in");
});

function outcomeOf(result: Awaited<ReturnType<OntapArray[keyof Omit<OntapArray, "close" | "loginRefusals">]>>): string {
  return result.ok ? "done" : `${result.error.meaning.reason}: ${result.error.detail ?? ""}`;
}
