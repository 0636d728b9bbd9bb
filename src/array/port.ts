import type { Result } from "../std/result.ts";
import type { SecretText } from "../std/secret-text.ts";
import type { ArrayCredential, CredentialChange, CredentialCreation } from "./credential.ts";
import type { ArrayFailure } from "./failure.ts";
import type { CredentialId, InitiatorName, SvmUuid } from "./identifiers.ts";
import type { CallMeter } from "./meter.ts";

/** What a call to an array comes to. Rejects only with the reason of the caller's signal. */
export type ArrayResult<T> = Promise<Result<T, ArrayFailure>>;

/** How to prove ourselves to the array. */
export type Login =
  | { readonly method: "basic"; readonly user: string; readonly password: SecretText }
  | { readonly method: "clientCertificate"; readonly certificatePem: string; readonly keyPem: SecretText }
  | { readonly method: "bearerToken"; readonly token: SecretText };

/** Which certificates of an array are trusted. */
export interface Trust {
  /** PEM bundle; without it the system's authorities count. */
  readonly caPem: string | undefined;
  /** The name the certificate must carry, if it is not the endpoint's host. */
  readonly serverName: string | undefined;
  /** Trusts any certificate. Only because the object says so. */
  readonly insecureSkipVerify: boolean;
}

/** Gives a place back. `httpStatus` is undefined if no whole answer came. */
export type LeaveGate = (httpStatus: number | undefined) => void;

/** What all arrays share that are opened with one login: so many requests at once, and the verdict on the login. */
export interface LoginGate {
  /**
   * Waits for a place. Undefined: the array has refused this login since, so the request must not be sent. Rejects only
   * with the reason of the caller's signal.
   */
  enter(signal: AbortSignal): Promise<LeaveGate | undefined>;
}

export interface ArrayAccess {
  /** `https://host[:port]`, no path. */
  readonly endpoint: string;
  readonly login: Login;
  readonly trust: Trust;
  /** Requests under way at once, of all callers together. */
  readonly maxConcurrentRequests: number;
  /** From the first byte sent to the last received, per request. */
  readonly requestTimeoutMs: number;
  /** Absent: nothing else logs in with this login. */
  readonly gate?: LoginGate;
}

export interface Cluster {
  readonly uuid: string | undefined;
  readonly name: string | undefined;
  /** As ONTAP words it: `NetApp Release 9.16.1: ...`. */
  readonly version: string | undefined;
}

export interface Svm {
  readonly uuid: SvmUuid;
  readonly name: string;
  /** starting, running, stopping, stopped, deleting, initializing. */
  readonly state: string | undefined;
  /** default, dp_destination, sync_source, sync_destination, data_engine. */
  readonly subtype: string | undefined;
}

/** The data SVMs that a login sees. */
export interface SvmList {
  /** Each UUID once. */
  readonly svms: readonly Svm[];
  /** How many more records there were that do not say which SVM they are of. */
  readonly unreadable: number;
}

/** Every credential of one SVM, `default` among them. */
export interface CredentialList {
  readonly credentials: ReadonlyMap<InitiatorName, ArrayCredential>;
  /** How many requests it took. */
  readonly pages: number;
  /** How many records could not be read, in whole or in part. One that is readable in part is among the credentials. */
  readonly unreadable: number;
}

/** A credential's identity, with the spelling in which the array last showed its initiator, if that is known. */
export interface AddressedCredential extends CredentialId {
  readonly shownAs?: string | undefined;
}

/** For whom a request is made. Requests that wait for their turn take it namespace by namespace, changes first. */
export interface Requester {
  /** The namespace of the object that needs it; empty for the connection's own. */
  readonly namespace: string;
  readonly urgency: "change" | "resync";
}

/**
 * The calls to one array. They are safe to repeat:
 * - `createCredential` of one that is there fails with class `converge`, and so does `changeCredential` of one that is not;
 * - a write whose answer was lost has been resolved by reading before it comes back, or fails with class `environment`.
 */
export interface ArrayCalls {
  /** May be refused to SVM-scoped roles (class `permission`) although everything else works. */
  cluster(signal: AbortSignal): ArrayResult<Cluster>;
  svms(signal: AbortSignal): ArrayResult<SvmList>;
  /** Follows `next` links to the end. */
  credentials(svm: SvmUuid, signal: AbortSignal): ArrayResult<CredentialList>;
  /** Undefined if the array says that there is none of this spelling. */
  credential(id: AddressedCredential, signal: AbortSignal): ArrayResult<ArrayCredential | undefined>;
  createCredential(id: CredentialId, creation: CredentialCreation, signal: AbortSignal): ArrayResult<void>;
  changeCredential(id: AddressedCredential, change: CredentialChange, signal: AbortSignal): ArrayResult<void>;
  /**
   * `absent`: the array says that it holds none, which on a release that compares names with case is only true of this
   * spelling. Before it counts as gone, a collection that was read afterwards has to agree.
   */
  removeCredential(id: AddressedCredential, signal: AbortSignal): ArrayResult<"removed" | "absent">;
}

/** One array behind one login. Its own calls are the connection's. */
export interface OntapArray extends ArrayCalls {
  /** The same array, asked for an object of a namespace. Costs nothing. */
  as(requester: Requester): ArrayCalls;
  /** How often this login was refused: once, or as often as requests were under way when the first one was. */
  loginRefusals(): number;
  /** Lets requests under way end and gives the sockets back. */
  close(): Promise<void>;
}

export type OpenArray = (access: ArrayAccess, meter: CallMeter) => OntapArray;
