import { apiGroup, apiVersion } from "../../../src/api/fields.ts";
import { iscsiCredentialKind, ontapConnectionKind, type Kind } from "../../../src/api/kinds.ts";

/** One kind of object that the API server serves. */
export interface Resource {
  /** `v1`, or group and version. */
  readonly apiVersion: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** One of ours: it has a generation, a status subresource, defaults and rules. */
  readonly ours?: Kind;
  /** Whether PUT without a resourceVersion overwrites whatever is there. */
  readonly unconditionalUpdate: boolean;
}

const ours = (kind: Kind): Resource => ({
  apiVersion: `${apiGroup}/${apiVersion}`,
  plural: kind.plural,
  kind: kind.kind,
  namespaced: true,
  ours: kind,
  unconditionalUpdate: false,
});
const builtIn = (apiVersion: string, plural: string, kind: string, unconditionalUpdate: boolean): Resource => ({
  apiVersion,
  plural,
  kind,
  namespaced: plural !== "namespaces",
  unconditionalUpdate,
});

const resources: readonly Resource[] = [
  ours(iscsiCredentialKind),
  ours(ontapConnectionKind),
  builtIn("v1", "secrets", "Secret", true),
  builtIn("v1", "configmaps", "ConfigMap", true),
  builtIn("v1", "namespaces", "Namespace", true),
  builtIn("coordination.k8s.io/v1", "leases", "Lease", false),
  builtIn("events.k8s.io/v1", "events", "Event", true),
];

export function resourceOfKind(kind: string): Resource {
  const found = resources.find((resource) => resource.kind === kind);
  if (found === undefined) throw new Error(`this API server knows no ${kind}`);
  return found;
}

/** What a path names. */
export interface Target {
  readonly resource: Resource;
  /** Undefined: of all namespaces, or the resource has none. */
  readonly namespace: string | undefined;
  /** Undefined for a collection. */
  readonly name: string | undefined;
  readonly subresource: "status" | undefined;
}

/** Undefined for a path that is not served. */
export function targetOf(path: string): Target | undefined {
  const parts = path.split("/").slice(1).map(decodeURIComponent);
  const [root, ...rest] = parts;
  const version = root === "api" ? rest.slice(0, 1) : root === "apis" ? rest.slice(0, 2) : [];
  const [first, ...more] = rest.slice(version.length);
  const inNamespace = first === "namespaces" && more.length >= 2;
  const [namespace, [plural, name, subresource]] = inNamespace
    ? [more[0], more.slice(1)]
    : [undefined, [first, ...more]];
  const resource = resources.find((each) => each.plural === plural && each.apiVersion === version.join("/"));
  if (resource === undefined || (subresource !== undefined && subresource !== "status")) return undefined;
  if (subresource === "status" && resource.ours === undefined) return undefined;
  return { resource, namespace, name, subresource };
}

/** The path of a collection, or of one object in it. */
export function pathOf({ apiVersion, plural, namespaced }: Resource, namespace = "", name?: string): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = namespaced && namespace !== "" ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}${scope}/${plural}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;
}
