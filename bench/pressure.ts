import { setTimeout as sleep } from "node:timers/promises";
import type { KubeRequest } from "../src/kube/transport.ts";
import { reconcileRequestAnnotation } from "../src/api/fields.ts";
import type { Random } from "../src/std/random.ts";
import { unreachable } from "../src/std/unreachable.ts";
import type { Cluster } from "../tools/harness/cluster.ts";
import { addressOf, passwordOf, userOf, type Declared } from "./declared.ts";

/**
 * People who never stop changing things. What the API server does not take they try again until it does, and they remember
 * what it acknowledged: that, and nothing less, must be on the arrays.
 */
export interface Pressure {
  /** Creates credentials in every place in turn until there are as many as asked for. */
  populate(): Promise<void>;
  begin(): void;
  /** Resolves when all that was begun is acknowledged and nothing is suspended, planned or forbidden any more. */
  pause(): Promise<void>;
  /** Everything acknowledged so far. */
  declared(): readonly Declared[];
  /** Whether somebody is about to delete it, or has. */
  isEnding(declared: Declared): boolean;
  /** How often each change was acknowledged. */
  changes(): Readonly<Record<Change, number>>;
  /** How often a request was not taken and sent again. */
  retries(): number;
  /** What ended a change for good; each is a mistake of this program or of the API server. */
  failures(): readonly string[];
}

/** `turnover` creates a credential or deletes one; the last three are taken back after some seconds. */
export type Change = "secret" | "addresses" | "turnover" | "request" | "suspend" | "plan" | "forbid";

/** Where credentials are, and through which connection. */
export interface Place {
  readonly namespace: string;
  readonly connection: { readonly name: string; readonly namespace: string };
  readonly svms: readonly string[];
  /** The label that makes the connection allow this namespace, if it needs one. */
  readonly consentLabel?: string;
}

export interface PressureOptions {
  readonly cluster: Cluster;
  readonly random: Random;
  readonly places: readonly Place[];
  readonly population: number;
  readonly perSecond: number;
  /** How often each change is chosen, relative to the others. */
  readonly weights: Readonly<Record<Change, number>>;
}

interface Entry {
  declared: Declared;
  readonly place: Place;
  busy: boolean;
  ending: boolean;
}

const retryMs = 250;
/** No outage here is longer; then something else is wrong. */
const patienceMs = 10 * 60_000;
/** While the API server is down, changes wait; more than so many people have nothing to do meanwhile. */
const mostAtOnce = 24;

export function createPressure(options: PressureOptions): Pressure {
  const { cluster, random, places, population, perSecond, weights } = options;
  const entries = new Map<number, Entry>();
  const counts: Record<Change, number> = {
    secret: 0,
    addresses: 0,
    turnover: 0,
    request: 0,
    suspend: 0,
    plan: 0,
    forbid: 0,
  };
  const failures: string[] = [];
  const underWay = new Set<Promise<void>>();
  const forbidden = new Set<Place>();
  let created = 0;
  let retries = 0;
  let resting = new AbortController();
  let pressing: Promise<void> = Promise.resolve();

  const living = (): readonly Entry[] => [...entries.values()].filter(({ ending }) => !ending);

  /** Sends it until the API server has acknowledged it; what an earlier attempt had done already counts as that. */
  async function insist(request: KubeRequest): Promise<void> {
    const deadlineMs = performance.now() + patienceMs;
    for (;;) {
      const reply = await cluster.transport.send(request, AbortSignal.timeout(patienceMs));
      if (reply.ok) return;
      const { problem, message } = reply.error;
      if (request.method === "POST" && message.includes("already exists")) return;
      // A server that starts says 404 of whole kinds before it knows them, in other words.
      if (request.method === "DELETE" && problem === "not-found" && message.includes("not found")) return;
      if (problem === "invalid" || performance.now() > deadlineMs) throw new Error(`${request.path}: ${message}`);
      retries += 1;
      await sleep(retryMs);
    }
  }

  const secretPath = (namespace: string, name = ""): string => `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const credentialPath = (namespace: string, name = ""): string =>
    `/apis/ontap-iscsi.dev/v1alpha1/namespaces/${namespace}/iscsicredentials/${name}`;
  const mergePatch = (path: string, body: object): Promise<void> =>
    insist({ method: "PATCH", path, contentType: "application/merge-patch+json", body });
  const patchCredential = ({ declared: { namespace, name } }: Entry, body: object): Promise<void> =>
    mergePatch(credentialPath(namespace, name), body);

  async function editSecret(entry: Entry): Promise<void> {
    const { namespace, name, secret } = entry.declared;
    const edited = { ...entry.declared, secret: secret + 1 };
    await mergePatch(secretPath(namespace, name), { stringData: valuesOf(edited) });
    entry.declared = { ...entry.declared, secret: edited.secret };
  }

  async function editAddresses(entry: Entry): Promise<void> {
    const addresses = entry.declared.addresses + 1;
    await patchCredential(entry, { spec: { initiatorAddress: rangesOf(addresses) } });
    entry.declared = { ...entry.declared, addresses };
  }

  /** Changes a field of the spec, edits the Secret meanwhile, and changes the field back. */
  async function hold(entry: Entry, field: string, held: unknown, usual: unknown): Promise<void> {
    await patchCredential(entry, { spec: { [field]: held } });
    await editSecret(entry);
    await aWhile();
    await patchCredential(entry, { spec: { [field]: usual } });
  }

  async function forbid(place: Place, label: string): Promise<void> {
    if (forbidden.has(place)) return;
    forbidden.add(place);
    const setLabel = (value: string | null): Promise<void> =>
      mergePatch(`/api/v1/namespaces/${place.namespace}`, { metadata: { labels: { [label]: value } } });
    await setLabel(null);
    await aWhile();
    await setLabel("yes");
    forbidden.delete(place);
  }

  /** Some seconds, or until the pressure is taken off. */
  const aWhile = (): Promise<void> =>
    sleep(3000 + random() * 12_000, undefined, { signal: resting.signal }).catch(() => undefined);

  async function create(): Promise<void> {
    const id = created;
    created += 1;
    const place = places[id % places.length];
    const svm = place?.svms[Math.floor(id / places.length) % place.svms.length];
    if (place === undefined || svm === undefined) throw new Error("there is no place to create anything in");
    const { namespace, connection } = place;
    const name = `c${id}`;
    const initiator = `iqn.2026-11.dev.pressure:${name}`;
    const declared: Declared = { id, namespace, name, svm, initiator, secret: 1, addresses: 1, deleted: false };
    await insist({
      method: "POST",
      path: secretPath(namespace),
      body: {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, namespace },
        type: "kubernetes.io/iscsi-chap",
        stringData: valuesOf(declared),
      },
    });
    const pair = { secretRef: { name } };
    await insist({
      method: "POST",
      path: credentialPath(namespace),
      body: {
        apiVersion: "ontap-iscsi.dev/v1alpha1",
        kind: "IscsiCredential",
        metadata: { name, namespace },
        spec: {
          connectionRef: connection,
          svm: { name: svm },
          initiator,
          authenticationType: "chap",
          chap: { inbound: pair, outbound: pair },
          initiatorAddress: rangesOf(declared.addresses),
        },
      },
    });
    entries.set(id, { declared, place, busy: false, ending: false });
  }

  async function end(entry: Entry): Promise<void> {
    entry.ending = true;
    const { namespace, name } = entry.declared;
    await insist({ method: "DELETE", path: credentialPath(namespace, name) });
    await insist({ method: "DELETE", path: secretPath(namespace, name) });
    entry.declared = { ...entry.declared, deleted: true };
  }

  async function make(change: Change, entry: Entry): Promise<void> {
    switch (change) {
      case "secret":
        return editSecret(entry);
      case "addresses":
        return editAddresses(entry);
      case "turnover":
        return living().length < population ? create() : end(entry);
      case "request": {
        const annotations = { [reconcileRequestAnnotation]: new Date().toISOString() };
        return patchCredential(entry, { metadata: { annotations } });
      }
      case "suspend":
        return hold(entry, "suspend", true, false);
      case "plan":
        return hold(entry, "mode", "Plan", "Enforce");
      case "forbid": {
        const { place } = entry;
        return place.consentLabel === undefined ? undefined : forbid(place, place.consentLabel);
      }
      default:
        return unreachable(change);
    }
  }

  function startOne(): void {
    const idle = living().filter(({ busy }) => !busy);
    const entry = idle[Math.floor(random() * idle.length)];
    if (entry === undefined || underWay.size >= mostAtOnce) return;
    const change = drawn(weights, random);
    entry.busy = true;
    const one = (async (): Promise<void> => {
      try {
        await make(change, entry);
        counts[change] += 1;
      } catch (error) {
        failures.push(`${change}: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        entry.busy = false;
      }
    })();
    underWay.add(one);
    void one.finally(() => underWay.delete(one));
  }

  return {
    async populate() {
      while (entries.size < population) await Promise.all(Array.from({ length: 8 }, () => create()));
    },
    begin() {
      resting = new AbortController();
      const { signal } = resting;
      pressing = (async () => {
        while (!signal.aborted) {
          startOne();
          await sleep(1000 / perSecond, undefined, { signal }).catch(() => undefined);
        }
      })();
    },
    async pause() {
      resting.abort();
      await pressing;
      await Promise.all(underWay);
    },
    declared: () => [...entries.values()].map(({ declared }) => declared),
    isEnding: ({ id }) => entries.get(id)?.ending === true,
    changes: () => ({ ...counts }),
    retries: () => retries,
    failures: () => failures,
  };
}

function valuesOf(declared: Declared): Readonly<Record<string, string>> {
  return {
    "node.session.auth.username": userOf(declared, "inbound"),
    "node.session.auth.password": passwordOf(declared, "inbound"),
    "node.session.auth.username_in": userOf(declared, "outbound"),
    "node.session.auth.password_in": passwordOf(declared, "outbound"),
  };
}

const rangesOf = (version: number): object => ({
  ranges: [{ start: addressOf(version), end: addressOf(version) }],
});

function drawn(weights: Readonly<Record<Change, number>>, random: Random): Change {
  const rows = Object.entries(weights) as [Change, number][];
  let left = random() * rows.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [change, weight] of rows) {
    left -= weight;
    if (left < 0) return change;
  }
  return "secret";
}
