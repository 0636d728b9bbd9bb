import { describe, expect, test } from "vitest";

import type { Login, Trust } from "../../src/array/port.ts";
import { createAuthority, type CertificateRequest } from "../../src/simulator/certificates.ts";
import { SecretText } from "../../src/std/secret-text.ts";
import { accessTo, openArray, outcomeOf, signal } from "./array-on-simulator.ts";
import { httpAnswer, startRawServer, type RawServer } from "../../tools/harness/raw-server.ts";

/** Which array is believed to be the right one, with certificates of every kind. */

const strict: Trust = { caPem: undefined, serverName: undefined, insecureSkipVerify: false };
const authority = await createAuthority({ commonName: "the right authority" });
const otherAuthority = await createAuthority({ commonName: "another authority" });

async function startArrayWith(
  request: Partial<CertificateRequest> & { readonly from?: typeof authority },
): Promise<RawServer> {
  const { from = authority, ...rest } = request;
  const { certificatePem, keyPem } = await from.issue({
    commonName: "array",
    altNames: ["127.0.0.1", "array.example.com"],
    usage: "server",
    ...rest,
  });
  return startRawServer(answerNoSvms, { cert: certificatePem, key: keyPem });
}

const answerNoSvms: Parameters<typeof startRawServer>[0] = (socket) => {
  socket.write(httpAnswer(200, '{"records":[],"num_records":0}'));
};

async function ask(url: string, trust: Partial<Trust>, login?: Login): Promise<string> {
  const array = openArray(accessTo(url, { trust: { ...strict, ...trust }, ...(login === undefined ? {} : { login }) }));
  const outcome = outcomeOf(await array.svms(signal));
  await array.close();
  return outcome;
}

describe("trust", () => {
  const caPem = authority.certificatePem;

  test("the declared authority, and the endpoint's own name", async () => {
    await using server = await startArrayWith({});
    expect(await ask(server.url, { caPem })).toBe("done");
    expect(await ask(server.url, { caPem: otherAuthority.certificatePem + caPem })).toBe("done");
  });

  test("the declared name counts instead of the endpoint's", async () => {
    await using server = await startArrayWith({ altNames: ["array.example.com"] });
    expect(await ask(server.url, { caPem })).toMatch(/^CertificateNameMismatch: /);
    expect(await ask(server.url, { caPem, serverName: "array.example.com" })).toBe("done");
    expect(await ask(server.url, { caPem, serverName: "other.example.com" })).toMatch(
      /^CertificateNameMismatch: .*array\.example\.com/,
    );
  });

  test.each([
    ["another authority's certificate", { from: otherAuthority }, /^CertificateUntrusted/],
    ["an expired certificate", { notAfter: new Date("2024-01-01T00:00:00Z") }, /^CertificateExpired/],
    ["a certificate of the future", { notBefore: new Date("2045-01-01T00:00:00Z") }, /^CertificateNotYetValid/],
    ["a client's certificate", { usage: "client" }, /^CertificateUnacceptable/],
    ["a certificate without names", { altNames: [] }, /^CertificateNameMismatch/],
  ] as const)("%s is refused, before any request and login", async (_, request, reason) => {
    await using server = await startArrayWith(request);
    expect(await ask(server.url, { caPem })).toMatch(reason);
    expect(server.connections()).toBe(0);
    expect(await ask(server.url, { insecureSkipVerify: true })).toBe("done");
  });

  test("without a declared authority only the system's are believed", async () => {
    await using server = await startArrayWith({});
    expect(await ask(server.url, {})).toMatch(/^CertificateUntrusted/);
  });

  test.each([
    ["no certificate at all", "nothing in PEM form"],
    ["an empty bundle", ""],
    ["a broken certificate", authority.certificatePem.replace(/MII.{8}/, "MIIAAAAAAAA")],
    [
      "one good and one broken",
      `${authority.certificatePem}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    ],
  ])("%s as authorities: no one is asked", async (_, pem) => {
    await using server = await startArrayWith({});
    expect(await ask(server.url, { caPem: pem })).toBe("CaBundleInvalid");
    expect(server.connections()).toBe(0);
  });
});

describe("the handshake", () => {
  test("TLS 1.1 is refused", async () => {
    const { certificatePem, keyPem } = await authority.issue({
      commonName: "array",
      altNames: ["127.0.0.1"],
      usage: "server",
    });
    const old = {
      cert: certificatePem,
      key: keyPem,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    } as const;
    await using server = await startRawServer(answerNoSvms, old);
    expect(await ask(server.url, { caPem: authority.certificatePem })).toMatch(/^TlsHandshakeFailed/);
  });

  test("TLS 1.2 is taken", async () => {
    const { certificatePem, keyPem } = await authority.issue({
      commonName: "array",
      altNames: ["127.0.0.1"],
      usage: "server",
    });
    await using server = await startRawServer(answerNoSvms, {
      cert: certificatePem,
      key: keyPem,
      maxVersion: "TLSv1.2",
    });
    expect(await ask(server.url, { caPem: authority.certificatePem })).toBe("done");
  });

  test.each([
    ["ECDHE-ECDSA-AES128-GCM-SHA256", /^done$/],
    ["ECDHE-ECDSA-CHACHA20-POLY1305", /^done$/],
    ["ECDHE-ECDSA-AES128-SHA", /^TlsHandshakeFailed/],
    ["ECDHE-ECDSA-AES256-SHA384", /^TlsHandshakeFailed/],
  ])("of TLS 1.2 only authenticated encryption with forward secrecy: %s", async (ciphers, outcome) => {
    const { certificatePem, keyPem } = await authority.issue({
      commonName: "array",
      altNames: ["127.0.0.1"],
      usage: "server",
    });
    const options = { cert: certificatePem, key: keyPem, maxVersion: "TLSv1.2", ciphers } as const;
    await using server = await startRawServer(answerNoSvms, options);
    expect(await ask(server.url, { caPem: authority.certificatePem })).toMatch(outcome);
  });

  test("only HTTP/1.1 is offered", async () => {
    const offered: (string | false | null)[] = [];
    await using server = await startRawServer(
      (socket, request) => {
        offered.push(socket.alpnProtocol);
        answerNoSvms(socket, request);
      },
      { ALPNProtocols: ["h2", "http/1.1"] },
    );
    expect(await ask(server.url, { caPem: server.caPem })).toBe("done");
    expect(offered).toEqual(["http/1.1"]);
  });
});

describe("client certificates", () => {
  const required = { requestCert: true, rejectUnauthorized: true, ca: authority.certificatePem };
  const loginOf = ({ certificatePem, keyPem }: { certificatePem: string; keyPem: string }): Login => ({
    method: "clientCertificate",
    certificatePem,
    keyPem: new SecretText(keyPem),
  });

  test.each([
    ["TLSv1.2", /^TlsHandshakeFailed: .*handshake failure/],
    ["TLSv1.3", /^ClientCertificateRefused: .*certificate required/],
  ] as const)("%s: the right one is taken, and none is told by the server's alert", async (version, reason) => {
    await using server = await startRawServer(answerNoSvms, { ...required, minVersion: version, maxVersion: version });
    const trust = { caPem: server.caPem };
    expect(
      await ask(server.url, trust, loginOf(await authority.issue({ commonName: "operator", usage: "client" }))),
    ).toBe("done");
    expect(await ask(server.url, trust)).toMatch(reason);
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "%s: a wrong one on which the server just hangs up is a lost connection",
    async (version) => {
      await using server = await startRawServer(answerNoSvms, {
        ...required,
        minVersion: version,
        maxVersion: version,
      });
      const wrong = loginOf(await otherAuthority.issue({ commonName: "operator", usage: "client" }));
      expect(await ask(server.url, { caPem: server.caPem }, wrong)).toBe("ConnectionLost");
    },
  );

  test("a key that does not belong to the certificate is no login", async () => {
    await using server = await startRawServer(answerNoSvms, required);
    const [one, two] = [
      await authority.issue({ commonName: "one", usage: "client" }),
      await authority.issue({ commonName: "two", usage: "client" }),
    ];
    const mixed = loginOf({ certificatePem: one.certificatePem, keyPem: two.keyPem });
    expect(await ask(server.url, { caPem: server.caPem }, mixed)).toBe("LoginUnusable");
    expect(server.connections()).toBe(0);
  });
});

test("an array that turns from one authority to another is refused until it is opened again", async () => {
  await using before = await startArrayWith({});
  await using after = await startArrayWith({ from: otherAuthority });
  const caPem = authority.certificatePem;
  expect([await ask(before.url, { caPem }), await ask(after.url, { caPem })]).toEqual([
    "done",
    expect.stringMatching(/^CertificateUntrusted/),
  ]);
  expect(await ask(after.url, { caPem: otherAuthority.certificatePem })).toBe("done");
});
