import type { KubeObject } from "../../../tools/harness/cluster.ts";
import { conditionOf, eventually, mutualFrom, chapFrom, type Place } from "../harness.ts";

/** What a person does, and waits for. `given` is settled before the process may be stopped. */
export interface Scenario {
  readonly name: string;
  readonly given?: (place: Place) => Promise<unknown>;
  readonly when: (place: Place) => Promise<unknown>;
}

const mutualSecret = (password: string): Readonly<Record<string, string>> => ({
  "node.session.auth.username": "node",
  "node.session.auth.password": password,
  "node.session.auth.username_in": "array",
  "node.session.auth.password_in": "outbound-secret1",
});

async function aSettledCredential(place: Place, spec: object = {}): Promise<void> {
  await place.createSecret("chap", mutualSecret("inbound-secret-1"), "kubernetes.io/iscsi-chap");
  await place.createCredential("one", { ...mutualFrom("chap"), ...spec });
  await place.untilReady("one");
  await untilCounted(place, 1);
}

/** The connection says how many credentials it has a second later. */
const untilCounted = (place: Place, count: number): Promise<unknown> =>
  eventually(async () => {
    const status = (await connection(place))?.["status"] as { readonly credentials?: number } | undefined;
    return status?.credentials === count ? true : undefined;
  }, `the connection counts ${count}`);

const connection = ({ cluster, namespace }: Place): Promise<KubeObject | undefined> =>
  cluster.get("ontapconnections", namespace, "array");

const untilGone = (look: () => Promise<unknown>, what: string): Promise<true> =>
  eventually(async () => ((await look()) === undefined ? true : undefined), `${what} is gone`);

const untilApplied = (place: Place, name: string, generation: number): Promise<unknown> =>
  eventually(async () => {
    const credential = await place.credential(name);
    const status = credential?.["status"] as { readonly applied?: { readonly generation?: number } } | undefined;
    return status?.applied?.generation === generation ? true : undefined;
  }, `${name} is applied in generation ${generation}`);

const untilRotated = (place: Place, password: string): Promise<unknown> =>
  eventually(async () => {
    const { resourceVersion } = (await place.cluster.get("secrets", place.namespace, "chap"))?.metadata ?? {};
    const status = (await place.credential("one"))?.["status"] as
      | { readonly applied?: { readonly inboundSecret?: { readonly resourceVersion: string } } }
      | undefined;
    const told = status?.applied?.inboundSecret?.resourceVersion === resourceVersion;
    return told && (await place.stored("one"))?.inbound?.password === password ? true : undefined;
  }, "the array has the new password, and the status says so");

async function deleteCredential(place: Place, name: string): Promise<void> {
  await place.cluster.delete("iscsicredentials", place.namespace, name);
  await untilGone(() => place.credential(name), name);
}

/** Of two objects that claim one credential the older has it. Creation times have whole seconds. */
async function anOlderAndAYounger(place: Place): Promise<void> {
  await aSettledCredential(place);
  await place.createSecret("younger", { username: "younger", password: "younger-secret-1" });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await place.createCredential("two", { ...chapFrom("younger"), initiator: place.initiator("one") });
  await place.untilReady("two", "Conflicted");
  await untilCounted(place, 2);
}

async function takeOver(place: Place): Promise<void> {
  await deleteCredential(place, "one");
  await place.untilReady("two");
  await untilCounted(place, 1);
}

/** Someone deletes the credential on the array, and someone asks the operator to look. */
async function vanish(place: Place, request: string): Promise<void> {
  const { cluster, namespace, array } = place;
  await array.sideDoor.act({ do: "delete-credential", svm: "svm1", initiator: place.initiator("one") });
  const annotations = { "ontap-iscsi.dev/reconcile-requested-at": request };
  await cluster.patch("iscsicredentials", namespace, "one", { metadata: { annotations } });
  await eventually(async () => {
    const status = (await place.credential("one"))?.["status"] as { readonly lastHandledReconcileAt?: string };
    const told = status.lastHandledReconcileAt === request;
    return told && (await place.stored("one")) !== undefined ? true : undefined;
  }, "the credential is back, and the status says so");
}

export const scenarios: readonly Scenario[] = [
  {
    // With Refuse, what was created before the crash must be told from what others created.
    name: "create",
    async when(place) {
      await aSettledCredential(place, { adoptionPolicy: "Refuse" });
    },
  },
  {
    name: "adopt",
    async given({ array, initiator }) {
      const credential = { svm: "svm1", initiator: initiator("one"), authenticationType: "deny" } as const;
      await array.sideDoor.act({ do: "put-credential", ...credential });
    },
    async when(place) {
      await place.createCredential("one", { authenticationType: "deny" });
      await place.untilReady("one");
      await untilCounted(place, 1);
    },
  },
  {
    name: "rotate",
    given: aSettledCredential,
    async when(place) {
      const stringData = mutualSecret("inbound-secret-2");
      await place.cluster.patch("secrets", place.namespace, "chap", { stringData });
      await untilRotated(place, "inbound-secret-2");
    },
  },
  {
    name: "edit",
    given: aSettledCredential,
    async when(place) {
      const ranges = [{ start: "10.0.0.1", end: "10.0.0.9" }];
      await place.cluster.patch("iscsicredentials", place.namespace, "one", {
        spec: { chap: { outbound: null }, initiatorAddress: { merge: "Add", ranges } },
      });
      await untilApplied(place, "one", 2);
    },
  },
  {
    name: "delete",
    given: aSettledCredential,
    async when(place) {
      await deleteCredential(place, "one");
      await untilCounted(place, 0);
    },
  },
  {
    name: "delete, leaving the initiator locked out",
    given: (place) => aSettledCredential(place, { deletionPolicy: "Deny" }),
    async when(place) {
      await deleteCredential(place, "one");
      await untilCounted(place, 0);
    },
  },
  {
    name: "delete the connection, then its credential",
    given: aSettledCredential,
    async when(place) {
      await place.cluster.delete("ontapconnections", place.namespace, "array");
      await eventually(
        async () => (conditionOf(await connection(place), "Ready")?.reason === "InUse" ? true : undefined),
        "the connection says that it is in use",
      );
      await deleteCredential(place, "one");
      await untilGone(() => connection(place), "the connection");
    },
  },
  { name: "conflict: the older goes, the younger takes over", given: anOlderAndAYounger, when: takeOver },
  {
    name: "conflict: the older goes and leaves it there, the younger takes over",
    async given(place) {
      await anOlderAndAYounger(place);
      const spec = { deletionPolicy: "Retain" };
      await place.cluster.patch("iscsicredentials", place.namespace, "one", { spec });
      await untilApplied(place, "one", 2);
    },
    when: takeOver,
  },
  {
    // The second time the same news becomes a series of one Event.
    name: "drift, twice",
    given: aSettledCredential,
    async when(place) {
      await vanish(place, "first");
      await vanish(place, "second");
    },
  },
];
