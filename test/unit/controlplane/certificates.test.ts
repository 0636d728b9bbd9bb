import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";

import { createAuthority } from "../../../src/simulator/certificates.ts";

test("a server's certificate is good for its names and addresses and for no others", async () => {
  const authority = await createAuthority({ commonName: "authority" });
  const altNames = ["array.example", "10.1.2.3", "fd00::12"];
  const issued = await authority.issue({ commonName: "array", altNames, usage: "server" });

  const certificate = new X509Certificate(issued.certificatePem);
  expect(certificate.checkHost("array.example")).toBe("array.example");
  expect(certificate.checkHost("other.example")).toBeUndefined();
  expect(certificate.checkIP("10.1.2.3")).toBe("10.1.2.3");
  expect(certificate.checkIP("fd00::12")).toBe("fd00::12");
  expect(certificate.checkIP("10.1.2.4")).toBeUndefined();
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
});

test("a certificate is its authority's, belongs to its key, and is no authority itself", async () => {
  const [authority, stranger] = await Promise.all([
    createAuthority({ commonName: "same name" }),
    createAuthority({ commonName: "same name" }),
  ]);
  const issued = await authority.issue({ commonName: "operator", usage: "client" });

  const certificate = new X509Certificate(issued.certificatePem);
  const issuer = new X509Certificate(authority.certificatePem);
  expect(issuer.ca).toBe(true);
  expect(issuer.verify(issuer.publicKey)).toBe(true);
  expect(certificate.checkIssued(issuer)).toBe(true);
  expect(certificate.verify(issuer.publicKey)).toBe(true);
  expect(certificate.verify(new X509Certificate(stranger.certificatePem).publicKey)).toBe(false);
  expect(certificate.checkPrivateKey(createPrivateKey(issued.keyPem))).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificate.subject).toBe("CN=operator");
});

test("validity is what was asked for, also where its encoding changes (2050)", async () => {
  const authority = await createAuthority({ commonName: "authority" });
  const validity = { notBefore: new Date("2021-02-03T04:05:06Z"), notAfter: new Date("2050-01-01T00:00:00Z") };
  const issued = await authority.issue({ commonName: "array", usage: "server", ...validity });
  const { validFromDate, validToDate } = new X509Certificate(issued.certificatePem);
  expect({ notBefore: validFromDate, notAfter: validToDate }).toEqual(validity);
});

test("serial numbers differ", async () => {
  const authority = await createAuthority({ commonName: "authority" });
  const issue = async (): Promise<string> => {
    const { certificatePem } = await authority.issue({ commonName: "array", usage: "server" });
    return new X509Certificate(certificatePem).serialNumber;
  };
  expect(await issue()).not.toBe(await issue());
});
