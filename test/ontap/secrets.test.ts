import { inspect } from "node:util";
import { describe, expect, test } from "vitest";

import type { CredentialId } from "../../src/array/identifiers.ts";
import type { Login, OntapArray } from "../../src/array/port.ts";
import { createAuthority } from "../../src/simulator/certificates.ts";
import { SecretText } from "../../src/std/secret-text.ts";
import { accessTo, initiator, openArray, pair, signal, startArrayOnSimulator } from "./array-on-simulator.ts";
import { callNames, everyCall, passwords } from "./every-call.ts";
import { httpAnswer, startRawServer } from "../../tools/harness/raw-server.ts";

/**
 * An array, or something that stands before it, says everything back that it was told: the login and the passwords,
 * in every encoding and every place of an answer. No failure may show any of it.
 */

const loginPassword = "pL:uT 3%vXnQe";
const token = "tKd-hXw.4_5~6+7/8Zz=";
const canaries = [...Object.values(passwords), loginPassword, token];

const id = { svm: "02c9e252-41be-11e9-81d5-00a0986138f7", initiator } as CredentialId;

const logins: Readonly<Record<string, Login>> = {
  basic: { method: "basic", user: "admin", password: new SecretText(loginPassword) },
  bearer: { method: "bearerToken", token: new SecretText(token) },
};

/** What was told, as an attentive enemy would write it. */
const encodings: Readonly<Record<string, (request: string) => string>> = {
  "as it is": (request) => request,
  "percent-encoded": (request) => encodeURIComponent(request),
  "as a form": (request) => new URLSearchParams({ request }).toString(),
  "as JSON within JSON": (request) => JSON.stringify({ request }),
  "in base64": (request) => Buffer.from(request).toString("base64"),
  "in base64, one byte on": (request) => Buffer.from(`.${request}`).toString("base64"),
  "in base64 for URLs, two bytes on": (request) => Buffer.from(`..${request}`).toString("base64url"),
  "in hex": (request) => Buffer.from(request).toString("hex"),
  "in HEX": (request) => Buffer.from(request).toString("hex").toUpperCase(),
};

const places: Readonly<Record<string, (echo: string) => Buffer>> = {
  "ONTAP's message": (echo) => httpAnswer(400, JSON.stringify({ error: { code: "262197", message: `bad: ${echo}` } })),
  "ONTAP's target": (echo) => httpAnswer(409, JSON.stringify({ error: { code: "1", message: "m", target: echo } })),
  "ONTAP's code": (echo) => httpAnswer(500, JSON.stringify({ error: { code: echo, message: "m" } })),
  "a proxy's page": (echo) => httpAnswer(502, `<html>${echo}</html>`),
  "a page with a good status": (echo) => httpAnswer(200, `<html>${echo}</html>`),
  "a record": (echo) =>
    httpAnswer(200, JSON.stringify({ records: [{ svm: { uuid: echo }, initiator: echo, name: echo }] })),
  "a next link": (echo) => httpAnswer(200, JSON.stringify({ records: [], _links: { next: { href: echo } } })),
  "no HTTP": (echo) => Buffer.from(echo),
};

/** The secrets in a request, as the server sees them: the Authorization header decoded and as it came, and the body. */
function told(request: string): readonly string[] {
  const [head = "", body = ""] = Buffer.from(request, "latin1").toString("utf8").split("\r\n\r\n");
  const authorization = /^authorization: (?:Basic|Bearer) (.*)$/im.exec(head)?.[1] ?? "";
  const parsed = body === "" ? [] : Object.values((JSON.parse(body) as { chap?: object }).chap ?? {});
  return [
    authorization,
    Buffer.from(authorization, "base64").toString(),
    body,
    ...parsed.map((pair) => (pair as { password: string }).password),
  ];
}

/** Pieces of six characters of a secret, looked for plainly and in whatever can be decoded. */
function leaksIn(failure: unknown): readonly string[] {
  const shown = `${JSON.stringify(failure)} ${inspect(failure, { depth: 10 })}`;
  const runs = shown.match(/[\w+/=-]{8,}/g) ?? [];
  const readings = [
    shown,
    shown.replaceAll("\\", ""),
    ...runs.flatMap((run) => [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), "base64").toString())),
    ...(shown.match(/(?:[0-9a-fA-F]{2}){6,}/g) ?? []).flatMap((run) =>
      [0, 1].map((skip) => Buffer.from(run.slice(skip), "hex").toString()),
    ),
    shown.replaceAll(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  ];
  return canaries.flatMap((canary) =>
    Array.from({ length: canary.length - 5 }, (_, at) => canary.slice(at, at + 6)).filter((piece) =>
      readings.some((reading) => reading.includes(piece)),
    ),
  );
}

test("the search itself finds what is there", () => {
  expect(leaksIn({ detail: Buffer.from(`x${loginPassword}`).toString("base64") })).not.toEqual([]);
  expect(leaksIn({ detail: encodeURIComponent(token) })).not.toEqual([]);
  expect(leaksIn({ detail: passwords.inbound })).not.toEqual([]);
  expect(leaksIn({ detail: Buffer.from(passwords.outbound).toString("hex") })).not.toEqual([]);
  expect(leaksIn({ detail: "The login is refused." })).toEqual([]);
});

describe.each(Object.keys(logins))("login %s, everything said back", (method) => {
  test.each(Object.keys(places))("in %s", async (place) => {
    let respond: (request: string) => Buffer = () => Buffer.alloc(0);
    await using server = await startRawServer((socket, request) => socket.end(respond(request)));
    const trust = { caPem: server.caPem, serverName: undefined, insecureSkipVerify: false };
    const array = openArray(
      accessTo(server.url, { trust, login: logins[method] ?? accessTo("").login, requestTimeoutMs: 1000 }),
    );
    for (const encode of Object.values(encodings)) {
      respond = (request) => places[place]?.(told(request).map(encode).join(" ")) ?? Buffer.alloc(0);
      for (const name of callNames) {
        const result = await everyCall[name](array, id, signal);
        expect(leaksIn(result)).toEqual([]);
      }
    }
    await array.close();
  });
});

test("the simulator's refusals, lost answers and broken handshakes show nothing either", async () => {
  const user = { user: "admin", password: loginPassword };
  await using world = await startArrayOnSimulator({ logins: [user] });
  const access = { login: logins["basic"] ?? accessTo("").login, requestTimeoutMs: 200 };
  const breakers = [
    () => world.simulator.sideDoor.addFault({ effect: "error", code: "5374145", times: 1 }),
    () => world.simulator.sideDoor.addFault({ effect: "lose-answer", times: 3 }),
    () => world.simulator.sideDoor.addFault({ effect: "hang", times: 3 }),
    () => world.simulator.sideDoor.addFault({ effect: "truncate", bytes: 5, times: 3 }),
    () => world.simulator.sideDoor.act({ do: "show-certificate", kind: "expired" }),
    () => world.simulator.sideDoor.act({ do: "show-certificate", kind: "wrong-name" }),
    () => world.simulator.sideDoor.act({ do: "abort-handshakes", abort: true }),
    () => world.simulator.sideDoor.act({ do: "refuse-connections" }),
  ];
  for (const breakIt of breakers) {
    await world.simulator.sideDoor.clearFaults();
    await breakIt();
    const array = world.open(access);
    for (const name of callNames) expect(leaksIn(await everyCall[name](array, world.id, signal))).toEqual([]);
  }
});

test("nothing of an open array can be printed", async () => {
  const array = openArray(accessTo("https://127.0.0.1:1", { login: logins["basic"] ?? accessTo("").login }));
  expect(leaksIn(array)).toEqual([]);
  expect(leaksIn(await array.svms(signal))).toEqual([]);
  await array.close();
});

describe("what an array shows in a success", () => {
  /** An array that holds whatever a test says under every name. */
  async function arrayThatShows(shown: () => string): Promise<{ array: OntapArray } & AsyncDisposable> {
    const server = await startRawServer((socket, request) => {
      const record = {
        uuid: id.svm,
        name: shown(),
        state: shown(),
        version: { full: shown() },
        svm: { uuid: id.svm },
        initiator,
        authentication_type: "chap",
        chap: { inbound: { user: shown() }, outbound: { user: "out" } },
      };
      const body = /^GET \S+\/(?:svms|credentials)\?/.test(request) ? { records: [record] } : record;
      socket.write(httpAnswer(200, JSON.stringify(body)));
    });
    const trust = { caPem: server.caPem, serverName: undefined, insecureSkipVerify: false };
    const array = openArray(accessTo(server.url, { trust, login: logins["basic"] ?? accessTo("").login }));
    return {
      array,
      async [Symbol.asyncDispose]() {
        await array.close();
        await server[Symbol.asyncDispose]();
      },
    };
  }

  const creation = (password: string, user = "in") => ({
    authentication: { type: "chap", inbound: pair(user, password), outbound: undefined } as const,
    addresses: undefined,
  });

  test.each(Object.entries(encodings))(
    "%s, the login or a password: no name, state or user shows it",
    async (_, encode) => {
      for (const secret of [loginPassword, passwords.inbound]) {
        await using world = await arrayThatShows(() => `x ${encode(secret)}`);
        await world.array.createCredential(id, creation(passwords.inbound), signal);
        for (const read of ["svms", "cluster", "credentials", "credential"] as const) {
          const result = await everyCall[read](world.array, id, signal);
          expect([read, result.ok, leaksIn(result.ok ? printable(result.value) : result)]).toEqual([read, true, []]);
        }
      }
    },
  );

  test("a user name that we sent stays, also if it is the password as well", async () => {
    await using world = await arrayThatShows(() => "one-for-both");
    await world.array.createCredential(id, creation("one-for-both", "one-for-both"), signal);
    expect(await world.array.credential(id, signal)).toMatchObject({
      ok: true,
      value: { inboundUser: "one-for-both" },
    });
  });

  /** Maps are invisible to JSON. */
  const printable = (value: unknown): string =>
    JSON.stringify(value, (_, inner: unknown) => (inner instanceof Map ? [...inner] : inner));
});

test("an answer that quotes an earlier request shows nothing of it", async () => {
  let earlier = "";
  await using server = await startRawServer((socket, request) => {
    const answer = JSON.stringify({ error: { code: "99999", message: `busy with: ${earlier}` } });
    earlier ||= told(request).join(" ");
    socket.write(httpAnswer(400, answer));
  });
  const trust = { caPem: server.caPem, serverName: undefined, insecureSkipVerify: false };
  const array = openArray(accessTo(server.url, { trust, login: logins["basic"] ?? accessTo("").login }));
  await everyCall.create(array, id, signal);
  for (const name of callNames) {
    const result = await everyCall[name](array, id, signal);
    expect(result).toMatchObject({
      ok: false,
      error: { answer: { message: expect.stringContaining("busy") as string } },
    });
    expect(leaksIn(result)).toEqual([]);
  }
  await array.close();
});

test("the key of a client certificate is not searched for: it never goes over the wire", async () => {
  const { certificatePem, keyPem } = await (
    await createAuthority({ commonName: "ca" })
  ).issue({
    commonName: "operator",
    usage: "client",
  });
  await using server = await startRawServer((socket) => {
    socket.write(httpAnswer(400, JSON.stringify({ error: { code: "99999", message: keyPem.split("\n")[1] } })));
  });
  const trust = { caPem: server.caPem, serverName: undefined, insecureSkipVerify: false };
  const login = { method: "clientCertificate", certificatePem, keyPem: new SecretText(keyPem) } as const;
  const array = openArray(accessTo(server.url, { trust, login }));
  const [, firstLine = ""] = keyPem.split("\n");
  expect(await array.svms(signal)).toMatchObject({ ok: false, error: { answer: { message: firstLine } } });
  await array.close();
});
