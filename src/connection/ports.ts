import type { KubeAnswer } from "../api/failure.ts";
import type { ObjectKey } from "../api/key.ts";
import type { OntapConnectionStatus } from "../api/ontap-connection.ts";
import type { OntapConnection } from "../api/parse.ts";
import type { Result } from "../std/result.ts";
import type { SecretText } from "../std/secret-text.ts";

/** Which state of a Secret or ConfigMap: another uid is another object of the same name. */
export interface DataVersion {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** The values of a Secret or ConfigMap, each as text, or the reason why it is none. */
export interface DataObject {
  readonly version: DataVersion;
  /** When the watch, a list or a read first showed this version, on the monotonic clock. */
  readonly heardMs: number;
  /** A Secret's type; empty for a ConfigMap. */
  readonly type: string;
  readonly entries: ReadonlyMap<string, Result<SecretText, "not-utf8">>;
}

/** Reads Secrets, or ConfigMaps. Values are read when needed and not kept. */
export interface DataReader {
  /** The newest version that the watch has shown; costs nothing. `unknown` until somebody has read it. */
  seen(key: ObjectKey): DataVersion | "absent" | "unknown";
  /** One request. Undefined when there is no such object. */
  read(key: ObjectKey, signal: AbortSignal): KubeAnswer<DataObject | undefined>;
}

export type DataKind = "Secret" | "ConfigMap";
export type DataReaders = Readonly<Record<DataKind, DataReader>>;

/** What a pass over a connection writes to Kubernetes. Both fail with `conflict` if the object is no longer as it was read. */
export interface ConnectionWriter {
  setFinalizers(
    connection: OntapConnection,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): KubeAnswer<OntapConnection | undefined>;
  setStatus(connection: OntapConnection, status: OntapConnectionStatus, signal: AbortSignal): KubeAnswer<void>;
}
