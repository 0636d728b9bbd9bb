import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import { keyOf, type ObjectKey } from "../api/key.ts";
import type { Authentication } from "../array/credential.ts";
import type { DataReader } from "../api/ports.ts";
import { freeTexts } from "../array/visible-fields.ts";
import { createRedactor } from "../std/redact.ts";
import { err, ok, type Result } from "../std/result.ts";
import { noSecrets, type NamedVersion, type SecretVersions } from "./applied.ts";
import { chapPairFrom, directionsDiffer, type Direction, type PairSource, type SecretRef } from "./chap-pair.ts";
import type { Observed } from "./decide.ts";
import type { Digest } from "./digest.ts";
import type { CredentialFailure } from "./failure.ts";
import { hostDifferencesOf, type HostDifference } from "./host-differences.ts";
import type { Memory } from "./memory.ts";

export interface SecretsDeps {
  readonly secrets: DataReader;
  readonly digest: Digest;
  /** Whether any connection logs in with this Secret: then it is not a CHAP pair. */
  readonly isLogin: (secret: ObjectKey) => boolean;
}

/** What the Secrets of a credential hold, read in this pass; forgotten with it. */
export interface ReadSecrets {
  readonly authentication: Authentication;
  readonly versions: SecretVersions;
  /** When each of these versions was first heard of, on the monotonic clock. */
  readonly heardMs: Readonly<Partial<Record<Direction, number>>>;
  readonly digest: string;
  readonly hostDifferences: readonly HostDifference[];
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
  deps: SecretsDeps,
  signal: AbortSignal,
): Answer<ReadSecrets> {
  const { digest } = deps;
  if (spec.authenticationType !== "chap" || spec.chap === undefined) {
    const authentication = { type: spec.authenticationType === "deny" ? "deny" : "none" } as const;
    return ok({
      authentication,
      versions: noSecrets,
      heardMs: {},
      digest: digest(authentication),
      hostDifferences: [],
    });
  }
  const refs = { inbound: spec.chap.inbound.secretRef, outbound: spec.chap.outbound?.secretRef };
  const inboundSource = await readSource(refs.inbound, "inbound", namespace, deps, signal);
  if (!inboundSource.ok) return inboundSource;
  const inbound = chapPairFrom(inboundSource.value, refs.inbound, "inbound");
  if (!inbound.ok) return inbound;
  if (refs.outbound === undefined) {
    const authentication = { type: "chap", inbound: inbound.value, outbound: undefined } as const;
    return ok(readOf(authentication, { inbound: inboundSource.value }, digest));
  }
  // Both directions usually live in one Secret, the one that kubelet uses; it is read once.
  const outboundSource =
    refs.outbound.name === refs.inbound.name
      ? inboundSource
      : await readSource(refs.outbound, "outbound", namespace, deps, signal);
  if (!outboundSource.ok) return outboundSource;
  const outbound = chapPairFrom(outboundSource.value, refs.outbound, "outbound");
  if (!outbound.ok) return outbound;
  if (!directionsDiffer(inbound.value, outbound.value)) {
    return err({ kind: "equal-directions", inbound: refs.inbound.name, outbound: refs.outbound.name });
  }
  const authentication = { type: "chap", inbound: inbound.value, outbound: outbound.value } as const;
  return ok(readOf(authentication, { inbound: inboundSource.value, outbound: outboundSource.value }, digest));
}

interface ReadSource extends PairSource {
  readonly version: NamedVersion;
}

function readOf(
  authentication: Extract<Authentication, { type: "chap" }>,
  { inbound, outbound }: { readonly inbound: ReadSource; readonly outbound?: ReadSource },
  digest: Digest,
): ReadSecrets {
  return {
    authentication,
    versions: { inbound: inbound.version, outbound: outbound?.version },
    heardMs: {
      inbound: inbound.data.heardMs,
      ...(outbound === undefined ? {} : { outbound: outbound.data.heardMs }),
    },
    digest: digest(authentication),
    hostDifferences: hostDifferencesOf(authentication),
  };
}

async function readSource(
  { name }: SecretRef,
  direction: Direction,
  namespace: string,
  { secrets, isLogin }: SecretsDeps,
  signal: AbortSignal,
): Answer<ReadSource> {
  const secret = keyOf({ namespace, name });
  const read = await secrets.read(secret, signal);
  if (!read.ok) return read;
  if (read.value === undefined) {
    return err({ kind: "secret-missing", secret: name, field: `spec.chap.${direction}.secretRef.name` });
  }
  const data = read.value;
  return ok({ secret, data, isLogin: isLogin(secret), version: { name, ...data.version } });
}

/**
 * What ONTAP shows, without the passwords of these Secrets: an administrator may have put one where the user name belongs, and a
 * process that has not sent it yet cannot tell it from a name. User names of the Secrets stay, whatever they are.
 */
export function withoutPasswords(observed: Observed, secrets: ReadSecrets | undefined): Observed {
  if (observed.state !== "held" || secrets?.authentication.type !== "chap") return observed;
  const { inbound, outbound } = secrets.authentication;
  const pairs = outbound === undefined ? [inbound] : [inbound, outbound];
  const strange = freeTexts(observed.credential).filter(([, text]) => pairs.every(({ user }) => user !== text));
  if (strange.length === 0) return observed;
  const texts = createRedactor(pairs.map(({ password }) => password)).names(strange.map(([, text]) => text));
  const shown = Object.fromEntries(strange.map(([field], index) => [field, texts[index]]));
  return { state: "held", credential: { ...observed.credential, ...shown } };
}
