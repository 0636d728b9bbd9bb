import type { KubeTransport } from "../../../src/kube/transport.ts";
import { eventOf, metadataOnly, wholeObjects, type WatchEvent } from "../../../src/kube/watch-events.ts";
import type { KubeObject } from "../../model/kubernetes/object.ts";
import { pathOf, resourceOfKind } from "../../model/kubernetes/resources.ts";

/** The watches that the operator has open, and what each has brought, in its order. */
export interface Watching {
  /** Of one namespace. */
  events(namespace: string): Readonly<Record<string, readonly WatchEvent[]>>;
  stop(): void;
}

const watched = [
  { kind: "IscsiCredential", partial: false },
  { kind: "OntapConnection", partial: false },
  { kind: "Secret", partial: true },
  { kind: "ConfigMap", partial: true },
  { kind: "Lease", partial: false },
] as const;

/** Resolves when all of them are open. */
export async function watchAll(transport: KubeTransport): Promise<Watching> {
  const stop = new AbortController();
  const seen = new Map<string, Map<string, WatchEvent[]>>();
  const query = {
    watch: "true",
    allowWatchBookmarks: "true",
    sendInitialEvents: "true",
    resourceVersionMatch: "NotOlderThan",
    timeoutSeconds: "3000",
  };
  await Promise.all(
    watched.map(async ({ kind, partial }) => {
      const { watch: accept } = partial ? metadataOnly : wholeObjects;
      const path = pathOf(resourceOfKind(kind));
      const opened = await transport.stream({ method: "GET", path, query, accept }, stop.signal);
      if (!opened.ok) throw new Error(`${kind}: ${opened.error.message}`);
      void read(opened.value, (event) => {
        const { namespace = "" } = (event.object as unknown as KubeObject).metadata;
        const ofNamespace = seen.get(namespace) ?? new Map<string, WatchEvent[]>();
        seen.set(namespace, ofNamespace.set(kind, [...(ofNamespace.get(kind) ?? []), event]));
      });
    }),
  );
  return {
    events: (namespace) => Object.fromEntries(seen.get(namespace) ?? []),
    stop: () => stop.abort(),
  };
}

/** Bookmarks come when a server likes; all else is told. */
export async function read(stream: AsyncIterable<Uint8Array>, tell: (event: WatchEvent) => void): Promise<void> {
  let rest = "";
  try {
    for await (const chunk of stream) {
      const lines = (rest + Buffer.from(chunk).toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const event = eventOf(line);
        if (event !== undefined && event.type !== "BOOKMARK") tell(event);
      }
    }
  } catch {
    // It was stopped.
  }
}
