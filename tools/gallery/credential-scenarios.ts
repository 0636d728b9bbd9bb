import type { KubeObject } from "../harness/cluster.ts";
import type { Scenario } from "./scenario.ts";
import { galleryNamespace, namespaceOfOthers, requested, type Scene } from "./scene.ts";

/** States of live IscsiCredentials that Kubernetes alone, or what ONTAP holds, decides. */

type Credential = Omit<Scenario, "kind" | "stage">;

const from = (secret: string, keys: object = {}): object => ({ secretRef: { name: secret, ...keys } });
const chapFrom = (secret: string): object => ({ authenticationType: "chap", chap: { inbound: from(secret) } });

/** A Secret that ONTAP or a host would stumble over. */
const unusable = (reason: string, variant: string | undefined, data: Readonly<Record<string, Buffer>>): Credential => ({
  reason,
  ...(variant === undefined ? {} : { variant }),
  look: "stuck",
  async arrange({ name, createBytes, createCredential }) {
    await createBytes(name, data);
    await createCredential(chapFrom(name));
  },
});

const user = Buffer.from("node");

/** Applied once, then stopped by a person. */
async function suspended({ createCredential, untilCredential, editCredential }: Scene): Promise<void> {
  await createCredential({ authenticationType: "deny" });
  await untilCredential("Applied");
  await editCredential({ spec: { suspend: true } });
}

function sawGeneration({ metadata, status }: KubeObject): boolean {
  return (status as { readonly observedGeneration: number }).observedGeneration === metadata.generation;
}

const live: readonly Credential[] = [
  {
    reason: "Applied",
    look: "ready",
    arrange: ({ createCredential }) => createCredential({ authenticationType: "deny" }),
  },
  {
    reason: "Applied",
    variant: "mutual",
    look: "ready",
    async arrange({ name, createSecret, createCredential }) {
      const pairs = {
        "node.session.auth.username": "node",
        "node.session.auth.password": "inbound-secret1",
        "node.session.auth.username_in": "array",
        "node.session.auth.password_in": "outbound-secret",
      };
      await createSecret(name, pairs, "kubernetes.io/iscsi-chap");
      await createCredential({
        authenticationType: "chap",
        chap: { inbound: from(name), outbound: from(name) },
        initiatorAddress: { ranges: [{ start: "10.0.0.1", end: "10.0.0.9" }] },
      });
    },
  },
  {
    reason: "Applied",
    variant: "password-warning",
    look: "ready",
    async arrange({ name, createSecret, createCredential }) {
      await createSecret(name, { username: "node", password: "short" });
      await createCredential(chapFrom(name));
    },
  },
  {
    reason: "Applied",
    variant: "character-warning",
    look: "ready",
    async arrange({ name, createSecret, createCredential }) {
      await createSecret(name, { username: " nöde", password: "pässword\t12 " });
      await createCredential(chapFrom(name));
    },
  },
  {
    reason: "Applied",
    variant: "adopted",
    look: "ready",
    async arrange({ array, initiator, createCredential }) {
      await array.sideDoor.act({ do: "put-credential", svm: "svm1", initiator, authenticationType: "deny" });
      await createCredential({ authenticationType: "deny" });
    },
  },
  {
    reason: "Applied",
    variant: "observed-differs",
    look: "ready",
    async arrange({ array, initiator, createCredential }) {
      // Addresses that the object does not manage are shown, and left alone.
      const addresses = { ranges: [{ start: "10.9.0.1", end: "10.9.0.1" }] };
      await array.sideDoor.act({ do: "put-credential", svm: "svm1", initiator, authenticationType: "deny", addresses });
      await createCredential({ authenticationType: "deny" });
    },
  },
  {
    reason: "Applied",
    variant: "retain",
    look: "ready",
    arrange: ({ createCredential }) => createCredential({ deletionPolicy: "Retain" }),
  },
  {
    reason: "Applied",
    variant: "array-down",
    look: "ready",
    async arrange(scene) {
      const { array, name } = scene;
      const { user, spec } = await scene.ownLogin();
      await scene.createConnection(spec, name);
      await scene.createCredential({ connectionRef: { name } });
      await scene.untilCredential("Applied");
      await array.sideDoor.addFault({ effect: "body", status: 503, text: "<html>maintenance</html>", when: { user } });
      await scene.editConnection(name, requested("now"));
      await scene.untilConnection("ServiceUnavailable", name);
    },
  },
  {
    reason: "Applied",
    variant: "former-svm",
    look: "ready",
    async arrange(scene) {
      const { array, name } = scene;
      const { user, spec } = await scene.ownLogin();
      const [first, second] = await array.sideDoor.svms();
      const before = await scene.showSvms(user, [{ name: "moving", uuid: first?.uuid ?? "" }]);
      await scene.createConnection(spec, name);
      await scene.createCredential({ connectionRef: { name }, svm: { name: "moving" } });
      await scene.untilCredential("Applied");
      await array.sideDoor.removeFault(before);
      await scene.showSvms(user, [
        { name: "moved", uuid: first?.uuid ?? "" },
        { name: "moving", uuid: second?.uuid ?? "" },
      ]);
      await scene.editConnection(name, requested("now"));
    },
    until: ({ status }) => (status as { readonly formerSvms?: readonly unknown[] }).formerSvms?.length === 1,
  },
  { reason: "Applied", variant: "suspended", look: "suspended", arrange: suspended, until: sawGeneration },
  {
    reason: "Suspended",
    look: "suspended unready",
    arrange: ({ createCredential }) => createCredential({ authenticationType: "deny", suspend: true }),
  },
  {
    reason: "SecretNotFound",
    variant: "suspended",
    look: "suspended unready",
    async arrange({ createCredential, untilCredential, editCredential }) {
      await createCredential(chapFrom("nowhere"));
      await untilCredential("SecretNotFound");
      await editCredential({ spec: { suspend: true } });
    },
    until: sawGeneration,
  },
  {
    reason: "PlanPending",
    variant: "post",
    look: "stuck",
    async arrange({ name, createSecret, createCredential }) {
      await createSecret(name, { username: "node", password: "planned-secret1" });
      await createCredential({ ...chapFrom(name), mode: "Plan" });
    },
  },
  {
    reason: "PlanPending",
    variant: "patch",
    look: "stuck",
    async arrange({ array, initiator, createCredential }) {
      await array.sideDoor.act({ do: "put-credential", svm: "svm1", initiator, authenticationType: "none" });
      await createCredential({ authenticationType: "deny", mode: "Plan" });
    },
  },
  {
    reason: "PlanPending",
    variant: "adopt",
    look: "stuck",
    async arrange({ array, initiator, createCredential }) {
      await array.sideDoor.act({ do: "put-credential", svm: "svm1", initiator, authenticationType: "deny" });
      await createCredential({ authenticationType: "deny", mode: "Plan" });
    },
  },
  {
    reason: "PlanPending",
    variant: "drift",
    look: "stuck",
    async arrange({ array, initiator, createCredential, untilCredential, editCredential }) {
      await createCredential({ authenticationType: "deny" });
      await untilCredential("Applied");
      await array.sideDoor.act({ do: "put-credential", svm: "svm1", initiator, authenticationType: "none" });
      await editCredential({ spec: { mode: "Plan" } });
    },
  },
  {
    reason: "SpecInvalid",
    variant: "ipv6-range-backwards",
    look: "stuck",
    arrange: ({ createCredential }) =>
      createCredential({ initiatorAddress: { ranges: [{ start: "fd00::2", end: "fd00::1" }] } }),
  },
  {
    reason: "ConnectionNotFound",
    look: "working",
    arrange: ({ createCredential }) => createCredential({ connectionRef: { name: "nowhere" } }),
  },
  {
    reason: "ConnectionNotReady",
    look: "working",
    async arrange({ name, createConnection, createCredential }) {
      await createConnection({ auth: { basic: { secretRef: { name: "not-there" } } } }, name);
      await createCredential({ connectionRef: { name } });
    },
  },
  {
    reason: "NotGranted",
    look: "stuck",
    arrange: ({ createCredential }) =>
      createCredential({ connectionRef: { name: "array", namespace: namespaceOfOthers } }),
  },
  {
    reason: "NotGranted",
    variant: "svm",
    look: "stuck",
    arrange: ({ createCredential }) =>
      createCredential({ connectionRef: { name: "grants-svm2", namespace: namespaceOfOthers } }),
  },
  {
    reason: "SvmNotFound",
    look: "stuck",
    arrange: ({ createCredential }) => createCredential({ svm: { name: "svm9" } }),
  },
  {
    reason: "SecretNotFound",
    look: "working",
    arrange: ({ createCredential }) => createCredential(chapFrom("not-there")),
  },
  {
    reason: "SecretNotOffered",
    look: "stuck",
    async arrange({ name, createSecret, createCredential }) {
      await createSecret(name, { username: "node", password: "offered-nowhere" }, "Opaque");
      await createCredential(chapFrom(name));
    },
  },
  {
    reason: "SecretNotOffered",
    variant: "user-key",
    look: "stuck",
    async arrange({ cluster, name, createSecret, createCredential }) {
      await createSecret(name, { DB_PASSWORD: "never-shown-123", password: "never-sent-1234" }, "Opaque");
      await cluster.patch("secrets", "gallery", name, { metadata: { labels: { "ontap-iscsi.dev/use": "chap" } } });
      await createCredential({ authenticationType: "chap", chap: { inbound: from(name, { userKey: "DB_PASSWORD" }) } });
    },
  },
  {
    reason: "SecretNotOffered",
    variant: "login",
    look: "stuck",
    arrange: ({ createCredential }) => createCredential(chapFrom("shared-login")),
  },
  {
    reason: "SecretNotOffered",
    variant: "withdrawn",
    look: "stuck",
    async arrange({ cluster, name, createSecret, createCredential, untilCredential }) {
      const offer = (use: string | null): Promise<unknown> =>
        cluster.patch("secrets", "gallery", name, { metadata: { labels: { "ontap-iscsi.dev/use": use } } });
      await createSecret(name, { username: "node", password: "withdrawn-pass1" }, "Opaque");
      await offer("chap");
      await createCredential(chapFrom(name));
      await untilCredential("Applied");
      await offer(null);
    },
  },
  unusable("SecretKeyNotFound", undefined, { username: user }),
  unusable("SecretValueEmpty", undefined, { username: user, password: Buffer.of() }),
  unusable("SecretValueInvalid", "not-utf8", { username: user, password: Buffer.of(0xff, 0xfe) }),
  unusable("SecretValueInvalid", "nul", { username: user, password: Buffer.from("nul\0byte") }),
  unusable("SecretValueInvalid", "byte-order-mark", { username: user, password: Buffer.from("\uFEFFthirteen-byte") }),
  unusable("SecretValueLineBreak", undefined, { username: user, password: Buffer.from("echoed-secret\n") }),
  unusable("SecretValueTooLong", undefined, { username: user, password: Buffer.alloc(513, "p") }),
  unusable("PasswordHexInvalid", undefined, { username: user, password: Buffer.from("0xodd") }),
  {
    reason: "PasswordsEqual",
    look: "stuck",
    async arrange({ name, createSecret, createCredential }) {
      await createSecret(name, { username: "node", password: "the-same-secret" });
      await createCredential({ authenticationType: "chap", chap: { inbound: from(name), outbound: from(name) } });
    },
  },
  {
    reason: "Conflicted",
    look: "stuck",
    async arrange({ createCredential, untilCredential }) {
      const elder = await createCredential({ authenticationType: "deny" }, "conflicted-elder");
      await untilCredential("Applied", "conflicted-elder");
      // Ages are whole seconds, and of two that are equally old no one can tell which will lose.
      await sinceCreationOf(elder.metadata.creationTimestamp);
      await createCredential({ authenticationType: "none" });
    },
  },
  {
    reason: "AlreadyExists",
    look: "stuck",
    async arrange({ array, initiator, createCredential }) {
      await array.sideDoor.act({ do: "put-credential", svm: "svm1", initiator, authenticationType: "none" });
      await createCredential({ authenticationType: "deny", adoptionPolicy: "Refuse" });
    },
  },
  {
    reason: "AddressesWouldBeAny",
    look: "stuck",
    async arrange({ array, initiator, createCredential }) {
      const addresses = { ranges: [{ start: "10.9.0.1", end: "10.9.0.1" }] };
      await array.sideDoor.act({ do: "put-credential", svm: "svm1", initiator, authenticationType: "none", addresses });
      await createCredential({ initiatorAddress: { merge: "Remove", ...addresses } });
    },
  },
  {
    // `throughArray` of the gallery has the defect.
    reason: "InternalError",
    look: "stuck",
    arrange: ({ createCredential }) => createCredential({}),
  },
];

/** States of IscsiCredentials that are deleted and not gone. */
const deleted: readonly Credential[] = [
  {
    reason: "ConnectionNotReady",
    variant: "deleted",
    look: "leaving",
    async arrange(scene) {
      const { array, name } = scene;
      const { user, spec } = await scene.ownLogin();
      await scene.createConnection(spec, name);
      await scene.createCredential({ connectionRef: { name } });
      await scene.untilCredential("Applied");
      await array.sideDoor.addFault({ effect: "body", status: 503, text: "<html>maintenance</html>", when: { user } });
      await scene.editConnection(name, requested("now"));
      await scene.untilConnection("ServiceUnavailable", name);
      await scene.deleteCredential();
    },
  },
  {
    reason: "ConnectionNotFound",
    variant: "deleted",
    look: "leaving",
    async arrange({ cluster, name, createConnection, createCredential, untilCredential, untilConnection, ...scene }) {
      await createConnection({}, name);
      await createCredential({ connectionRef: { name } });
      await untilCredential("Applied");
      await cluster.delete("ontapconnections", "gallery", name);
      await untilConnection("InUse", name);
      // Someone in a hurry takes the protection off by hand.
      await scene.editConnection(name, { metadata: { finalizers: [] } });
      await scene.deleteCredential();
    },
  },
  {
    reason: "TooManyRequests",
    variant: "deleted",
    look: "leaving",
    attempts: true,
    async arrange(scene) {
      const { array, name } = scene;
      const { user, spec } = await scene.ownLogin();
      await scene.createConnection(spec, name);
      await scene.createCredential({ connectionRef: { name } });
      await scene.untilCredential("Applied");
      await array.sideDoor.addFault({ effect: "error", code: "262160", when: { user, method: "DELETE" } });
      await scene.deleteCredential();
    },
  },
  {
    reason: "SvmNotSeen",
    look: "leaving",
    attempts: true,
    async arrange(scene) {
      const { name } = scene;
      const { user, spec } = await scene.ownLogin();
      await scene.createConnection(spec, name);
      await scene.createCredential({ connectionRef: { name } });
      await scene.untilCredential("Applied");
      await scene.showSvms(user, []);
      await scene.editConnection(name, requested("now"));
      await scene.untilCredential("SvmNotFound");
      await scene.deleteCredential();
    },
  },
  {
    reason: "HandingOver",
    look: "leaving",
    attempts: true,
    async arrange(scene) {
      const { array, name } = scene;
      const { user, spec } = await scene.ownLogin();
      await scene.createConnection(spec, name);
      await scene.createCredential({ connectionRef: { name } });
      await scene.untilCredential("Applied");
      await array.sideDoor.addFault({ effect: "error", code: "262160", when: { user, method: "PATCH" } });
      await scene.createCredential({ connectionRef: { name }, authenticationType: "deny" }, successorOf(name));
      await scene.untilCredential("Conflicted", successorOf(name));
      await scene.deleteCredential();
    },
    end: ({ cluster, name }) => cluster.delete("iscsicredentials", galleryNamespace, successorOf(name)),
  },
  {
    reason: "SuspendedDeletion",
    look: "leaving",
    async arrange(scene) {
      await suspended(scene);
      await scene.deleteCredential();
    },
  },
];

const successorOf = (name: string): string => `${name}-successor`;

async function sinceCreationOf(creationTimestamp: string | undefined): Promise<void> {
  const overMs = Date.parse(creationTimestamp ?? "") + 1000 - Date.now();
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, overMs)));
}

export const credentialScenarios: readonly Scenario[] = [...live, ...deleted].map((scenario) =>
  Object.assign({ kind: "IscsiCredential", stage: "live" } as const, scenario),
);
