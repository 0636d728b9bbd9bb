import { pendingStatus } from "../../../src/api/fields.ts";
import type { KubeRequest } from "../../../src/kube/transport.ts";
import type { KubeObject } from "./object.ts";
import type { Resource } from "./resources.ts";

/** How stored objects are shown to a request: whole, or as meta.k8s.io/v1 PartialObjectMetadata when it accepts nothing else. */
export type View = (object: KubeObject) => object;

export const viewFor = (request: Pick<KubeRequest, "accept">, resource: Resource): View =>
  isPartial(request) ? partial : (object) => read(resource, object);

export const isPartial = ({ accept = "" }: Pick<KubeRequest, "accept">): boolean =>
  accept.includes("as=PartialObjectMetadata");

const partial: View = ({ metadata }) => ({
  apiVersion: "meta.k8s.io/v1",
  kind: "PartialObjectMetadata",
  metadata,
});

/** A new object is stored without a status; the definition's default is filled in whenever it is read. */
export function read({ ours }: Resource, object: KubeObject): KubeObject {
  return ours === undefined || object["status"] !== undefined ? object : { ...object, status: pendingStatus };
}
