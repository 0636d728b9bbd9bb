import { keyOf } from "../src/api/key.ts";
import { iscsiCredentialKind } from "../src/api/kinds.ts";
import type { CredentialId, InitiatorName } from "../src/array/identifiers.ts";
import { kubeWrites } from "../src/kube/writes.ts";
import { createOpenArray } from "../src/ontap/open-array.ts";
import { createOpenTransport } from "../src/ontap/transport.ts";
import { systemClock } from "../src/std/clock.ts";
import type { Result } from "../src/std/result.ts";
import { SecretText } from "../src/std/secret-text.ts";
import type { KubeObject } from "../tools/harness/cluster.ts";
import { unmeasured } from "../test/harness/unmeasured.ts";
import { inParallel } from "./fleet.ts";
import { arrayPassword, type Stage } from "./stage.ts";

/**
 * What no operator can do without: per credential one finalizer, one read of its Secret, one write to the array, one status. It
 * knows beforehand all that an operator has to find out, so its time is the floor of this machine.
 */
export interface BareTimes {
  readonly createMs: number;
  /** Edits every Secret, reads it, writes the array and the status. */
  readonly editMs: number;
}

const never = new AbortController().signal;

/** In a namespace and on an SVM of its own; its objects are gone from the cluster afterwards. */
export async function measureBare(stage: Stage, namespace: string, svmName: string, count: number): Promise<BareTimes> {
  const { cluster, fleet, array: process } = stage;
  await fleet.createPlace(namespace);
  await fleet.createCredentials(namespace, count);
  const openArray = createOpenArray({
    clock: systemClock,
    openTransport: createOpenTransport({ clock: systemClock, version: "bench", instance: "generator" }),
  });
  const array = openArray(
    {
      endpoint: process.url,
      login: { method: "basic", user: "admin", password: new SecretText(arrayPassword) },
      trust: { caPem: process.caPem, serverName: undefined, insecureSkipVerify: false },
      // As many as the operator may have.
      maxConcurrentRequests: 4,
      requestTimeoutMs: 30_000,
    },
    unmeasured,
  );
  const svm = done(await array.svms(never)).find(({ name }) => name === svmName);
  if (svm === undefined) throw new Error(`the array shows no SVM ${svmName}`);

  const objects = await cluster.list("iscsicredentials", namespace);
  const idOf = (name: string): CredentialId => ({
    svm: svm.uuid,
    initiator: fleet.initiatorOf(namespace, name) as InitiatorName,
  });
  const authentication = (name: string, value: string) =>
    ({ type: "chap", inbound: { user: name, password: new SecretText(value) }, outbound: undefined }) as const;

  async function create(object: KubeObject): Promise<void> {
    const { name, uid = "", resourceVersion = "" } = object.metadata;
    const meta = { name, namespace, uid, resourceVersion } as Parameters<typeof kubeWrites.finalizers>[2];
    await cluster.send(kubeWrites.finalizers(iscsiCredentialKind, keyOf({ namespace, name }), meta, ["bench/bare"]));
    await cluster.get("secrets", namespace, name);
    const creation = { authentication: authentication(name, "first-value"), addresses: undefined };
    done(await array.createCredential(idOf(name), creation, never));
    await setStatus(object, 1);
  }

  async function edit(object: KubeObject): Promise<void> {
    const { name } = object.metadata;
    await fleet.editSecret(namespace, name, "edited-value");
    await cluster.get("secrets", namespace, name);
    const change = { authentication: authentication(name, "edited-value"), addresses: undefined, holdsOutbound: false };
    done(await array.changeCredential(idOf(name), change, never));
    await setStatus(object, 2);
  }

  async function setStatus({ metadata }: KubeObject, generation: number): Promise<void> {
    const { name, uid = "" } = metadata;
    const time = new Date().toISOString();
    const condition = { type: "Ready", status: "True", reason: "Applied", message: "bare", lastTransitionTime: time };
    const status = { observedGeneration: generation, conditions: [condition] };
    const meta = { name, namespace, uid } as Parameters<typeof kubeWrites.status>[2];
    await cluster.send(kubeWrites.status(iscsiCredentialKind, keyOf({ namespace, name }), meta, status));
  }

  async function clear({ metadata: { name } }: KubeObject): Promise<void> {
    await cluster.patch("iscsicredentials", namespace, name, { metadata: { finalizers: null } });
    await cluster.delete("iscsicredentials", namespace, name);
    await cluster.delete("secrets", namespace, name);
  }

  async function timed(work: (object: KubeObject) => Promise<void>): Promise<number> {
    const beganMs = performance.now();
    await inParallel(objects.length, async (index) => {
      const object = objects[index];
      if (object !== undefined) await work(object);
    });
    return performance.now() - beganMs;
  }

  const times = { createMs: await timed(create), editMs: await timed(edit) };
  await timed(clear);
  await cluster.delete("ontapconnections", namespace, "array");
  await array.close();
  return times;
}

function done<T>(result: Result<T, unknown>): T {
  if (result.ok) return result.value;
  throw new Error(`the array refused: ${JSON.stringify(result.error)}`);
}
