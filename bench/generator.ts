import type { ObjectMeta } from "../src/api/fields.ts";
import type { IscsiCredentialStatus } from "../src/api/iscsi-credential.ts";
import { keyOf, type ObjectKey } from "../src/api/key.ts";
import { iscsiCredentialKind } from "../src/api/kinds.ts";
import { timestamp } from "../src/api/verdict.ts";
import type { CredentialId, InitiatorName } from "../src/array/identifiers.ts";
import type { KubeRequest } from "../src/kube/transport.ts";
import { kubeWrites } from "../src/kube/writes.ts";
import { createOpenArray } from "../src/ontap/open-array.ts";
import { createOpenTransport } from "../src/ontap/transport.ts";
import { systemClock } from "../src/std/clock.ts";
import type { Result } from "../src/std/result.ts";
import { SecretText } from "../src/std/secret-text.ts";
import { connect, type KubeObject } from "../tools/harness/cluster.ts";
import { unmeasured } from "../test/harness/unmeasured.ts";
import { inParallel } from "./fleet.ts";
import { arrayPassword, type Stage } from "./stage.ts";

/**
 * What no operator can do without: per credential one finalizer, one read of its Secret, one write to the array, one status. It
 * knows beforehand all that an operator has to find out, so its time is the floor of this machine. It acts as the operator's
 * ServiceAccount: for a cluster-admin the API server skips authorisation and fair queuing, and answers a fifth sooner.
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
  const account = await connect(stage.kubeconfig);
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
  const svm = done(await array.svms(never)).svms.find(({ name }) => name === svmName);
  if (svm === undefined) throw new Error(`the array shows no SVM ${svmName}`);
  const { uuid } = svm;

  const objects = await cluster.list("iscsicredentials", namespace);
  const idOf = (name: string): CredentialId => ({
    svm: uuid,
    initiator: fleet.initiatorOf(namespace, name) as InitiatorName,
  });
  const authentication = (name: string, value: string) =>
    ({ type: "chap", inbound: { user: name, password: new SecretText(value) }, outbound: undefined }) as const;

  /** As the API server last answered, whose versions the next write names. */
  const latest = new Map(objects.map((object) => [object.metadata.name, object]));

  async function send(name: string, requestOf: (key: ObjectKey, meta: ObjectMeta) => KubeRequest): Promise<void> {
    const { uid = "", resourceVersion = "" } = latest.get(name)?.metadata ?? {};
    const meta = { name, namespace, uid, resourceVersion } as ObjectMeta;
    latest.set(name, await account.send(requestOf(keyOf({ namespace, name }), meta)));
  }

  async function create({ metadata: { name } }: KubeObject): Promise<void> {
    await send(name, (key, meta) => kubeWrites.finalizers(iscsiCredentialKind, key, meta, ["bench/bare"]));
    await account.get("secrets", namespace, name);
    const creation = { authentication: authentication(name, "first-value"), addresses: undefined };
    done(await array.createCredential(idOf(name), creation, never));
    await setStatus(name, 1);
  }

  async function edit({ metadata: { name } }: KubeObject): Promise<void> {
    await fleet.editSecret(namespace, name, "edited-value");
    await account.get("secrets", namespace, name);
    const change = { authentication: authentication(name, "edited-value"), addresses: undefined, holdsOutbound: false };
    done(await array.changeCredential(idOf(name), change, never));
    await setStatus(name, 2);
  }

  /** As much as an operator has to say of a credential that is applied. */
  async function setStatus(name: string, round: number): Promise<void> {
    const time = timestamp(Date.now());
    const version = { name, uid: uuid, resourceVersion: String(round) };
    const types = ["Ready", "SecretsResolved", "Applied"];
    const statusOf = (uid: string): IscsiCredentialStatus => ({
      observedGeneration: 1,
      conditions: types.map((type) => ({
        type,
        status: "True",
        observedGeneration: 1,
        lastTransitionTime: time,
        reason: "Bare",
        message: "Written by the generator, which knows it all beforehand",
      })),
      svm: { name: svmName, uuid },
      applied: { uid, authenticationType: "chap", inboundUser: name, inboundSecret: version, generation: 1, time },
      history: [{ time, ready: "True", reason: "Bare", generation: 1 }],
    });
    await send(name, (key, meta) => kubeWrites.status(iscsiCredentialKind, key, meta, statusOf(meta.uid)));
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
  await account.close();
  return times;
}

function done<T>(result: Result<T, unknown>): T {
  if (result.ok) return result.value;
  throw new Error(`the array refused: ${JSON.stringify(result.error)}`);
}
