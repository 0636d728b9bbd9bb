import { basicAuth, galleryNamespace, namespaceOfOthers, type Scene } from "./scene.ts";
import type { Scenario } from "./scenario.ts";

/** States of OntapConnections that the cluster, the way to the array, or the login decide. */

type Connection = Omit<Scenario, "kind" | "stage">;

const login = (name: string): object => ({ auth: { basic: { secretRef: { name } } } });

/** With a login that the array does not know. */
async function refused({ name, createSecret, createConnection }: Scene): Promise<void> {
  await createSecret(`${name}-login`, { username: `nobody-of-${name}`, password: "a-wrong-password" }, basicAuth);
  await createConnection(login(`${name}-login`));
}

const live: readonly Connection[] = [
  { reason: "Connected", look: "ready", arrange: ({ createConnection }) => createConnection() },
  {
    reason: "Connected",
    variant: "insecure",
    look: "ready",
    arrange: ({ createConnection }) => createConnection({ tls: { insecureSkipVerify: true } }),
  },
  {
    reason: "Connected",
    variant: "cluster-unreadable",
    look: "ready",
    async arrange({ array, createConnection, ownLogin }) {
      await array.sideDoor.act({
        do: "put-role",
        name: "san-only",
        privileges: [
          { path: "/api", access: "none" },
          { path: "/api/svm/svms", access: "readonly" },
          { path: "/api/protocols/san", access: "all" },
        ],
      });
      const { spec } = await ownLogin("san-only");
      await createConnection(spec);
    },
  },
  {
    reason: "Connected",
    variant: "left-behind",
    look: "ready",
    async arrange({ cluster, name, createConnection, createCredential, editConnection, untilCredential }) {
      await createConnection({
        grants: [{ namespaces: { names: [namespaceOfOthers] }, svms: ["svm1"], initiators: ["*"] }],
      });
      const declared = { connectionRef: { name, namespace: galleryNamespace }, authenticationType: "deny" };
      await createCredential(declared, name, namespaceOfOthers);
      await untilCredential("Applied", name, namespaceOfOthers);
      await editConnection(name, { spec: { grants: [] } });
      await untilCredential("NotGranted", name, namespaceOfOthers);
      await cluster.delete("iscsicredentials", namespaceOfOthers, name);
    },
    until: ({ status }) => (status as { readonly leftBehind?: { readonly total: number } }).leftBehind?.total === 1,
  },
  {
    reason: "SpecInvalid",
    variant: "ca-bundle",
    look: "stuck",
    arrange: ({ createConnection }) => createConnection({ tls: { caBundle: "no certificate" } }),
  },
  {
    reason: "SecretNotFound",
    look: "working",
    arrange: ({ createConnection }) => createConnection(login("not-there")),
  },
  {
    reason: "ConfigMapNotFound",
    look: "working",
    arrange: ({ createConnection }) => createConnection({ tls: { caRef: { kind: "ConfigMap", name: "not-there" } } }),
  },
  {
    reason: "SecretInvalid",
    look: "stuck",
    async arrange({ name, createSecret, createConnection }) {
      await createSecret(`${name}-login`, { username: "admin" }, basicAuth);
      await createConnection(login(`${name}-login`));
    },
  },
  {
    reason: "SecretNotOffered",
    look: "stuck",
    async arrange({ name, createSecret, createConnection }) {
      await createSecret(`${name}-login`, { username: "admin", password: "of-something-else" }, "Opaque");
      await createConnection(login(`${name}-login`));
    },
  },
  {
    reason: "ConfigMapInvalid",
    look: "stuck",
    async arrange({ cluster, name, createConnection }) {
      const metadata = { name: `${name}-ca`, namespace: "gallery" };
      await cluster.create({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { "ca.crt": "no certificate" } });
      await createConnection({ tls: { caRef: { kind: "ConfigMap", name: `${name}-ca` } } });
    },
  },
  {
    // `throughKube` of the gallery does not let this Secret be read.
    reason: "KubernetesUnavailable",
    look: "working",
    attempts: true,
    async arrange({ name, createSecret, createConnection }) {
      await createSecret(`${name}-login`, { username: "admin", password: "unread" }, basicAuth);
      await createConnection(login(`${name}-login`));
    },
  },
  { reason: "LoginRefused", look: "working", arrange: refused },
  {
    reason: "PermissionDenied",
    look: "working",
    attempts: true,
    async arrange({ createConnection, ownLogin }) {
      const { spec } = await ownLogin("none");
      await createConnection(spec);
    },
  },
  {
    reason: "ConnectionRefused",
    look: "working",
    attempts: true,
    // No one listens on port 1.
    arrange: ({ createConnection }) => createConnection({ endpoint: "https://127.0.0.1:1" }),
  },
  {
    reason: "CertificateUntrusted",
    look: "working",
    attempts: true,
    arrange: ({ createConnection }) => createConnection({ tls: {} }),
  },
  {
    reason: "CertificateNameMismatch",
    look: "working",
    attempts: true,
    arrange: ({ array, createConnection }) =>
      createConnection({ tls: { caBundle: array.caPem, serverName: "another.example.com" } }),
  },
  {
    reason: "InUse",
    look: "leaving",
    async arrange({ cluster, name, createConnection, createCredential, untilCredential }) {
      await createConnection();
      await createCredential({ connectionRef: { name } }, `user-of-${name}`);
      await untilCredential("Applied", `user-of-${name}`);
      await cluster.delete("ontapconnections", "gallery", name);
    },
  },
];

export const connectionScenarios: readonly Scenario[] = live.map((scenario) =>
  Object.assign({ kind: "OntapConnection", stage: "live" } as const, scenario),
);

/** Both kinds, before any controller has seen them. */
export const unseenScenarios: readonly Scenario[] = [
  {
    kind: "IscsiCredential",
    stage: "unseen",
    reason: "Pending",
    look: "unseen",
    arrange: ({ createCredential }) => createCredential({}),
  },
  {
    kind: "OntapConnection",
    stage: "unseen",
    reason: "Pending",
    look: "unseen",
    arrange: ({ createConnection }) => createConnection(),
  },
];
