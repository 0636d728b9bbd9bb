/** An object as it is stored and sent: plain JSON that is replaced and never changed. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

export interface Metadata {
  readonly name: string;
  /** Absent for a Namespace. */
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** Of our two kinds only: Secrets, ConfigMaps, Namespaces, Leases and Events have none. */
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Where an object is within its resource: in the order of these, lists are given. */
export const placeOf = ({ namespace = "", name }: Pick<Metadata, "namespace" | "name">): string =>
  `${namespace}/${name}`;

/** The same object with other metadata; what is undefined is left out. */
export function withMetadata(
  object: KubeObject,
  changes: { readonly [Field in keyof Metadata]?: unknown },
): KubeObject {
  const metadata = Object.entries({ ...object.metadata, ...changes }).filter(([, value]) => value !== undefined);
  return { ...object, metadata: Object.fromEntries(metadata) as unknown as Metadata };
}

/** metav1.Time: whole seconds. */
export const kubeTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
