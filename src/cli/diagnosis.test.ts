import { expect, test } from "vitest";
import { parseIscsiCredential, type IscsiCredential } from "../api/parse.ts";
import { diagnose, type ClusterFacts } from "./diagnosis.ts";

const nowMs = Date.parse("2026-11-26T12:00:00Z");
const lease = (namespace: string, rest: object = {}) => ({
  namespace,
  name: "ontap-iscsi-operator",
  holder: "pod-a_1",
  renewedMs: nowMs - 2000,
  ...rest,
});

function credential(name: string, reason: string, rest: { meta?: object; status?: object } = {}): IscsiCredential {
  const ready = { type: "Ready", status: reason === "Applied" ? "True" : "False", reason, message: `why ${reason}` };
  const parsed = parseIscsiCredential({
    metadata: { name, namespace: "a", generation: 1, ...rest.meta },
    spec: {},
    status: {
      observedGeneration: 1,
      conditions: [{ ...ready, lastTransitionTime: "2026-11-26T11:00:00Z" }],
      ...rest.status,
    },
  });
  if (parsed === undefined) throw new Error("the object cannot be read");
  return parsed;
}

const well: ClusterFacts = {
  nowMs,
  version: "v1.37.2",
  missingKinds: [],
  leases: [lease("ontap-iscsi-operator"), lease("default", { holder: "" })],
  connections: [],
  credentials: [credential("fine", "Applied")],
};
const wrongIn = (facts: Partial<ClusterFacts>): readonly string[] =>
  diagnose({ ...well, ...facts }).flatMap(({ wrong, what, fix = "" }) => (wrong ? [`${what} → ${fix}`] : []));

test("where all is well nothing is wrong, and it says what it saw", () => {
  expect(wrongIn({})).toEqual([]);
  expect(diagnose(well).map(({ what }) => what)).toEqual([
    "the API server answers, Kubernetes v1.37.2",
    "the definitions are installed",
    "an operator leads: Lease ontap-iscsi-operator/ontap-iscsi-operator, held by pod-a",
    "OntapConnections: none",
    "IscsiCredentials: 1 Applied",
  ]);
});

test.each<{ because: string; facts: Partial<ClusterFacts>; says: readonly RegExp[] }>([
  {
    because: "no definitions",
    facts: { missingKinds: ["IscsiCredential"] },
    says: [/^no definition of IscsiCredential → kubectl/],
  },
  { because: "no operator", facts: { leases: [] }, says: [/^no operator leads/] },
  { because: "killed", facts: { leases: [lease("a", { renewedMs: nowMs - 600_000 })] }, says: [/^no operator leads/] },
  {
    because: "two",
    facts: { leases: [lease("a"), lease("b")] },
    says: [/is held in two namespaces: two operators write/],
  },
  {
    because: "what objects say",
    facts: {
      credentials: [
        credential("stuck", "Conflicted"),
        credential("going", "Applied", { meta: { deletionTimestamp: "2026-11-26T11:00:00Z" } }),
        credential("unseen", "Applied", { meta: { generation: 2 } }),
      ],
    },
    says: [
      /^IscsiCredential a\/stuck is not Ready: Conflicted → why Conflicted$/,
      /^IscsiCredential a\/going has been deleted and is still there: Applied → why Applied$/,
      /^IscsiCredential a\/unseen was changed, and no operator has looked at it since/,
    ],
  },
])("$because", ({ facts, says }) => {
  expect(wrongIn(facts)).toEqual(says.map((pattern) => expect.stringMatching(pattern) as string));
});

test("of thousands that are wrong some are listed, and all are counted", () => {
  const credentials = Array.from({ length: 1000 }, (_, index) => credential(`c${index}`, "ConnectionNotReady"));
  expect(wrongIn({ credentials })).toHaveLength(20);
  expect(diagnose({ ...well, credentials }).at(-1)?.what).toBe("IscsiCredentials: 1000 ConnectionNotReady");
});
