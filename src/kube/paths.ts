import { apiGroup, apiVersion } from "../api/fields.ts";
import { namespacedNameOf, type ObjectKey } from "../api/key.ts";
import type { Kind } from "../api/kinds.ts";

/** URL paths of the API server. Names come from the API server itself or have passed its grammar, and are encoded all the same. */

/** Where the API server tells which of our kinds it knows. */
export const groupPath = `/apis/${apiGroup}/${apiVersion}`;

/** All objects of a kind, in one namespace if it is named. */
export const collectionPath = ({ plural }: Kind, namespace?: string): string =>
  `${groupPath}/${within(namespace)}${plural}`;

export function objectPath(kind: Kind, key: ObjectKey): string {
  return `${groupPath}/${namespaced(kind.plural, key)}`;
}

/** A list that holds one object: what the verb `list` allows, and `get` need not be. */
export function listOfOne(kind: Kind, key: ObjectKey) {
  const { namespace, name } = namespacedNameOf(key);
  return { path: collectionPath(kind, namespace), query: { fieldSelector: `metadata.name=${name}` } } as const;
}

export type CoreResource = "secrets" | "configmaps";

export const coreCollectionPath = (resource: CoreResource, namespace?: string): string =>
  `/api/v1/${within(namespace)}${resource}`;

export const namespacesPath = "/api/v1/namespaces";

export const coreObjectPath = (resource: CoreResource, key: ObjectKey): string =>
  `/api/v1/${namespaced(resource, key)}`;

export const eventsPath = (namespace: string): string => `/apis/events.k8s.io/v1/${within(namespace)}events`;

/** All Leases, in one namespace if it is named. */
export const leasesPath = (namespace?: string): string => `/apis/coordination.k8s.io/v1/${within(namespace)}leases`;

const within = (namespace: string | undefined): string =>
  namespace === undefined ? "" : `namespaces/${encodeURIComponent(namespace)}/`;

function namespaced(plural: string, key: ObjectKey): string {
  const { namespace, name } = namespacedNameOf(key);
  return `${within(namespace)}${plural}/${encodeURIComponent(name)}`;
}

/** Which resource a path is of, with its subresource: `iscsicredentials/status`. */
export function resourceOf(path: string): string {
  const [, group, ...rest] = path.split("/");
  const segments = rest.slice(group === "api" ? 1 : 2);
  const [resource = "", , subresource] =
    segments[0] === "namespaces" && segments.length > 2 ? segments.slice(2) : segments;
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}
