import { request as undiciRequest, Agent } from "undici";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { createAuthority } from "../../src/simulator/certificates.ts";
import { administrator, aCredential, credentials, iqn, startHarness, type Harness } from "./harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness({
    logins: [administrator, { user: "vsadmin", password: "svm-pw", svm: "svm1" }, { user: "robot", certificate: true }],
  });
});
afterEach(() => harness[Symbol.asyncDispose]());

const vsadmin = { user: "vsadmin", password: "svm-pw" };
const act = (action: Parameters<Harness["simulator"]["sideDoor"]["act"]>[0]) => harness.simulator.sideDoor.act(action);
const asUser = (user: string, password: string) => harness.call({ path: credentials, as: { user, password } });

describe("a refusal", () => {
  test("has the same status, code and text whatever is wrong", async () => {
    await act({ do: "put-login", user: "locked", password: "pw" });
    await act({ do: "lock-login", user: "locked" });
    const replies = [
      await asUser("nobody", "pw"),
      await asUser("admin", "wrong"),
      await asUser("locked", "pw"),
      await asUser("robot", ""),
      await harness.call({ path: credentials, as: null }),
      await harness.call({ path: credentials, as: null, headers: { authorization: "Bearer unknown" } }),
      await harness.call({ path: credentials, as: null, headers: { authorization: "Digest x" } }),
    ];
    for (const { status, body } of replies) {
      expect([status, body]).toEqual([401, { error: { message: "User is not authorized.", code: "6691623" } }]);
    }
  });

  test("comes before any look at the request", async () => {
    const { body } = await harness.call({
      method: "PUT",
      path: "/api/nonsense",
      as: { user: "admin", password: "wrong" },
    });
    expect(body.error.code).toBe("6691623");
  });
});

describe("a password", () => {
  test("may have any characters", async () => {
    await act({ do: "change-password", user: "admin", password: "Zürich: 100 €" });
    expect((await asUser("admin", "Zürich: 100 €")).status).toBe(200);
  });

  test("that is wrong five times locks the account for everybody, until it is unlocked", async () => {
    for (let attempt = 1; attempt <= 4; attempt += 1) await asUser("admin", "wrong");
    expect((await asUser("admin", administrator.password)).status).toBe(200);
    for (let attempt = 1; attempt <= 5; attempt += 1) await asUser("admin", "wrong");
    expect((await asUser("admin", administrator.password)).status).toBe(401);
    await act({ do: "unlock-login", user: "admin" });
    expect((await asUser("admin", administrator.password)).status).toBe(200);
  });
});

describe("a client certificate", () => {
  const withCertificate = async (
    certificate: { certificatePem: string; keyPem: string },
    ca = harness.simulator.caPem,
  ) => {
    const { certificatePem: cert, keyPem: key } = certificate;
    const dispatcher = new Agent({ connect: { ca, cert, key } });
    const { statusCode, body } = await undiciRequest(`${harness.simulator.url}/api/cluster`, { dispatcher });
    await body.text();
    await dispatcher.destroy();
    return statusCode;
  };

  test("logs in the user that is its common name, if that login takes certificates", async () => {
    expect(await withCertificate(await harness.simulator.sideDoor.clientCertificate("robot"))).toBe(200);
    expect(await withCertificate(await harness.simulator.sideDoor.clientCertificate("admin"))).toBe(401);
  });

  test("counts only from an authority that ONTAP knows", async () => {
    const stranger = await createAuthority({ commonName: "Stranger" });
    const certificate = await stranger.issue({ commonName: "robot", usage: "client" });
    expect(await withCertificate(certificate)).toBe(401);
    await using knowing = await startHarness({
      logins: [administrator, { user: "robot", certificate: true }],
      clientAuthorityPems: [stranger.certificatePem],
    });
    const dispatcher = new Agent({
      connect: { ca: knowing.simulator.caPem, cert: certificate.certificatePem, key: certificate.keyPem },
    });
    const { statusCode, body } = await undiciRequest(`${knowing.simulator.url}/api/cluster`, { dispatcher });
    await body.text();
    await dispatcher.destroy();
    expect(statusCode).toBe(200);
  });
});

describe("a bearer token", () => {
  const withToken = (token: string) =>
    harness.call({ path: credentials, as: null, headers: { authorization: `Bearer ${token}` } });

  test("logs in until it expires", async () => {
    await act({ do: "put-token", token: "t1", user: "admin", lifetimeMs: 60_000 });
    await act({ do: "put-token", token: "t2", user: "admin", lifetimeMs: 0 });
    expect((await withToken("t1")).status).toBe(200);
    expect((await withToken("t2")).status).toBe(401);
    await act({ do: "put-token", token: "t2", user: "admin", lifetimeMs: 60_000 });
    expect((await withToken("t2")).status).toBe(200);
  });
});

describe("the login of an SVM", () => {
  test("sees its SVM only, and may leave it out", async () => {
    const { body } = await harness.call({ path: credentials, as: vsadmin });
    expect(body.records).toHaveLength(1);
    const { svm: _, ...withoutSvm } = aCredential();
    expect((await harness.call({ method: "POST", path: credentials, body: withoutSvm, as: vsadmin })).status).toBe(201);
    expect((await harness.call({ path: "/api/svm/svms", as: vsadmin })).body.records).toMatchObject([{ name: "svm1" }]);
    expect((await harness.call({ path: "/api/cluster?fields=version", as: vsadmin })).status).toBe(200);
  });

  test("finds that no other SVM exists", async () => {
    const other = harness.pathOf("default").replace(harness.svm1, harness.svm2);
    expect((await harness.call({ path: other, as: vsadmin })).body.error.code).toBe("4");
    const patch = { method: "PATCH", path: other, body: { authentication_type: "deny" }, as: vsadmin };
    expect((await harness.call(patch)).body.error.code).toBe("2621462");
    const tunnel = { path: credentials, headers: { "X-Dot-SVM-Name": "svm2" }, as: vsadmin };
    expect((await harness.call(tunnel)).body.error.code).toBe("2621462");
  });

  test("dies with the SVM, also when one of the same name follows", async () => {
    await act({ do: "recreate-svm", svm: "svm1" });
    expect((await harness.call({ path: credentials, as: vsadmin })).status).toBe(401);
  });
});

describe("SVM tunnelling", () => {
  test.each(["X-Dot-SVM-Name", "X-Dot-SVM-UUID"])(
    "by %s narrows reads and stands in for svm in a body",
    async (header) => {
      const headers = { [header]: header.endsWith("Name") ? "svm2" : harness.svm2 };
      expect((await harness.get(credentials, headers)).body.num_records).toBe(1);
      const { svm: _, ...withoutSvm } = aCredential();
      const { headers: answered } = await harness.call({
        method: "POST",
        path: credentials,
        body: withoutSvm,
        headers,
      });
      expect(answered["location"]).toContain(harness.svm2);
      const mismatch = await harness.call({ method: "POST", path: credentials, body: aCredential(), headers });
      expect([mismatch.status, mismatch.body.error.code]).toEqual([400, "2621706"]);
    },
  );

  test("that contradicts the request is a mismatch, whether or not the other SVM exists", async () => {
    const headers = { "X-Dot-SVM-Name": "svm1" };
    const nowhere = "11111111-2222-4333-8444-555555555555";
    for (const svm of [{ uuid: nowhere }, { name: "svm9" }, { uuid: harness.svm2 }]) {
      const body = aCredential({ svm });
      const { status, body: answer } = await harness.call({ method: "POST", path: credentials, body, headers });
      expect([status, answer.error.code]).toEqual([400, "2621706"]);
    }
    const path = harness.pathOf(iqn).replace(harness.svm1, nowhere);
    const patched = await harness.call({ method: "PATCH", path, body: { authentication_type: "deny" }, headers });
    expect(patched.body.error.code).toBe("2621706");
  });

  test("to an SVM that is not there is refused", async () => {
    expect((await harness.get(credentials, { "X-Dot-SVM-Name": "svm9" })).body.error.code).toBe("2621462");
  });
});

describe("a role", () => {
  const limited = { user: "limited", password: "pw" };
  const allow = async (
    ...privileges: { path: string; access: "none" | "readonly" | "read_create_modify" | "all" }[]
  ) => {
    await act({ do: "put-role", name: "limited", privileges });
    await act({ do: "put-login", ...limited, role: "limited" });
  };
  const codeOf = async (method: string, path: string, body?: unknown) => {
    return (await harness.call({ method, path, as: limited, ...(body !== undefined && { body }) })).body?.error?.code;
  };

  test("without credentials access is refused with 403, code 6 and the observed text", async () => {
    await allow({ path: "/api/cluster", access: "readonly" });
    const { status, body } = await harness.call({ path: credentials, as: limited });
    expect([status, body.error]).toEqual([403, { message: "not authorized for that command", code: "6" }]);
  });

  test("without /api/cluster can still do the rest", async () => {
    await allow({ path: credentials, access: "all" });
    expect(await codeOf("GET", "/api/cluster?fields=version")).toBe("6");
    expect(await codeOf("GET", credentials)).toBeUndefined();
  });

  test("with read_create_modify cannot delete", async () => {
    await allow({ path: credentials, access: "read_create_modify" });
    expect(await codeOf("POST", credentials, aCredential())).toBeUndefined();
    expect(await codeOf("PATCH", harness.pathOf(iqn), { authentication_type: "deny" })).toBeUndefined();
    expect(await codeOf("DELETE", harness.pathOf(iqn))).toBe("6");
  });

  test("grants by the longest path, whatever the spelling of the request", async () => {
    await allow({ path: "/api", access: "all" }, { path: credentials, access: "readonly" });
    expect(await codeOf("DELETE", harness.pathOf(iqn))).toBe("6");
    expect(await codeOf("DELETE", harness.pathOf(iqn).replace("/api/", "/api//v1/../"))).toBe("6");
    expect(await codeOf("GET", "/api/svm/svms")).toBeUndefined();
  });

  test("that a login names must exist", async () => {
    await expect(act({ do: "put-login", user: "x", role: "no-such-role" })).rejects.toThrow("no role no-such-role");
  });
});
