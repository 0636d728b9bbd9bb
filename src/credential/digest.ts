import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import type { Authentication, ChapPair } from "../array/credential.ts";

/** Tells whether two authentications are equal without keeping either. */
export type Digest = (authentication: Authentication) => string;

/** Keyed with a key that only this process has and never shows: a digest is of no use to anybody else. */
export function createDigest(key: Uint8Array = randomBytes(32)): Digest {
  const secretKey = createSecretKey(key);
  return (authentication) => {
    const hmac = createHmac("sha256", secretKey);
    const pairs = authentication.type === "chap" ? [authentication.inbound, authentication.outbound] : [];
    const parts = [authentication.type, ...pairs.flatMap(partsOf)];
    for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:${part}`);
    return hmac.digest("base64");
  };
}

const partsOf = (pair: ChapPair | undefined): readonly string[] =>
  pair === undefined ? ["none"] : ["pair", pair.user, pair.password.reveal()];
