import { reconcileRequestAnnotation } from "../../src/api/fields.ts";
import type { Simulator } from "../../src/simulator/start.ts";
import type { Cluster, KubeObject } from "../harness/cluster.ts";
import { eventually } from "../harness/cluster.ts";

/** The namespace of everything in the gallery. */
export const galleryNamespace = "gallery";
/** Of those whom a connection of the gallery may grant something. */
export const namespaceOfOthers = "gallery-of-others";
/** A connection that works, for anyone who is not about connections. */
export const sharedConnection = "array";
export const arrayPassword = "array-login-password";
/** Of a Secret that may serve as login. */

/** What a scenario plays with: one object of its own, in the world of all others. */
export interface Scene {
  readonly cluster: Cluster;
  readonly array: Simulator;
  /** Of the object that the scenario is about. */
  readonly name: string;
  /** An initiator of this scenario alone. */
  readonly initiator: string;
  readonly createSecret: (
    name: string,
    stringData: Readonly<Record<string, string>>,
    type?: string,
  ) => Promise<KubeObject>;
  /** Keys are the scenario's; bytes as they are. */
  readonly createBytes: (name: string, data: Readonly<Record<string, Buffer>>) => Promise<KubeObject>;
  /** Without authentication, through the shared connection, unless `spec` says otherwise. */
  readonly createCredential: (spec: object, name?: string, namespace?: string) => Promise<KubeObject>;
  /** To the array, with the login that all share, unless `spec` says otherwise. */
  readonly createConnection: (spec?: object, name?: string) => Promise<KubeObject>;
  /** A login of its own on the array, and the spec of a connection that uses it: what befalls it befalls no one else. */
  readonly ownLogin: (role?: string) => Promise<{ readonly user: string; readonly spec: object }>;
  /** What this login is shown of the array's SVMs instead of what is there. Gives the fault's number. */
  readonly showSvms: (
    user: string,
    svms: readonly { readonly uuid: string; readonly name: string }[],
  ) => Promise<number>;
  readonly editCredential: (patch: object) => Promise<KubeObject>;
  readonly editConnection: (name: string, patch: object) => Promise<KubeObject>;
  /** Has the credential compared with what the array shows, on a request that was not made before. */
  readonly compareCredential: (request: string) => Promise<void>;
  readonly deleteCredential: () => Promise<void>;
  /** Waits until Ready has the reason. */
  readonly untilCredential: (reason: string, name?: string, namespace?: string) => Promise<KubeObject>;
  readonly untilConnection: (reason: string, name?: string) => Promise<KubeObject>;
}

/** A patch that asks for a pass over an object. */
export const requested = (request: string): object => ({
  metadata: { annotations: { [reconcileRequestAnnotation]: request } },
});

/** Offers user name and password as login and as CHAP pair. */
export const basicAuth = "kubernetes.io/basic-auth";
export const apiVersion = "ontap-iscsi.dev/v1alpha1";

export function createScene(cluster: Cluster, array: Simulator, name: string): Scene {
  const namespace = galleryNamespace;
  const initiator = `iqn.1994-05.com.redhat:${name}`;
  const create = (kind: string, own: string, rest: object, inNamespace = namespace): Promise<KubeObject> =>
    cluster.create({
      apiVersion: kind === "Secret" ? "v1" : apiVersion,
      kind,
      metadata: { name: own, namespace: inNamespace },
      ...rest,
    });
  return {
    cluster,
    array,
    name,
    initiator,
    createSecret: (own, stringData, type = basicAuth) => create("Secret", own, { stringData, type }),
    createBytes: (own, data) =>
      create("Secret", own, {
        type: basicAuth,
        data: Object.fromEntries(Object.entries(data).map(([key, bytes]) => [key, bytes.toString("base64")])),
      }),
    createCredential: (spec, own = name, inNamespace = namespace) =>
      create(
        "IscsiCredential",
        own,
        {
          spec: {
            connectionRef: { name: sharedConnection },
            svm: { name: "svm1" },
            initiator,
            authenticationType: "none",
            ...spec,
          },
        },
        inNamespace,
      ),
    createConnection: (spec = {}, own = name) =>
      create("OntapConnection", own, {
        spec: {
          endpoint: array.url,
          auth: { basic: { secretRef: { name: "shared-login" } } },
          tls: { caBundle: array.caPem },
          ...spec,
        },
      }),
    async ownLogin(role = "admin") {
      const user = `user-of-${name}`;
      await array.sideDoor.act({ do: "put-login", user, password: arrayPassword, role });
      const stringData = { username: user, password: arrayPassword };
      await create("Secret", `${name}-login`, { type: basicAuth, stringData });
      return { user, spec: { auth: { basic: { secretRef: { name: `${name}-login` } } } } };
    },
    showSvms(user, svms) {
      const records = svms.map((svm) => ({ ...svm, state: "running", subtype: "default" }));
      return array.sideDoor.addFault({
        effect: "body",
        status: 200,
        contentType: "application/json",
        text: JSON.stringify({ records, num_records: records.length }),
        when: { user, path: "/api/svm/svms" },
      });
    },
    editCredential: (patch) => cluster.patch("iscsicredentials", namespace, name, patch),
    editConnection: (own, patch) => cluster.patch("ontapconnections", namespace, own, patch),
    async compareCredential(request) {
      await cluster.patch("iscsicredentials", namespace, name, requested(request));
      await eventually(async () => {
        const seen = await cluster.get("iscsicredentials", namespace, name);
        const { lastHandledReconcileAt } = (seen?.["status"] ?? {}) as { readonly lastHandledReconcileAt?: string };
        return lastHandledReconcileAt === request ? true : undefined;
      }, `${name}: the request "${request}" is handled`);
    },
    deleteCredential: () => cluster.delete("iscsicredentials", namespace, name),
    untilCredential: (reason, own = name, inNamespace = namespace) =>
      untilReason(cluster, ["iscsicredentials", inNamespace, own], reason),
    untilConnection: (reason, own = name) => untilReason(cluster, ["ontapconnections", namespace, own], reason),
  };
}

/** A retry that is backed off may come between the cause and its effect. */
const withinMs = 45_000;

export function untilReason(
  cluster: Cluster,
  object: readonly [resource: string, namespace: string, name: string],
  reason: string,
  more: (object: KubeObject) => boolean = () => true,
): Promise<KubeObject> {
  return eventually(
    async () => {
      const seen = await cluster.get(...object);
      return seen !== undefined && readyReasonOf(seen) === reason && more(seen) ? seen : undefined;
    },
    `${object.join("/")}: Ready has reason ${reason}`,
    withinMs,
  );
}

export function readyReasonOf({ status }: KubeObject): string | undefined {
  const { conditions = [] } = (status ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly reason: string }[];
  };
  return conditions.find(({ type }) => type === "Ready")?.reason;
}
