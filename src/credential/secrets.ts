import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import { keyOf } from "../api/key.ts";
import type { Authentication } from "../array/credential.ts";
import type { DataObject, DataReader } from "../api/ports.ts";
import { err, ok, type Result } from "../std/result.ts";
import { noSecrets, type NamedVersion, type SecretVersions } from "./applied.ts";
import { chapPairFrom, differsByHost, directionsDiffer, type Direction, type SecretRef } from "./chap-pair.ts";
import type { Digest } from "./digest.ts";
import type { CredentialFailure } from "./failure.ts";
import type { Memory } from "./memory.ts";
import type { UnusualPasswords } from "./outcome.ts";

export interface SecretsDeps {
  readonly secrets: DataReader;
  readonly digest: Digest;
}

/** What the Secrets of a credential hold, read in this pass; forgotten with it. */
export interface ReadSecrets {
  readonly authentication: Authentication;
  readonly versions: SecretVersions;
  /** When each of these versions was first heard of, on the monotonic clock. */
  readonly heardMs: Readonly<Partial<Record<Direction, number>>>;
  readonly digest: string;
  readonly unusual: UnusualPasswords;
}

type Answer<T> = Promise<Result<T, CredentialFailure>>;

/** The newest versions that the watch has shown; one that it does not know counts as the one we know. */
export function seenVersions(
  spec: IscsiCredentialSpec,
  namespace: string,
  memory: Memory,
  secrets: DataReader,
): SecretVersions {
  const seen = (ref: SecretRef | undefined, known: NamedVersion | undefined): NamedVersion | undefined => {
    if (ref === undefined) return undefined;
    const version = secrets.seen(keyOf({ namespace, name: ref.name }));
    if (version === "unknown") return known?.name === ref.name ? known : undefined;
    return version === "absent" ? undefined : { name: ref.name, ...version };
  };
  return {
    inbound: seen(spec.chap?.inbound.secretRef, memory.carriedBy?.inbound),
    outbound: seen(spec.chap?.outbound?.secretRef, memory.carriedBy?.outbound),
  };
}

/** Reads the Secrets that a spec names and makes an authentication of them, refusing what ONTAP or a host would stumble over. */
export async function readSecrets(
  spec: IscsiCredentialSpec,
  namespace: string,
  { secrets, digest }: SecretsDeps,
  signal: AbortSignal,
): Answer<ReadSecrets> {
  if (spec.authenticationType !== "chap" || spec.chap === undefined) {
    const authentication = { type: spec.authenticationType === "deny" ? "deny" : "none" } as const;
    return ok({ authentication, versions: noSecrets, heardMs: {}, digest: digest(authentication), unusual: [] });
  }
  const refs = { inbound: spec.chap.inbound.secretRef, outbound: spec.chap.outbound?.secretRef };
  const inboundData = await readSecret(refs.inbound, "inbound", namespace, secrets, signal);
  if (!inboundData.ok) return inboundData;
  const inbound = chapPairFrom(inboundData.value.data, refs.inbound, "inbound");
  if (!inbound.ok) return inbound;
  if (refs.outbound === undefined) {
    const authentication = { type: "chap", inbound: inbound.value, outbound: undefined } as const;
    return ok(readOf(authentication, { inbound: inboundData.value }, digest));
  }
  // Both directions usually live in one Secret, the one that kubelet uses; it is read once.
  const outboundData =
    refs.outbound.name === refs.inbound.name
      ? inboundData
      : await readSecret(refs.outbound, "outbound", namespace, secrets, signal);
  if (!outboundData.ok) return outboundData;
  const outbound = chapPairFrom(outboundData.value.data, refs.outbound, "outbound");
  if (!outbound.ok) return outbound;
  if (!directionsDiffer(inbound.value, outbound.value)) {
    return err({ kind: "equal-directions", inbound: refs.inbound.name, outbound: refs.outbound.name });
  }
  const authentication = { type: "chap", inbound: inbound.value, outbound: outbound.value } as const;
  return ok(readOf(authentication, { inbound: inboundData.value, outbound: outboundData.value }, digest));
}

interface ReadSecret {
  readonly data: DataObject;
  readonly version: NamedVersion;
}

function readOf(
  authentication: Extract<Authentication, { type: "chap" }>,
  { inbound, outbound }: { readonly inbound: ReadSecret; readonly outbound?: ReadSecret },
  digest: Digest,
): ReadSecrets {
  const directions: readonly Direction[] = ["inbound", "outbound"];
  const unusual = directions.filter((direction) => {
    const pair = authentication[direction];
    return pair !== undefined && differsByHost(pair);
  });
  return {
    authentication,
    versions: { inbound: inbound.version, outbound: outbound?.version },
    heardMs: {
      inbound: inbound.data.heardMs,
      ...(outbound === undefined ? {} : { outbound: outbound.data.heardMs }),
    },
    digest: digest(authentication),
    unusual,
  };
}

async function readSecret(
  { name }: SecretRef,
  direction: Direction,
  namespace: string,
  secrets: DataReader,
  signal: AbortSignal,
): Answer<ReadSecret> {
  const read = await secrets.read(keyOf({ namespace, name }), signal);
  if (!read.ok) return read;
  if (read.value === undefined) {
    return err({ kind: "secret-missing", secret: name, field: `spec.chap.${direction}.secretRef.name` });
  }
  return ok({ data: read.value, version: { name, ...read.value.version } });
}
