import { describe, expect, test } from "vitest";

import { createManualClock } from "../../test/harness/manual-clock.ts";
import { unmeasured } from "../../test/harness/unmeasured.ts";
import { createScriptedSend, lost, ontapError, reply, type Script } from "../../test/ontap/scripted-send.ts";
import type { CredentialChange, CredentialCreation } from "../array/credential.ts";
import type { CredentialId } from "../array/identifiers.ts";
import type { ArrayAccess, ArrayCalls, OntapArray } from "../array/port.ts";
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
      because: "put aside for approval: not sent again, and not looked for",
      script: [reply(202, { job: { uuid: "7", _links: { self: { href: "/api/cluster/jobs/7" } } } })],
      ends: /^ApprovalPending: HTTP 202, request \/api\/cluster\/jobs\/7$/,
      asked: "POST",
    },
    {
      because: "lost, and not there",
      script: [lost(), absent],
      ends: /^ConnectionLost: .*holds no such credential/,
      asked: "POST GET",
    },
    {
      because: "lost, and a foreign one is there",
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
      because: "lost, and meanwhile it was deleted",
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
      because: "put aside for approval: the secret is not sent again",
      change: password,
      script: [reply(202, {})],
      ends: /^ApprovalPending: HTTP 202$/,
      asked: "PATCH",
    },
    ...["2", "262179", "262185", "262197", "262245", "262247", "5374149", "5374150"].map((code) => ({
      because: `a release that cannot clear outbound says ${code}`,
      change: password,
      script: [ontapError(400, code, "refused", "chap.outbound.user")],
      ends: /^OutboundNotClearable: $/,
      asked: "PATCH",
    })),
    {
      because: "the same refusal of a change that clears nothing is about its values",
      change: { ...password, holdsOutbound: false },
      script: [ontapError(400, "262245")],
      ends: /^ValueRefused: $/,
      asked: "PATCH",
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

  test("tells what it removed from what was not there", async () => {
    const { array } = anArray(done, absent, lost(), absent);
    const results = [];
    for (let times = 0; times < 3; times += 1) results.push(await array.removeCredential(id, signal));
    expect(results).toEqual(["removed", "absent", "absent"].map((value) => ({ ok: true, value })));
  });

  test("changes and removals use the spelling that the array showed, of this name alone", async () => {
    const shownAs = "IQN.1994-05.COM.REDHAT:A";
    const { array, requests } = anArray(done, done, done);
    await array.removeCredential({ ...id, shownAs }, signal);
    await array.changeCredential({ ...id, shownAs }, { authentication: chap, addresses: undefined }, signal);
    await array.removeCredential({ ...id, shownAs: "iqn.1994-05.com.redhat:b" }, signal);
    const spelled = requests.map(({ path }) => decodeURIComponent(path.split("/").at(-1) ?? ""));
    expect(spelled).toEqual([shownAs, shownAs, id.initiator]);
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
    const { array } = anArray(reply(200, other), reply(200, { ...heldNone, initiator: "default" }));
    expect(outcomeOf(await array.credential(id, signal))).toMatch(/^AnswerUnexpected: another credential/);
    expect(outcomeOf(await array.credential(id, signal))).toMatch(/^AnswerUnexpected: another credential/);
  });

  test("what the path names need not be repeated in the record", async () => {
    const { array } = anArray(reply(200, { authentication_type: "deny" }));
    expect(await array.credential(id, signal)).toMatchObject({
      ok: true,
      value: { authenticationType: "deny", shownAs: id.initiator },
    });
  });

  const initiators = (read: Awaited<ReturnType<OntapArray["credentials"]>>) =>
    read.ok ? [...read.value.credentials.keys()] : read.error;

  test("one record that cannot be read costs itself, and is counted", async () => {
    const odd = { ...heldNone, initiator: "iqn.1994-05.com.redhat:odd", authentication_type: "kerberos" };
    const { array } = anArray(
      reply(200, { records: [{ initiator: 7 }, odd, heldNone, null, { ...identity, svm: 1 }] }),
    );
    const read = await array.credentials(id.svm, signal);
    expect(initiators(read)).toEqual([odd.initiator, id.initiator]);
    expect(read).toMatchObject({ ok: true, value: { pages: 1, unreadable: 4 } });
  });

  test("a record without an SVM is of the one asked for, unless the filter was not obeyed", async () => {
    const { svm: _, ...bare } = heldNone;
    const other = { ...heldNone, svm: { uuid: "11111111-41be-11e9-81d5-00a0986138f7" } };
    const { array } = anArray(reply(200, { records: [bare] }), reply(200, { records: [bare, other] }));
    expect(initiators(await array.credentials(id.svm, signal))).toEqual([id.initiator]);
    expect(await array.credentials(id.svm, signal)).toMatchObject({
      ok: true,
      value: { credentials: new Map(), unreadable: 1 },
    });
  });

  test("of two spellings of one name, the one that we write counts", async () => {
    const upper = { ...heldChap, initiator: id.initiator.toUpperCase() };
    const { array } = anArray(reply(200, { records: [upper, heldNone, upper] }));
    const read = await array.credentials(id.svm, signal);
    expect(read.ok && read.value.credentials.get(id.initiator)).toMatchObject({
      authenticationType: "none",
      shownAs: id.initiator,
    });
  });

  test("an SVM that cannot be read is left out, and one that comes twice counts once", async () => {
    const svm = { uuid: id.svm, name: "svm1" };
    const { array } = anArray(reply(200, { records: [{ uuid: "none", name: "x" }, svm, { ...svm, name: "again" }] }));
    expect(await array.svms(signal)).toMatchObject({ ok: true, value: { svms: [{ name: "svm1" }], unreadable: 1 } });
  });

  test.each(["2", "3", "262179", "262197", "262245"])("a read refused with %s may pass", async (code) => {
    const { array } = anArray(ontapError(400, code, "no", "fields"));
    expect(await array.credentials(id.svm, signal)).toMatchObject({
      ok: false,
      error: { meaning: { reason: "ReadRefused", class: "environment" } },
    });
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
    expect(read.ok ? [...read.value.credentials.keys()] : read.error).toEqual([id.initiator, "default"]);
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
    const { array, asked } = anArray(...Array.from({ length: 200 }, () => page));
    expect(outcomeOf(await array.svms(signal))).toBe("AnswerTooLarge: more than 200 pages");
    expect(asked()).toHaveLength(200);
  });

  test.each([
    [
      "a million records",
      `{"records":[${"{},".repeat(999_999)}{}]}`,
      "nested too deep, or too many values in one answer",
    ],
    [
      "deep nesting",
      `{"records":${"[".repeat(9000)}${"]".repeat(9000)}}`,
      "nested too deep, or too many values in one answer",
    ],
    [
      "many pages of many records",
      JSON.stringify({ records: Array(40_000).fill(1), _links: { next: { href: "/api/x" } } }),
      "more than 50000 records",
    ],
  ])("%s are this array's failure, in its own words", async (_, text, detail) => {
    const { array } = anArray(...Array.from({ length: 200 }, () => reply(200, text)));
    expect(outcomeOf(await array.svms(signal))).toBe(`AnswerTooLarge: ${detail}`);
  });

  test("a number beyond any number is a record that cannot be read", async () => {
    const { array } = anArray(reply(200, `{"records":[{"uuid":1e999,"name":${"9".repeat(5000)}}]}`));
    expect(await array.svms(signal)).toMatchObject({ ok: true, value: { svms: [], unreadable: 1 } });
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

test("a caller that gives up gets the reason thrown, not a failure", async () => {
  const { array, requests } = anArray();
  await expect(array.svms(AbortSignal.abort(new Error("shutting down")))).rejects.toThrow("shutting down");
  expect(requests).toEqual([]);
});

test("a body is a secret until it is sent", async () => {
  const { array, requests } = anArray(done);
  await array.changeCredential(id, { authentication: chap, addresses: undefined }, signal);
  expect(JSON.stringify(requests)).not.toContain("password of in");
});

function outcomeOf(result: Awaited<ReturnType<ArrayCalls[keyof ArrayCalls]>>): string {
  return result.ok ? "done" : `${result.error.meaning.reason}: ${result.error.detail ?? ""}`;
}

test("requests are made for whom they are asked", async () => {
  const { array, requests } = anArray(reply(200, { records: [] }), reply(200, { records: [] }));
  await array.svms(signal);
  await array.as({ namespace: "team-a", urgency: "resync" }).svms(signal);
  expect(requests.map(({ from }) => from)).toEqual([
    { namespace: "", urgency: "change" },
    { namespace: "team-a", urgency: "resync" },
  ]);
});
