import type { Result } from "../std/result.ts";
import type { SecretText } from "../std/secret-text.ts";
import type { KubeAnswer, KubeFailure } from "./failure.ts";
import type { IscsiCredentialSpec, IscsiCredentialStatus } from "./iscsi-credential.ts";
import type { ObjectKey } from "./key.ts";
import type { OntapConnectionSpec, OntapConnectionStatus } from "./ontap-connection.ts";
import type { ParsedObject } from "./parse.ts";

/** What passes over both kinds need of Kubernetes. `kube/` implements it; tests bring their own. */

/** Which state of a Secret or ConfigMap: another uid is another object of the same name. */
export interface DataVersion {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Why an entry is not text. `der-certificate`: it is a certificate, in the form that nothing here reads. */
export type NotText = "not-utf8" | "der-certificate";

/**
 * What a read of a Secret or ConfigMap found: each value as text, or the reason why it is not text; of a ConfigMap those of
 * `binaryData` as well. Of labels and annotations only those of our own group, through which its owner says what it may be
 * used for.
 */
export interface DataObject {
  readonly version: DataVersion;
  /** When the watch, a list or a read first showed this version, on the monotonic clock. */
  readonly heardMs: number;
  /** A Secret's type; empty for a ConfigMap. */
  readonly type: string;
  readonly entries: ReadonlyMap<string, Result<SecretText, NotText>>;
  readonly labels: Readonly<Record<string, string>>;
  /** One that is longer than anything meaningful reads as empty: a part of it could mean something else. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Reads Secrets, or ConfigMaps. Values are read when needed and not kept. */
export interface DataReader {
  /** The newest version that the watch has shown; costs nothing. `unknown` until something has read it. */
  seen(key: ObjectKey): DataVersion | "absent" | "unknown";
  /** One request. Undefined when there is no such object. */
  read(key: ObjectKey, signal: AbortSignal): KubeAnswer<DataObject | undefined>;
}

export type DataKind = "Secret" | "ConfigMap";
export type DataReaders = Readonly<Record<DataKind, DataReader>>;

/** What came of writing a status. */
export type StatusWrite =
  /** The API server has it, had it already, or the object is gone. */
  | { readonly status: "written" | "unchanged" | "gone" }
  /** The API server has it not: it is to be written again. */
  | { readonly status: "retry"; readonly failure: KubeFailure };

/** What a pass over an object writes to Kubernetes. A write of an object that is no longer as it was read fails with `conflict`. */
export interface ObjectWriter<Spec, Status> {
  /** Undefined when the object is gone, as after its last finalizer. */
  setFinalizers(
    object: ParsedObject<Spec, Status>,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): KubeAnswer<ParsedObject<Spec, Status> | undefined>;
  /** Writes nothing if the object has this status already. */
  setStatus(object: ParsedObject<Spec, Status>, status: Status, signal: AbortSignal): Promise<StatusWrite>;
}

/** Something that a person should learn, beside the status. Best effort: an Event that cannot be written is dropped. */
export interface ObjectEvent {
  readonly type: "Normal" | "Warning";
  /** One CamelCase word of the kind's closed table. */
  readonly reason: string;
  /** What the operator did or tried: CamelCase. */
  readonly action: string;
  readonly note: string;
}

export type EmitEvent<Regarding> = (regarding: Regarding, event: ObjectEvent) => void;

export type CredentialWriter = ObjectWriter<IscsiCredentialSpec, IscsiCredentialStatus>;
export type ConnectionWriter = ObjectWriter<OntapConnectionSpec, OntapConnectionStatus>;
