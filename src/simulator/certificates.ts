import { createHash, generateKeyPair, type KeyObject, randomBytes, sign } from "node:crypto";
import { promisify } from "node:util";

import { ipBits, parseIp } from "../std/ip.ts";
import {
  bitString,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
  trueValue,
  utf8String,
} from "./der.ts";

/** When a certificate is valid; what is left out is `alwaysValid`'s. */
export interface Validity {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** Wider than the error of any clock, so that making a certificate needs no clock. */
export const alwaysValid = {
  notBefore: new Date("2020-01-01T00:00:00Z"),
  notAfter: new Date("2049-12-31T23:59:59Z"),
} as const;

export interface CertificateRequest extends Validity {
  readonly commonName: string;
  /** Host names and IP addresses, told apart by their spelling. Clients check these and never the common name. */
  readonly altNames?: readonly string[];
  readonly usage: "server" | "client";
}

export interface IssuedCertificate {
  readonly certificatePem: string;
  /** PKCS #8, not encrypted. */
  readonly keyPem: string;
}

/** A certificate authority that lives as long as this object: its key is never handed out. */
export interface Authority {
  /** Self-signed; what a client must trust. */
  readonly certificatePem: string;
  /** A fresh ECDSA P-256 key with a certificate for it, signed by this authority. */
  issue(request: CertificateRequest): Promise<IssuedCertificate>;
}

/** Makes an authority for tests and demonstrations, whose certificates also pass strict verification (RFC 5280). */
export async function createAuthority(options: Validity & { readonly commonName: string }): Promise<Authority> {
  const keys = await generateKeys("ec", { namedCurve: "P-256" });
  const issuer = { commonName: options.commonName, keys };
  return {
    certificatePem: certificatePem({
      ...options,
      issuer,
      publicKey: keys.publicKey,
      extensions: [
        critical(oid.basicConstraints, sequence(trueValue)),
        critical(oid.keyUsage, keyUsage("keyCertSign", "cRLSign")),
      ],
    }),
    async issue({ altNames = [], ...request }) {
      const { publicKey, privateKey } = await generateKeys("ec", { namedCurve: "P-256" });
      const names = altNames.length === 0 ? [] : [extension(oid.subjectAltName, generalNames(altNames))];
      return {
        certificatePem: certificatePem({
          ...request,
          issuer,
          publicKey,
          extensions: [
            critical(oid.basicConstraints, sequence()),
            critical(oid.keyUsage, keyUsage("digitalSignature")),
            extension(oid.extendedKeyUsage, sequence(objectIdentifier(purposeOf[request.usage]))),
            ...names,
          ],
        }),
        keyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      };
    },
  };
}

const generateKeys = promisify(generateKeyPair);

const oid = {
  commonName: "2.5.4.3",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
} as const;

const purposeOf = {
  server: "1.3.6.1.5.5.7.3.1",
  client: "1.3.6.1.5.5.7.3.2",
} as const satisfies Record<CertificateRequest["usage"], string>;

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

interface Unsigned extends Validity {
  readonly commonName: string;
  readonly issuer: { readonly commonName: string; readonly keys: Keys };
  readonly publicKey: KeyObject;
  readonly extensions: readonly Uint8Array[];
}

function certificatePem(unsigned: Unsigned): string {
  const { issuer, publicKey, notBefore = alwaysValid.notBefore, notAfter = alwaysValid.notAfter } = unsigned;
  const algorithm = sequence(objectIdentifier(oid.ecdsaWithSha256));
  const identifiers = [
    extension(oid.subjectKeyIdentifier, octetString(keyIdentifier(publicKey))),
    extension(oid.authorityKeyIdentifier, sequence(implicit(0, keyIdentifier(issuer.keys.publicKey)))),
  ];
  const toBeSigned = sequence(
    explicit(0, integer(Uint8Array.of(x509Version3))),
    integer(serialNumber()),
    algorithm,
    nameOf(issuer.commonName),
    sequence(time(notBefore), time(notAfter)),
    nameOf(unsigned.commonName),
    publicKeyInfo(publicKey),
    explicit(3, sequence(...unsigned.extensions, ...identifiers)),
  );
  const signature = sign("sha256", toBeSigned, issuer.keys.privateKey);
  return pem(sequence(toBeSigned, algorithm, bitString(signature)));
}

const x509Version3 = 2;

/** Positive and 128 bits long: the first octet is never zero. */
function serialNumber(): Uint8Array {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) | 0x40;
  return bytes;
}

const nameOf = (commonName: string): Uint8Array =>
  sequence(setOf(sequence(objectIdentifier(oid.commonName), utf8String(commonName))));

const publicKeyInfo = (key: KeyObject): Uint8Array => key.export({ type: "spki", format: "der" });

/** What links a certificate to its issuer; any digest of the key will do (RFC 7093), as long as all agree on it. */
const keyIdentifier = (key: KeyObject): Uint8Array =>
  createHash("sha256").update(publicKeyInfo(key)).digest().subarray(0, 20);

const extension = (id: string, content: Uint8Array): Uint8Array => sequence(objectIdentifier(id), octetString(content));

/** An extension that a client must refuse the certificate over if it does not know it. */
const critical = (id: string, content: Uint8Array): Uint8Array =>
  sequence(objectIdentifier(id), trueValue, octetString(content));

const keyUsageBit = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 } as const;

function keyUsage(...uses: readonly (keyof typeof keyUsageBit)[]): Uint8Array {
  const bits = uses.map((use) => keyUsageBit[use]);
  const octet = bits.reduce<number>((sum, bit) => sum | (0x80 >> bit), 0);
  return bitString(Uint8Array.of(octet), 7 - Math.max(...bits));
}

const generalNameTag = { dns: 2, ip: 7 } as const;

function generalNames(names: readonly string[]): Uint8Array {
  return sequence(
    ...names.map((name) => {
      const address = parseIp(name);
      if (address === undefined) return implicit(generalNameTag.dns, Buffer.from(name, "ascii"));
      const hex = address.value.toString(16).padStart(ipBits[address.family] / 4, "0");
      return implicit(generalNameTag.ip, Buffer.from(hex, "hex"));
    }),
  );
}

function pem(certificate: Uint8Array): string {
  const base64 = Buffer.from(certificate).toString("base64");
  const lines = base64.match(/.{1,64}/gu) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
