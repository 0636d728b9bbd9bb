import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { createAuthority } from "../../src/simulator/certificates.ts";

/** The users that the API server knows by their tokens. Both may do everything. */
const users = ["admin", "system:kube-controller-manager"] as const;
export type User = (typeof users)[number];

/** Everything by which the parts of one control plane know each other: files for the API server, the rest for its clients. */
export interface Identities {
  /** The authority that signed the API server's certificate. */
  readonly caPem: string;
  readonly tokens: Readonly<Record<User, string>>;
  readonly files: {
    readonly servingCertificate: string;
    readonly servingKey: string;
    /** Signs the tokens of service accounts. */
    readonly serviceAccountKey: string;
    readonly tokens: string;
  };
}

/** Makes fresh identities and writes into `folder` what the API server reads. */
export async function createIdentities(folder: string): Promise<Identities> {
  const authority = await createAuthority({ commonName: "control plane" });
  const serving = await authority.issue({
    commonName: "kube-apiserver",
    altNames: ["localhost", "127.0.0.1"],
    usage: "server",
  });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const tokens = { admin: randomToken(), "system:kube-controller-manager": randomToken() };

  const files = {
    servingCertificate: join(folder, "serving.crt"),
    servingKey: join(folder, "serving.key"),
    serviceAccountKey: join(folder, "service-account.key"),
    tokens: join(folder, "tokens.csv"),
  };
  await Promise.all([
    writeFile(files.servingCertificate, serving.certificatePem),
    writePrivate(files.servingKey, serving.keyPem),
    // In SEC 1 form, in which the API server finds the public key, too.
    writePrivate(files.serviceAccountKey, privateKey.export({ type: "sec1", format: "pem" })),
    writePrivate(files.tokens, users.map((user) => `${tokens[user]},${user},${user},"system:masters"\n`).join("")),
  ]);
  return { caPem: authority.certificatePem, tokens, files };
}

const randomToken = (): string => randomBytes(24).toString("base64url");

const writePrivate = (path: string, content: string | Buffer): Promise<void> =>
  writeFile(path, content, { mode: 0o600 });
