import type { Effect } from "../model/kubernetes/faults.ts";
import { withMetadata } from "../model/kubernetes/object.ts";
import { arrayLogin } from "../model/world.ts";
import { namespaces } from "./plan.ts";
import {
  connectionManifest,
  connectionOf,
  credentialManifest,
  grantedLabel,
  loginOf,
  secretOf,
  type Stage,
} from "./stage.ts";
import type {
  AdminStep,
  ClusterStep,
  Declared,
  FateStep,
  NetworkStep,
  OwnerStep,
  Place,
  Step,
  TenantStep,
} from "./step.ts";

/** Carries steps out. What tenants have declared is remembered here, as their Git repository does. */
export interface Performer {
  perform(step: Step): Promise<void>;
  readonly declared: ReadonlyMap<string, Declared>;
  /** Everything works again, and everybody has done what is theirs to do. */
  repair(): Promise<void>;
}

const keyOf = ({ namespace, name }: Place): string => `${namespace}/${name}`;

export function createPerformer(stage: Stage): Performer {
  const { world, arrays } = stage;
  const { clock, cluster } = world;
  const { people } = cluster;
  const declared = new Map<string, Declared>();
  /** ONTAP deletes no `default`, so the API server takes no manifest that asks for it. */
  function remember(place: Place, asked: Declared): Declared {
    const { initiator, deletionPolicy } = asked;
    const now: Declared = {
      ...asked,
      deletionPolicy: initiator === "default" && deletionPolicy === "Delete" ? "Retain" : deletionPolicy,
    };
    declared.set(keyOf(place), now);
    stage.declarations.push(now);
    return now;
  }
  /** Things that end later, such as outages; what is left of them ends with the repair. */
  const pending = new Set<() => void>();

  stage.isTroubled = () => pending.size > 0;

  function later(ms: number, then: () => unknown): void {
    const end = (): void => {
      if (!pending.delete(end)) return;
      stage.disturbedMs = clock.monotonic();
      stage.troubledMs = clock.monotonic();
      void then();
    };
    pending.add(end);
    clock.after(ms, end);
  }

  function tenant(step: TenantStep): void {
    const { place } = step;
    const { namespace, name } = place;
    const known = declared.get(keyOf(place));
    switch (step.do) {
      case "declare":
        if (people.get("IscsiCredential", namespace, name) !== undefined) return;
        people.apply(secretOf(place, `canary-first-${name}`));
        people.create(credentialManifest(place, remember(place, step.declared)));
        return;
      case "edit": {
        if (known === undefined || people.get("IscsiCredential", namespace, name) === undefined) return;
        replaceSpec(place, remember(place, { ...known, ...step.change }));
        return;
      }
      case "request-reconcile": {
        const annotations = { "ontap-iscsi.dev/reconcile-requested-at": String(clock.monotonic()) };
        people.edit("IscsiCredential", namespace, name, { metadata: { annotations } });
        return;
      }
      case "delete":
        people.delete("IscsiCredential", namespace, name);
        noteWhatStays(place);
        return;
      case "recreate":
        if (known === undefined) return;
        people.delete("IscsiCredential", namespace, name);
        noteWhatStays(place);
        // It waits for the old one's finalizer, as kubectl does.
        later(2000, () => people.create(credentialManifest(place, known)));
        return;
      case "replace":
        if (known === undefined || people.get("IscsiCredential", namespace, name) === undefined) return;
        people.replace(credentialManifest(place, known));
        noteWhatStays(place);
        return;
      case "rotate":
        if (people.get("Secret", namespace, `chap-${name}`) !== undefined) people.apply(secretOf(place, step.password));
        return;
      case "label-secret":
        people.edit("Secret", namespace, `chap-${name}`, { metadata: { labels: { note: step.value } } });
        return;
      case "delete-secret":
        people.delete("Secret", namespace, `chap-${name}`);
        return;
      case "recreate-secret":
        people.delete("Secret", namespace, `chap-${name}`);
        people.create(secretOf(place, step.password));
        return;
      default:
        step satisfies never;
    }
  }

  /**
   * An object that goes at once had no finalizer any more: a tenant took it away before the operator could put it back, or while
   * the object was being deleted. No one is then left to remove what it wrote.
   */
  function noteWhatStays(place: Place): void {
    const known = declared.get(keyOf(place));
    if (known === undefined || people.get("IscsiCredential", place.namespace, place.name) !== undefined) return;
    stage.declarations.push({ ...known, deletionPolicy: "Retain" });
  }

  /** `kubectl replace`, with the finalizers that are there. */
  function replaceSpec(place: Place, now: Declared): void {
    const before = people.get("IscsiCredential", place.namespace, place.name);
    if (before === undefined) return;
    const { finalizers } = before.metadata;
    people.replace(withMetadata(credentialManifest(place, now), { finalizers }));
  }

  async function owner(step: OwnerStep): Promise<void> {
    const connection = "connection" in step ? step.connection : "alias";
    const { namespace = "", array = 0 } = connectionOf[connection] ?? {};
    switch (step.do) {
      case "change-login": {
        await arrays[array]?.act({ do: "change-password", user: arrayLogin.user, password: step.password });
        const sameArray = Object.keys(connectionOf).filter((name) => connectionOf[name]?.array === array);
        later(step.lateMs, () => {
          for (const name of sameArray) people.apply(loginOf(name, step.password));
        });
        return;
      }
      case "label-connection":
        people.edit("OntapConnection", namespace, connection, { metadata: { labels: { note: step.value } } });
        return;
      case "recreate-connection":
        people.delete("OntapConnection", namespace, connection);
        later(3000, () => people.create(connectionManifest(connection)));
        return;
      case "withdraw-grant":
        people.label(step.namespace, { storage: null });
        stage.withdrawn.set(step.namespace, clock.monotonic());
        later(step.forMs, () => {
          stage.withdrawn.delete(step.namespace);
          people.label(step.namespace, grantedLabel);
        });
        return;
      case "move-endpoint":
        people.edit("OntapConnection", namespace, connection, {
          spec: { endpoint: connectionOf[connection]?.endpoints[step.to] },
        });
        return;
      default:
        step satisfies never;
    }
  }

  async function admin(step: AdminStep): Promise<void> {
    const array = arrays[step.array];
    if (array === undefined) return;
    const { svm } = step;
    switch (step.do) {
      case "delete-credential":
        if (array.held(svm, step.initiator) !== undefined) {
          await array.act({ do: "delete-credential", svm, initiator: step.initiator });
        }
        return;
      case "overwrite-credential":
        await array.act({
          do: "put-credential",
          svm,
          initiator: step.initiator,
          authenticationType: "chap",
          inbound: { user: "foreign", password: "foreign-password" },
        });
        return;
      case "recreate-svm":
        await array.act({ do: "recreate-svm", svm });
        return;
      case "stop-svm":
        await array.act({ do: "stop-svm", svm });
        later(step.forMs, () => array.act({ do: "start-svm", svm }));
        return;
      default:
        step satisfies never;
    }
  }

  function kubernetes(step: ClusterStep): void {
    switch (step.do) {
      case "fail": {
        const { methods, how, probability, forMs } = step;
        // The Lease fares as everything else does.
        later(
          forMs,
          cluster.faults.add({ when: ({ method }) => methods.includes(method), effect: effects[how], probability }),
        );
        return;
      }
      case "restart":
        cluster.restart();
        return;
      case "restore":
        restoreLater(step.afterMs);
        return;
      case "compact":
        cluster.compact();
        return;
      default:
        step satisfies never;
    }
  }

  function restoreLater(ms: number): void {
    const [snapshot, believed] = [cluster.snapshot(), new Map(declared)];
    later(ms, () => {
      // What was written for objects that are not there any more, nobody knows of.
      for (const known of declared.values()) stage.declarations.push({ ...known, deletionPolicy: "Retain" });
      declared.clear();
      for (const [key, known] of believed) declared.set(key, known);
      cluster.restore(snapshot);
      stage.wasRestored = true;
      stage.withdrawn.clear();
    });
  }

  async function network(step: NetworkStep): Promise<void> {
    switch (step.do) {
      case "lose": {
        const { requests, answers, forMs } = step;
        world.arrays.losing = { requests, answers };
        later(forMs, () => (world.arrays.losing = { requests: 0, answers: 0 }));
        return;
      }
      case "refuse":
        await arrays[step.array]?.act({ do: "refuse-connections" });
        later(step.forMs, () => arrays[step.array]?.act({ do: "accept-connections" }));
        return;
      case "fault":
        arrays[step.array]?.addFault(step.fault);
        return;
      default:
        step satisfies never;
    }
  }

  function fate(step: FateStep): void {
    const operator =
      stage.operators.find((each) => each.alive() && each.leads()) ?? stage.operators.find((each) => each.alive());
    if (operator === undefined) return;
    switch (step.do) {
      case "kill":
        operator.kill();
        return;
      case "stop":
        void operator.stop();
        return;
      case "pause":
        operator.pause();
        later(step.forMs, () => operator.resume());
        return;
      default:
        step satisfies never;
    }
  }

  return {
    declared,
    async perform(step) {
      stage.disturbedMs = clock.monotonic();
      if (step.actor !== "tenant" && step.actor !== "admin") stage.troubledMs = clock.monotonic();
      const { atMs: _atMs, ...told } = step;
      stage.tell(JSON.stringify(told));
      switch (step.actor) {
        case "tenant":
          return tenant(step);
        case "owner":
          return owner(step);
        case "admin":
          return admin(step);
        case "cluster":
          return kubernetes(step);
        case "network":
          return network(step);
        case "fate":
          return fate(step);
        default:
          return step satisfies never;
      }
    },
    async repair() {
      stage.disturbedMs = clock.monotonic();
      stage.tell("everything works again");
      for (const end of pending) end();
      cluster.faults.clear();
      world.arrays.losing = { requests: 0, answers: 0 };
      for (const array of arrays) {
        array.clearFaults();
        await array.act({ do: "accept-connections" });
        await array.act({ do: "put-login", user: arrayLogin.user, password: "canary-repaired" });
        for (const { name } of array.svms()) await array.act({ do: "start-svm", svm: name });
      }
      for (const namespace of namespaces) people.label(namespace, grantedLabel);
      for (const name of Object.keys(connectionOf)) {
        people.apply(loginOf(name, "canary-repaired"));
        people.create(connectionManifest(name));
      }
      for (const [key, known] of declared) {
        const [namespace = "", name = ""] = key.split("/");
        const place = { namespace, name };
        if (people.get("Secret", namespace, `chap-${name}`) === undefined)
          people.create(secretOf(place, "canary-again"));
        const now: Declared = { ...known, suspend: false, mode: "Enforce" };
        declared.set(key, now);
        replaceSpec(place, now);
      }
    },
  };
}

const effects: Readonly<Record<Extract<ClusterStep, { do: "fail" }>["how"], Effect>> = {
  "409": { do: "refuse", status: 409 },
  "422": { do: "refuse", status: 422 },
  "429": { do: "refuse", status: 429, retryAfterSeconds: 1 },
  "500": { do: "refuse", status: 500 },
  drop: { do: "drop" },
  "lose-answer": { do: "lose-answer" },
  hang: { do: "hang", applied: false },
};
