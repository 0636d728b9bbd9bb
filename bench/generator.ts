import { keyOf } from "../src/api/key.ts";
import { iscsiCredentialKind } from "../src/api/kinds.ts";
import type { CredentialId, InitiatorName } from "../src/array/identifiers.ts";
import type { OpenArray } from "../src/array/port.ts";
import { kubeWrites } from "../src/kube/writes.ts";
import type { Result } from "../src/std/result.ts";
import { SecretText } from "../src/std/secret-text.ts";
import type { Cluster, KubeObject } from "../tools/harness/cluster.ts";
import { unmeasured } from "../test/harness/unmeasured.ts";
import { inParallel, type Fleet } from "./fleet.ts";

/**
 * What no operator can do without: per credential one finalizer, one read of its Secret, one write to the array, one status. It
 * knows beforehand all that an operator has to find out, so its time is the floor of this machine.
 */
export interface Generator {
  /** Milliseconds. */
  create(namespace: string, count: number): Promise<number>;
  /** Edits every Secret, reads it, writes the array and the status. */
  edit(namespace: string, count: number): Promise<number>;
  /** Takes its objects away. */
  clear(namespace: string, count: number): Promise<void>;
}

export interface GeneratorOptions {
  readonly cluster: Cluster;
  readonly fleet: Fleet;
  readonly openArray: OpenArray;
  readonly url: string;
  readonly caPem: string;
  readonly password: string;
}

const never = new AbortController().signal;

export async function createGenerator(options: GeneratorOptions): Promise<Generator> {
  const { cluster, fleet, openArray, url, caPem, password } = options;
  const array = openArray(
    {
      endpoint: url,
      login: { method: "basic", user: "admin", password: new SecretText(password) },
      trust: { caPem, serverName: undefined, insecureSkipVerify: false },
      // As many as the operator may have.
      maxConcurrentRequests: 4,
      requestTimeoutMs: 30_000,
    },
    unmeasured,
  );
  const [svm] = done(await array.svms(never));
  if (svm === undefined) throw new Error("the array shows no SVM");

  const idOf = (namespace: string, name: string): CredentialId => ({
    svm: svm.uuid,
    initiator: fleet.initiatorOf(namespace, name) as InitiatorName,
  });
  const authentication = (name: string, value: string) =>
    ({ type: "chap", inbound: { user: name, password: new SecretText(value) }, outbound: undefined }) as const;

  async function setStatus({ metadata }: KubeObject, generation: number): Promise<void> {
    const { namespace = "", name, uid = "" } = metadata;
    const time = new Date().toISOString();
    const condition = { type: "Ready", status: "True", reason: "Applied", message: "bare", lastTransitionTime: time };
    const status = { observedGeneration: generation, conditions: [condition] };
    const meta = { name, namespace, uid } as Parameters<typeof kubeWrites.status>[2];
    await cluster.send(kubeWrites.status(iscsiCredentialKind, keyOf({ namespace, name }), meta, status));
  }

  return {
    async create(namespace, count) {
      const objects = await cluster.list("iscsicredentials", namespace);
      const beganMs = performance.now();
      await inParallel(count, async (index) => {
        const object = objects[index];
        if (object === undefined) throw new Error("fewer objects than were created");
        const { name, uid = "", resourceVersion = "" } = object.metadata;
        const meta = { name, namespace, uid, resourceVersion } as Parameters<typeof kubeWrites.finalizers>[2];
        await cluster.send(
          kubeWrites.finalizers(iscsiCredentialKind, keyOf({ namespace, name }), meta, ["bench/bare"]),
        );
        await cluster.get("secrets", namespace, name);
        const creation = { authentication: authentication(name, "first-value"), addresses: undefined };
        done(await array.createCredential(idOf(namespace, name), creation, never));
        await setStatus(object, 1);
      });
      return performance.now() - beganMs;
    },

    async edit(namespace, count) {
      const objects = await cluster.list("iscsicredentials", namespace);
      const beganMs = performance.now();
      await inParallel(count, async (index) => {
        const object = objects[index];
        if (object === undefined) throw new Error("fewer objects than were created");
        const { name } = object.metadata;
        await fleet.editSecret(namespace, name, `edited-value-${index}`);
        await cluster.get("secrets", namespace, name);
        const change = {
          authentication: authentication(name, "edited-value"),
          addresses: undefined,
          holdsOutbound: false,
        };
        done(await array.changeCredential(idOf(namespace, name), change, never));
        await setStatus(object, 2);
      });
      return performance.now() - beganMs;
    },

    async clear(namespace, count) {
      await inParallel(count, async (index) => {
        const name = `c${index}`;
        await cluster.patch("iscsicredentials", namespace, name, { metadata: { finalizers: null } });
        await cluster.delete("iscsicredentials", namespace, name);
        await cluster.delete("secrets", namespace, name);
      });
      await cluster.delete("ontapconnections", namespace, "array");
      await array.close();
    },
  };
}

function done<T>(result: Result<T, unknown>): T {
  if (result.ok) return result.value;
  throw new Error(`the array refused: ${JSON.stringify(result.error)}`);
}
