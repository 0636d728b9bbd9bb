import type { AddressEntry } from "./addresses.ts";

/** What ONTAP holds, as plain data. Records are replaced, never changed; the maps are the only thing that moves. */
export interface Cluster {
  readonly uuid: string;
  readonly name: string;
  readonly version: ClusterVersion;
  /** By UUID. */
  readonly svms: Map<string, Svm>;
  /** By user name. */
  readonly logins: Map<string, Login>;
  /** By role name. */
  readonly roles: Map<string, Role>;
  /** By token. */
  readonly tokens: Map<string, Token>;
}

export interface ClusterVersion {
  readonly generation: number;
  readonly major: number;
  readonly minor: number;
}

export const svmStates = ["starting", "running", "stopping", "stopped", "deleting", "initializing"] as const;
export const svmSubtypes = ["default", "dp_destination", "sync_source", "sync_destination", "data_engine"] as const;

export interface Svm {
  readonly uuid: string;
  readonly name: string;
  readonly state: (typeof svmStates)[number];
  readonly subtype: (typeof svmSubtypes)[number];
  /** Whether iSCSI is an allowed protocol of the SVM. */
  readonly iscsiAllowed: boolean;
  readonly service: IscsiService | undefined;
  /** By lower-cased initiator name. */
  readonly credentials: Map<string, Credential>;
  /** Credentials that readers still see in an older state; see `visibleCredential`. */
  readonly lagging: Map<string, Lagging>;
  readonly sessions: readonly Session[];
}

export interface IscsiService {
  readonly enabled: boolean;
  readonly targetName: string;
}

export const authenticationTypes = ["chap", "none", "deny"] as const;
export type AuthenticationType = (typeof authenticationTypes)[number];

export interface ChapPair {
  readonly user: string;
  readonly password: string;
}

/** Directions as ONTAP names them: `inbound` is what the initiator presents to ONTAP. */
export interface Chap {
  readonly inbound?: ChapPair;
  readonly outbound?: ChapPair;
}

export interface Credential {
  /** In lower case. */
  readonly initiator: string;
  /** As its creator spelled it. */
  readonly written: string;
  readonly authenticationType: AuthenticationType;
  readonly chap: Chap;
  readonly addresses: readonly AddressEntry[];
}

/** The initiator name of the record for everyone without one of their own; made with the service, never deleted. */
export const defaultInitiator = "default";

export const defaultCredential: Credential = {
  initiator: defaultInitiator,
  written: defaultInitiator,
  authenticationType: "none",
  chap: {},
  addresses: [],
};

/** A read before `untilMs` (monotonic) sees `before`; undefined means that it sees no record. */
export interface Lagging {
  readonly before: Credential | undefined;
  readonly untilMs: number;
}

export interface Session {
  readonly initiator: string;
  readonly address: string;
  readonly authenticationType: "chap" | "none";
  readonly tsih: number;
}

export interface Login {
  readonly user: string;
  /** Undefined: no login with a password. */
  readonly password: string | undefined;
  /** Whether a client certificate with this user as its common name is enough. */
  readonly certificate: boolean;
  readonly role: string;
  /** UUID of the one SVM this login sees; undefined for a cluster login. */
  readonly svmUuid: string | undefined;
  readonly failureCount: number;
  readonly locked: boolean;
}

/** From the documentation of `security login rest-role create -access`. */
export const accessLevels = ["none", "readonly", "read_create", "read_modify", "read_create_modify", "all"] as const;
export type AccessLevel = (typeof accessLevels)[number];

/** The longest matching path of a role decides; no matching path means no access. */
export interface Role {
  readonly name: string;
  readonly privileges: readonly { readonly path: string; readonly access: AccessLevel }[];
}

export interface Token {
  readonly user: string;
  /** Epoch milliseconds. */
  readonly expiresMs: number;
}

export function findSvm(cluster: Cluster, nameOrUuid: string): Svm | undefined {
  return cluster.svms.get(nameOrUuid) ?? svmNamed(cluster, nameOrUuid);
}

export function svmNamed(cluster: Cluster, name: string): Svm | undefined {
  for (const svm of cluster.svms.values()) {
    if (svm.name === name) return svm;
  }
  return undefined;
}

/** ONTAP folds IQNs in igroups and compares names without case; so does the simulator, everywhere. */
export const initiatorKey = (initiator: string): string => initiator.toLowerCase();

/** Sets or, with undefined, deletes a credential; with `lagMs` readers see the old state for that much longer. */
export function storeCredential(
  svm: Svm,
  initiator: string,
  credential: Credential | undefined,
  lag?: { readonly nowMs: number; readonly lagMs: number },
): void {
  const key = initiatorKey(initiator);
  if (lag !== undefined && lag.lagMs > 0) {
    svm.lagging.set(key, { before: visibleCredential(svm, key, lag.nowMs), untilMs: lag.nowMs + lag.lagMs });
  }
  if (credential === undefined) svm.credentials.delete(key);
  else svm.credentials.set(key, credential);
}

/** What a read at `nowMs` sees, which lags behind the truth only where a fault says so. */
export function visibleCredential(svm: Svm, initiator: string, nowMs: number): Credential | undefined {
  const key = initiatorKey(initiator);
  const lagging = svm.lagging.get(key);
  if (lagging === undefined) return svm.credentials.get(key);
  if (nowMs < lagging.untilMs) return lagging.before;
  svm.lagging.delete(key);
  return svm.credentials.get(key);
}

/** All that a read at `nowMs` sees, ordered by initiator. */
export function visibleCredentials(svm: Svm, nowMs: number): readonly Credential[] {
  const keys =
    svm.lagging.size === 0 ? svm.credentials.keys() : new Set([...svm.credentials.keys(), ...svm.lagging.keys()]);
  return [...keys]
    .toSorted()
    .map((key) => visibleCredential(svm, key, nowMs))
    .filter((credential) => credential !== undefined);
}

/** All credentials by SVM and initiator, to go back to. */
export type CredentialsCopy = ReadonlyMap<string, ReadonlyMap<string, Credential>>;

export function copyCredentials({ svms }: Cluster): CredentialsCopy {
  return new Map([...svms].map(([uuid, { credentials }]) => [uuid, new Map(credentials)]));
}

export function restoreCredentials({ svms }: Cluster, copy: CredentialsCopy): void {
  for (const [uuid, credentials] of copy) {
    const held = svms.get(uuid)?.credentials;
    held?.clear();
    for (const [key, credential] of credentials) held?.set(key, credential);
  }
}
