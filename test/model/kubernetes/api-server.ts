import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../../src/std/clock.ts";
import { unreachable } from "../../../src/std/unreachable.ts";
import type { KubeRequest } from "../../../src/kube/transport.ts";
import { admit } from "./admission.ts";
import {
  alreadyExists,
  badRequest,
  done,
  invalid,
  modified,
  notFound,
  otherUid,
  refusal,
  type Answer,
} from "./answer.ts";
import type { Etcd } from "./etcd.ts";
import { listObjects } from "./lists.ts";
import { kubeTime, placeOf, withMetadata, type KubeObject } from "./object.ts";
import { jsonPatch, mergePatch, type PatchOperation } from "./patch.ts";
import { resourceOfKind, targetOf, type Resource, type Target } from "./resources.ts";
import { read, viewFor } from "./view.ts";

/**
 * kube-apiserver, as far as the operator and the people around it can tell: what a request changes and what is answered.
 * It takes no time and never fails; delay, loss and refusal are the transport's.
 *
 * Relied upon, and held against the real one by test/fidelity:
 * - an object's resourceVersion changes with every write that changes anything; a write that changes nothing is none, but for
 *   the first one after the creation of one of ours, which stores the default of the status;
 * - a write that names another resourceVersion than the object's is refused with 409;
 * - `generation` counts changes of what is not metadata or status, and the beginning of a deletion;
 * - status and the rest are written through different paths, and neither changes the other;
 * - a deleted object with finalizers stays, marked, takes no new finalizer, and goes with the last one.
 *
 * Not modelled: authentication and RBAC; server-side apply and managedFields; generateName and owner references; namespaces
 * that are deleted; admission policies (see `Fault`); and the rules of Kubernetes' own kinds beyond what is written here.
 */
export interface ApiServer {
  answer(request: KubeRequest, who: Caller): Answer;
}

/** Who sends a request. That only the operator writes statuses is RBAC's work in a real cluster. */
export interface Caller {
  readonly name: string;
  readonly writesStatus: boolean;
}

export interface ApiServerDeps {
  readonly etcd: Etcd;
  readonly clock: Pick<Clock, "now">;
  /** How many revisions the state behind a list is old. */
  readonly listLag: () => number;
}

export function createApiServer({ etcd, clock, listLag }: ApiServerDeps): ApiServer {
  let uids = 0;

  function answer(request: KubeRequest, who: Caller): Answer {
    const target = targetOf(request.path);
    if (target === undefined) return refusal(404, undefined, "the server could not find the requested resource");
    const { resource, namespace = "", name, subresource } = target;
    if (name === undefined) {
      if (request.method === "GET") return listObjects(etcd, target, request, etcd.revision() - listLag());
      if (request.method !== "POST") return refusal(405, undefined, "the server does not allow this method");
      return create(resource, namespace, request.body);
    }
    if (subresource === "status" && !who.writesStatus)
      return refusal(403, undefined, `${who.name} may not write statuses`);
    const stored = etcd.get(resource.plural, placeOf({ namespace, name }));
    if (stored === undefined) return notFound(resource, name);
    const before = read(resource, stored);
    switch (request.method) {
      case "GET":
        return done(viewFor(request, resource)(stored));
      case "PUT":
        return inView(replace(target, before, request.body), request, resource);
      case "PATCH":
        return inView(patch(target, before, request), request, resource);
      case "DELETE":
        return remove(resource, before);
      case "POST":
        return refusal(405, undefined, "the server does not allow this method");
      default:
        return unreachable(request.method);
    }
  }

  /** What was written, as much of it as the request accepts. */
  function inView(answered: Answer, request: KubeRequest, resource: Resource): Answer {
    return "body" in answered ? done(viewFor(request, resource)(answered.body as KubeObject)) : answered;
  }

  function create(resource: Resource, namespace: string, body: unknown): Answer {
    const { status: _ignored, ...sent } = body as KubeObject;
    const { name, labels, annotations, finalizers } = sent.metadata;
    if ((sent.metadata.namespace ?? namespace) !== namespace) {
      return badRequest("the namespace of the provided object does not match the namespace sent on the request");
    }
    const isThere = !resource.namespaced || etcd.get("namespaces", placeOf({ name: namespace })) !== undefined;
    if (!isThere) return notFound(resourceOfKind("Namespace"), namespace);
    const metadata = {
      name,
      namespace: resource.namespaced ? namespace : undefined,
      uid: `00000000-0000-4000-8000-${(++uids).toString(16).padStart(12, "0")}`,
      creationTimestamp: kubeTime(clock.now()),
      generation: resource.ours === undefined ? undefined : 1,
      resourceVersion: undefined,
      deletionTimestamp: undefined,
      labels,
      annotations,
      finalizers,
    };
    const admitted = admit(resource, withMetadata({ ...sent, ...typeOf(resource) }, metadata), undefined);
    if (!admitted.ok) return invalid(resource, name, admitted.error);
    const there = etcd.get(resource.plural, placeOf(admitted.value.metadata));
    if (there !== undefined) return alreadyExists(resource, there);
    const { status: _notStored, ...stored } = admitted.value;
    const created = etcd.put(resource.plural, resource.ours === undefined ? admitted.value : stored);
    return done(read(resource, created), 201);
  }

  function replace(target: Target, before: KubeObject, body: unknown): Answer {
    const { resource } = target;
    const sent = body as KubeObject;
    const { name, uid, resourceVersion } = sent.metadata;
    if (name !== before.metadata.name) {
      return badRequest(
        `the name of the object (${name}) does not match the name on the URL (${before.metadata.name})`,
      );
    }
    if (uid !== undefined && uid !== before.metadata.uid) return otherUid(resource, uid, before);
    if (resourceVersion === undefined && !resource.unconditionalUpdate) {
      return invalid(resource, name, ["metadata.resourceVersion: Invalid value: 0: must be specified for an update"]);
    }
    return update(target, before, sent);
  }

  function patch(target: Target, before: KubeObject, { contentType, body }: KubeRequest): Answer {
    switch (contentType) {
      case "application/merge-patch+json":
        return update(target, before, mergePatch(before, body) as KubeObject);
      case "application/json-patch+json": {
        const patched = jsonPatch(before, body as readonly PatchOperation[]);
        return patched.ok
          ? update(target, before, patched.value as KubeObject)
          : refusal(422, undefined, patched.error);
      }
      default:
        return refusal(415, undefined, `the model knows no patch of type ${contentType ?? "none"}`);
    }
  }

  /** Stores `wanted`, as far as this path may change the object. */
  function update({ resource, subresource }: Target, before: KubeObject, wanted: KubeObject): Answer {
    const { name, resourceVersion, uid, finalizers: had = [], deletionTimestamp } = before.metadata;
    const { metadata: sent } = wanted;
    if (sent.resourceVersion !== undefined && sent.resourceVersion !== resourceVersion) return modified(resource, name);
    if (sent.uid !== undefined && sent.uid !== uid) {
      return invalid(resource, name, [`metadata.uid: Invalid value: "${sent.uid}": field is immutable`]);
    }
    const proposed =
      subresource === "status" ? { ...before, status: wanted["status"] } : mainPartOf(resource, before, wanted);
    const { finalizers = [] } = proposed.metadata;
    const added = finalizers.filter((finalizer) => !had.includes(finalizer));
    if (deletionTimestamp !== undefined && added.length > 0) {
      return invalid(resource, name, [
        `metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`,
      ]);
    }
    const admitted = admit(resource, proposed, before);
    if (!admitted.ok) return invalid(resource, name, admitted.error);
    const after = withGeneration(before, admitted.value);
    if (isDeepStrictEqual(after, etcd.get(resource.plural, placeOf(before.metadata)))) return done(before);
    if (deletionTimestamp !== undefined && finalizers.length === 0) {
      etcd.remove(resource.plural, placeOf(before.metadata));
      return done(after);
    }
    return done(etcd.put(resource.plural, after));
  }

  function remove(resource: Resource, before: KubeObject): Answer {
    const { finalizers = [], deletionTimestamp, generation } = before.metadata;
    if (finalizers.length === 0) {
      etcd.remove(resource.plural, placeOf(before.metadata));
      return done({ kind: "Status", apiVersion: "v1", status: "Success" });
    }
    if (deletionTimestamp !== undefined) return done(before);
    const marks = {
      deletionTimestamp: kubeTime(clock.now()),
      deletionGracePeriodSeconds: 0,
      generation: generation === undefined ? undefined : generation + 1,
    };
    return done(etcd.put(resource.plural, withMetadata(before, marks)));
  }

  return { answer };
}

const typeOf = ({ apiVersion, kind }: Resource): Pick<KubeObject, "apiVersion" | "kind"> => ({ apiVersion, kind });

/** What a write of the object itself may change: everything but its status and what the API server says of it. */
function mainPartOf(resource: Resource, before: KubeObject, wanted: KubeObject): KubeObject {
  const { labels, annotations, finalizers } = wanted.metadata;
  const status = resource.ours === undefined ? wanted["status"] : before["status"];
  const metadata = {
    labels: filled(labels),
    annotations: filled(annotations),
    finalizers: finalizers?.length === 0 ? undefined : finalizers,
  };
  const object = withMetadata({ ...wanted, ...typeOf(resource), metadata: before.metadata }, metadata);
  return status === undefined ? object : { ...object, status };
}

/** An empty map is none. */
const filled = <T extends object>(map: T | undefined): T | undefined =>
  map === undefined || Object.keys(map).length === 0 ? undefined : map;

function withGeneration(before: KubeObject, after: KubeObject): KubeObject {
  const { generation } = before.metadata;
  if (generation === undefined) return after;
  const plain = ({ metadata: _metadata, status: _status, ...rest }: KubeObject): object => rest;
  const changed = !isDeepStrictEqual(plain(before), plain(after));
  return withMetadata(after, { generation: changed ? generation + 1 : generation });
}
