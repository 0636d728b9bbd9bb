import type { Cluster } from "../tools/harness/cluster.ts";

/** Many credentials at once, created and edited as many people with kubectl would. */
export interface Fleet {
  /** A namespace with a login and a connection `array`. */
  createPlace(namespace: string, password?: string): Promise<void>;
  /** `c0` to `c(count - 1)` with a Secret each of the same name, in turn on all SVMs; those before `from` are there already. */
  createCredentials(namespace: string, count: number, from?: number): Promise<void>;
  /** Secrets that nobody refers to. */
  createForeignSecrets(namespace: string, count: number): Promise<void>;
  editSecret(namespace: string, name: string, password: string): Promise<void>;
  initiatorOf(namespace: string, name: string): string;
}

interface ArrayFacts {
  readonly url: string;
  readonly caPem: string;
  readonly password: string;
  /** `svm1` alone, if left out. */
  readonly svms?: readonly string[];
}

const atOnce = 32;

/** Runs `work` for 0 to count - 1, so many at a time as a busy pipeline would. */
export async function inParallel(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
}

export function createFleet(cluster: Cluster, array: ArrayFacts): Fleet {
  const { svms = ["svm1"] } = array;
  const initiatorOf = (namespace: string, name: string): string => `iqn.2026-11.dev.${namespace}:${name}`;
  const createSecret = (namespace: string, name: string, stringData: object, type: string): Promise<unknown> =>
    cluster.create({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, type, stringData });
  const createPair = (namespace: string, name: string, username: string, password: string): Promise<unknown> =>
    createSecret(namespace, name, { username, password }, "kubernetes.io/basic-auth");
  return {
    initiatorOf,
    async createPlace(namespace, password = array.password) {
      await cluster.create({ kind: "Namespace", metadata: { name: namespace } });
      await createPair(namespace, "login", "admin", password);
      await cluster.create({
        apiVersion: "ontap-iscsi.dev/v1alpha1",
        kind: "OntapConnection",
        metadata: { name: "array", namespace },
        spec: {
          endpoint: array.url,
          auth: { basic: { secretRef: { name: "login" } } },
          tls: { caBundle: array.caPem },
        },
      });
    },
    createCredentials: (namespace, count, from = 0) =>
      inParallel(count - from, async (offset) => {
        const index = from + offset;
        const name = `c${index}`;
        await createPair(namespace, name, name, `first-value-${index}`);
        await cluster.create({
          apiVersion: "ontap-iscsi.dev/v1alpha1",
          kind: "IscsiCredential",
          metadata: { name, namespace },
          spec: {
            connectionRef: { name: "array" },
            svm: { name: svms[index % svms.length] },
            initiator: initiatorOf(namespace, name),
            authenticationType: "chap",
            chap: { inbound: { secretRef: { name } } },
          },
        });
      }),
    async createForeignSecrets(namespace, count) {
      await cluster.create({ kind: "Namespace", metadata: { name: namespace } });
      await inParallel(count, (index) =>
        createSecret(namespace, `foreign-${index}`, { value: "x".repeat(200) }, "Opaque"),
      );
    },
    async editSecret(namespace, name, password) {
      await cluster.patch("secrets", namespace, name, { stringData: { password } });
    },
  };
}
