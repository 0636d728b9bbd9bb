import type { KubeFailure } from "../../../src/api/failure.ts";
import { objectMeta, type ObjectMeta } from "../../../src/api/fields.ts";
import { keyOf } from "../../../src/api/key.ts";
import { heldLease, newLease, parseLease } from "../../../src/lease/lease.ts";
import type { KubeRequest, KubeTransport } from "../../../src/kube/transport.ts";
import { kubeWrites } from "../../../src/kube/writes.ts";
import { metadataOnly, type WatchEvent } from "../../../src/kube/watch-events.ts";
import type { Result } from "../../../src/std/result.ts";
import { unreachable } from "../../../src/std/unreachable.ts";
import type { KubeObject } from "../../model/kubernetes/object.ts";
import { pathOf, resourceOfKind } from "../../model/kubernetes/resources.ts";
import { bodyOf, eventBody, kindOf, statuses } from "./bodies.ts";
import type { Step, Thing, Version } from "./steps.ts";
import { read } from "./watching.ts";

/** Sends one request, and gives its answer. */
type Ask = (request: KubeRequest) => Promise<Result<unknown, KubeFailure>>;

export const asker =
  (transport: KubeTransport): Ask =>
  (request) =>
    transport.send(request, new AbortController().signal);

/** What an API server made of one step: the answer, raw. Undefined when the step had nothing to refer to. */
export type Outcome = Result<unknown, KubeFailure> | undefined;

/** Plays a sequence in a namespace that is its own. Each step refers only to what earlier answers have shown. */
export async function play(
  transport: KubeTransport,
  namespace: string,
  steps: readonly Step[],
): Promise<readonly Outcome[]> {
  const ask = asker(transport);
  const shown = new Map<string, KubeObject[]>();
  const outcomes: Outcome[] = [];
  for (const step of steps) {
    const isShown: Shown = (thing, version) => pick(shown.get(labelOf(thing)), version);
    const outcome =
      step.do === "watch"
        ? await watch(transport, namespace, step, isShown(step.object, "older")?.metadata.resourceVersion)
        : await playStep(ask, namespace, step, isShown);
    outcomes.push(outcome);
    const object = (outcome?.ok === true ? outcome.value : {}) as Partial<KubeObject>;
    const { kind = "", metadata } = object;
    // A list, and the word that something is gone, show no object.
    if (metadata?.name === undefined || kind === "PartialObjectMetadata") continue;
    const label = labelOf({ kind, name: metadata.name });
    shown.set(label, [...(shown.get(label) ?? []), { ...object, kind, metadata }]);
  }
  return outcomes;
}

const labelOf = ({ kind, name }: { readonly kind: string; readonly name: string }): string => `${kind} ${name}`;

const pick = (states: readonly KubeObject[] | undefined, version: Version): KubeObject | undefined =>
  version === "latest" ? states?.at(-1) : (states?.at(-2) ?? states?.at(-1));

type Shown = (thing: { readonly kind: string; readonly name: string }, version: Version) => KubeObject | undefined;

async function playStep(
  ask: Ask,
  namespace: string,
  step: Exclude<Step, { do: "watch" }>,
  shown: Shown,
): Promise<Outcome> {
  const path = ({ kind, name }: Thing): string => pathOf(resourceOfKind(kind), namespace, name);
  const patch = (thing: Thing, body: object): Promise<Outcome> =>
    ask({ method: "PATCH", path: path(thing), contentType: "application/merge-patch+json", body });
  switch (step.do) {
    case "create": {
      const { object, variant, finalizers } = step;
      const { apiVersion, kind } = resourceOfKind(object.kind);
      const metadata = { name: object.name, namespace, ...(finalizers.length > 0 ? { finalizers } : {}) };
      const body = { apiVersion, kind, metadata, ...bodyOf(object, variant) };
      return ask({ method: "POST", path: pathOf(resourceOfKind(kind), namespace), body });
    }
    case "replace": {
      const { object, variant, finalizers, version, uid } = step;
      const { apiVersion, kind } = resourceOfKind(object.kind);
      const resourceVersion = version === "none" ? undefined : shown(object, version)?.metadata.resourceVersion;
      const known = uid === "none" ? undefined : shown(object, uid)?.metadata.uid;
      const metadata = { name: object.name, namespace, finalizers, resourceVersion, uid: known };
      return ask({
        method: "PUT",
        path: path(object),
        body: { apiVersion, kind, metadata, ...bodyOf(object, variant) },
      });
    }
    case "edit":
      return patch(step.object, bodyOf(step.object, step.variant));
    case "annotate":
      return patch(step.object, { metadata: { annotations: { note: step.value } } });
    case "set-finalizers":
      return patch(step.object, { metadata: { finalizers: step.finalizers } });
    case "finalize": {
      const meta = metaOf(shown(step.object, step.version));
      if (meta === undefined) return undefined;
      return ask(kubeWrites.finalizers(kindOf(step.object), keyOf(meta), meta, step.finalizers));
    }
    case "write-status": {
      const meta = metaOf(shown(step.object, step.version));
      if (meta === undefined) return undefined;
      return ask(kubeWrites.status(kindOf(step.object), keyOf(meta), meta, statuses[step.variant]));
    }
    case "delete":
      return ask({ method: "DELETE", path: path(step.object) });
    case "get":
      return ask({
        method: "GET",
        path: path(step.object),
        ...(step.metadataOnly ? { accept: metadataOnly.watch } : {}),
      });
    case "list":
      return list(ask, pathOf(resourceOfKind(step.kind), namespace), step);
    case "emit": {
      const uid = shown(step.object, "latest")?.metadata.uid;
      return uid === undefined
        ? undefined
        : ask(kubeWrites.event(namespace, eventBody(namespace, step.name, step.object, uid)));
    }
    case "emit-again":
      return ask(kubeWrites.eventSeries(namespace, step.name, step.count, "2026-01-01T00:00:05.000000Z"));
    case "take-lease":
      return ask(kubeWrites.leaseCreate(namespace, newLease(namespace, "lease", step.holder, 15_000, 0)));
    case "renew-lease": {
      const lease = parseLease({ ...shown({ kind: "Lease", name: "lease" }, step.version) });
      if (lease === undefined) return undefined;
      return ask(kubeWrites.leaseUpdate(namespace, "lease", heldLease(lease, step.holder, 15_000, 1000)));
    }
    default:
      return unreachable(step);
  }
}

const metaOf = (object: KubeObject | undefined): ObjectMeta | undefined => objectMeta.safeParse(object?.metadata).data;

/** All pages, with how many objects each had. */
async function list(
  ask: Ask,
  path: string,
  { metadataOnly: partial, limit }: Extract<Step, { do: "list" }>,
): Promise<Outcome> {
  const pages: unknown[] = [];
  let next: string | undefined;
  do {
    const query = { limit: String(limit), ...(next === undefined ? {} : { continue: next }) };
    const page = await ask({ method: "GET", path, query, ...(partial ? { accept: metadataOnly.list } : {}) });
    if (!page.ok) return page;
    const { items, metadata } = page.value as { items: readonly unknown[]; metadata: { continue?: string } };
    pages.push(items);
    next = metadata.continue === "" ? undefined : metadata.continue;
  } while (next !== undefined);
  return { ok: true, value: { pages } };
}

async function watch(
  transport: KubeTransport,
  namespace: string,
  { object, metadataOnly: partial }: Extract<Step, { do: "watch" }>,
  resourceVersion: string | undefined,
): Promise<Outcome> {
  const beginning =
    resourceVersion === undefined
      ? { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" }
      : { resourceVersion };
  const opened = await transport.stream(
    {
      method: "GET",
      path: pathOf(resourceOfKind(object.kind), namespace),
      query: { watch: "true", allowWatchBookmarks: "true", timeoutSeconds: "1", ...beginning },
      ...(partial ? { accept: metadataOnly.watch } : {}),
    },
    new AbortController().signal,
  );
  if (!opened.ok) return opened;
  const events: WatchEvent[] = [];
  await read(opened.value, (event) => events.push(event));
  return { ok: true, value: { events } };
}
