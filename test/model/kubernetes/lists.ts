import type { KubeRequest } from "../../../src/kube/transport.ts";
import { badRequest, done, refusal, type Answer } from "./answer.ts";
import type { Etcd } from "./etcd.ts";
import { placeOf, type KubeObject } from "./object.ts";
import type { Target } from "./resources.ts";
import { isPartial, viewFor } from "./view.ts";

/** Where a list that comes in pages goes on; all its pages are of one revision. */
interface Continue {
  readonly revision: number;
  readonly after: string;
}

/** @param revision as of which the first page is. */
export function listObjects(etcd: Etcd, target: Target, request: KubeRequest, revision: number): Answer {
  const { limit, continue: token, fieldSelector } = request.query ?? {};
  const from: Continue =
    token === undefined ? { revision: Math.max(revision, etcd.compactedTo()), after: "" } : read(token);
  if (from.revision < etcd.compactedTo()) {
    return { ...refusal(410), message: "The provided continue parameter is too old" };
  }
  const selected = selectorOf(target, fieldSelector);
  if (selected === undefined) return badRequest(`field selector ${fieldSelector ?? ""} is not modelled`);
  const objects = etcd.list(target.resource.plural, from.revision).filter(selected);
  const left = objects.filter(({ metadata }) => placeOf(metadata) > from.after);
  const page = left.slice(0, limit === undefined ? undefined : Number(limit));
  const last = page.at(-1);
  const more = last !== undefined && page.length < left.length;
  const metadata = {
    resourceVersion: String(from.revision),
    ...(more ? { continue: write({ revision: from.revision, after: placeOf(last.metadata) }) } : {}),
  };
  const { kind, apiVersion } = target.resource;
  const items = page
    .map(viewFor(request, target.resource))
    .map((item) => (isBuiltIn(target) ? withoutType(item) : item));
  // Of metadata alone, no objects are no list.
  return done({
    kind: `${kind}List`,
    apiVersion,
    metadata,
    items: items.length === 0 && isPartial(request) ? null : items,
  });
}

/** Within a list, objects of Kubernetes' own kinds do not say again which kind they are of. */
const isBuiltIn = ({ resource }: Target): boolean => resource.ours === undefined;

function withoutType(item: object): object {
  const { kind, apiVersion, ...rest } = item as KubeObject;
  return kind === "PartialObjectMetadata" ? { kind, apiVersion, ...rest } : rest;
}

/** The objects that a collection, or a watch of it, shows. Undefined for a selector other than `metadata.name=`. */
export function selectorOf(
  { namespace }: Target,
  fieldSelector: string | undefined,
): ((object: KubeObject) => boolean) | undefined {
  const name = /^metadata\.name=(.+)$/.exec(fieldSelector ?? "")?.[1];
  if (fieldSelector !== undefined && name === undefined) return undefined;
  return ({ metadata }) =>
    (namespace === undefined || metadata.namespace === namespace) && (name === undefined || metadata.name === name);
}

const write = (from: Continue): string => Buffer.from(JSON.stringify(from)).toString("base64url");
const read = (token: string): Continue => JSON.parse(Buffer.from(token, "base64url").toString()) as Continue;
