import { describe, expect, test } from "vitest";
import { parseOntapConnection, type OntapConnection } from "../api/parse.ts";
import { addressSetOf, type AddressSet } from "../array/address-set.ts";
import { defaultInitiator, type InitiatorName, type SvmUuid } from "../array/identifiers.ts";
import { allLimits, limitMessage, type Limit } from "./limits.ts";
import { permits, rankOf, type NamespaceLabels, type Operation, type Wish } from "./permits.ts";

/** Every line of what grants may say, and every operation against every limit. */

const nowMs = Date.parse("2026-11-30T12:00:00Z");
const uuid = "02c9e252-41be-11e9-81d5-00a0986138f7" as SvmUuid;
const otherUuid = "12c9e252-41be-11e9-81d5-00a0986138f7" as SvmUuid;

const grant = {
  namespaces: { names: ["payroll"] },
  svms: ["svm-payroll"],
  initiators: ["iqn.2026-01.com.example:{namespace}:*"],
};

function connectionWith(
  grants: readonly object[] | undefined,
  rest: object = {},
  annotations: object = {},
): OntapConnection {
  const parsed = parseOntapConnection({
    metadata: { name: "prod-a", namespace: "storage", annotations },
    spec: {
      endpoint: "https://cluster1.example.com",
      auth: { basic: { secretRef: { name: "login" } } },
      ...(grants === undefined ? {} : { grants }),
      ...rest,
    },
  });
  if (parsed?.spec.ok !== true) throw new Error(JSON.stringify(parsed?.spec));
  return parsed;
}

const create: Operation = { kind: "create", foreign: false };
const adopt: Operation = { kind: "adopt", foreign: true };
const remove: Operation = { kind: "delete", policy: "Delete", adopted: false, fallback: "deny" };

const wish: Wish = {
  operation: create,
  svm: { uuid, name: "svm-payroll" },
  initiator: "iqn.2026-01.com.example:payroll:a" as InitiatorName,
  type: "chap",
  mutual: false,
  addresses: undefined,
  adoptionPolicy: "Adopt",
  rank: { holds: false, before: 0 },
};

function setOf(...ranges: readonly (readonly [string, string])[]): AddressSet {
  const set = addressSetOf({ ranges: ranges.map(([start, end]) => ({ start, end })), masks: [] });
  if (!set.ok) throw new Error(set.error.problem);
  return set.value;
}
const replace = (...ranges: readonly (readonly [string, string])[]): Wish["addresses"] => ({
  merge: "replace",
  set: setOf(...ranges),
});

interface Row {
  readonly because: string;
  readonly grants?: readonly object[];
  readonly wish?: Partial<Wish>;
  readonly namespace?: string;
  readonly labels?: NamespaceLabels;
  readonly annotations?: object;
  readonly answer: "granted" | Limit;
}

function answerTo({ grants = [grant], wish: changes = {}, namespace = "payroll", annotations, ...row }: Row): string {
  const labels = "labels" in row ? row.labels : {};
  const terms = permits(connectionWith(grants, {}, annotations), namespace, labels, { ...wish, ...changes }, nowMs);
  return terms.ok ? "granted" : terms.error;
}

const within = (...cidrs: readonly string[]): object => ({ ...grant, addresses: { within: cidrs } });
const bySelector = (selector: object): object => ({ ...grant, namespaces: { selector } });
const initiator = (name: string): Partial<Wish> => ({ initiator: name as InitiatorName });
const forDefault = { ...grant, initiators: [], defaultInitiator: true };
const asDefault = { initiator: defaultInitiator };

const sections: Readonly<Record<string, readonly Row[]>> = {
  namespaces: [
    { because: "its name is listed", answer: "granted" },
    { because: "there are no grants", grants: [], answer: "namespace" },
    { because: "its name is not listed", namespace: "payroll-2", answer: "namespace" },
    {
      because: "All is every one",
      grants: [{ ...grant, namespaces: { from: "All" }, initiators: ["*"] }],
      namespace: "web",
      answer: "granted",
    },
    {
      because: "its labels match",
      grants: [bySelector({ matchLabels: { team: "payroll" } })],
      labels: { team: "payroll" },
      answer: "granted",
    },
    {
      because: "its labels do not match",
      grants: [bySelector({ matchLabels: { team: "payroll" } })],
      labels: { team: "web" },
      answer: "namespace",
    },
    {
      because: "what every object inherits is not a label",
      grants: [bySelector({ matchExpressions: [{ key: "constructor", operator: "Exists" }] })],
      answer: "namespace",
    },
    {
      because: "its labels are not known, and a selector over them matches nothing, not even by DoesNotExist",
      grants: [bySelector({ matchExpressions: [{ key: "team", operator: "DoesNotExist" }] })],
      labels: undefined,
      answer: "unknown",
    },
    { because: "its labels are not known, but its name is listed", labels: undefined, answer: "granted" },
    { because: "no labels are read, and its name is listed", labels: "name-only", answer: "granted" },
    {
      because: "no labels are read, and All is every one",
      grants: [{ ...grant, namespaces: { from: "All" } }],
      labels: "name-only",
      answer: "granted",
    },
    {
      because: "no labels are read, and a selector asks for one",
      grants: [bySelector({ matchLabels: { team: "payroll" } })],
      labels: "name-only",
      answer: "name",
    },
    {
      because: "no labels are read, and a selector asks that one is absent, which no one can tell",
      grants: [bySelector({ matchExpressions: [{ key: "team", operator: "DoesNotExist" }] })],
      labels: "name-only",
      answer: "name",
    },
    {
      because: "no labels are read, and a selector asks for the name, which is known",
      grants: [bySelector({ matchLabels: { "kubernetes.io/metadata.name": "payroll" } })],
      labels: "name-only",
      answer: "granted",
    },
    {
      because: "no labels are read, and a selector asks for another name",
      grants: [bySelector({ matchLabels: { "kubernetes.io/metadata.name": "web" } })],
      labels: "name-only",
      answer: "name",
    },
    {
      because: "no labels are read, and of two grants the one by names gets further",
      grants: [bySelector({ matchLabels: { team: "payroll" } }), { ...grant, svms: ["svm-web"] }],
      labels: "name-only",
      answer: "svm",
    },
  ],
  svms: [
    { because: "the name is listed, and the SVM of that name has it now", answer: "granted" },
    { because: "another name", wish: { svm: { uuid, name: "svm-web" } }, answer: "svm" },
    { because: "names are compared as they are", wish: { svm: { uuid, name: "SVM-payroll" } }, answer: "svm" },
    {
      because: "the UUID is listed, in capitals, whatever the present name",
      grants: [{ ...grant, svms: [uuid.toUpperCase()] }],
      wish: { svm: { uuid, name: "renamed" } },
      answer: "granted",
    },
    {
      because: "an SVM that bears another one's UUID as its name is not meant",
      grants: [{ ...grant, svms: [otherUuid] }],
      wish: { svm: { uuid, name: otherUuid } },
      answer: "svm",
    },
    {
      because: "* is every SVM",
      grants: [{ ...grant, svms: ["*"] }],
      wish: { svm: { uuid, name: "any" } },
      answer: "granted",
    },
    { because: "one that is not seen looks like one that is not granted", wish: { svm: "not-seen" }, answer: "svm" },
    {
      because: "one that is not seen is not granted by * either",
      grants: [{ ...grant, svms: ["*"] }],
      wish: { svm: "not-seen" },
      answer: "svm",
    },
    { because: "while no list was read it is worth waiting", wish: { svm: "not-known" }, answer: "granted" },
    {
      because: "while no list was read the other limits hold already",
      wish: { svm: "not-known", type: "none" },
      answer: "type",
    },
  ],
  initiators: [
    { because: "of another namespace", wish: initiator("iqn.2026-01.com.example:web:a"), answer: "initiator" },
    {
      because: "of a namespace that begins alike",
      wish: initiator("iqn.2026-01.com.example:payroll-2:a"),
      answer: "initiator",
    },
    {
      because: "no pattern covers default",
      grants: [{ ...grant, initiators: ["*"] }],
      wish: asDefault,
      answer: "default",
    },
    { because: "default has its own switch", grants: [forDefault], wish: asDefault, answer: "granted" },
    { because: "the switch is for default alone", grants: [forDefault], answer: "initiator" },
    {
      because: "granting default includes taking it over",
      grants: [forDefault],
      wish: { ...asDefault, operation: adopt },
      answer: "granted",
    },
  ],
  "types and mutual CHAP": [
    { because: "none has to be named", wish: { type: "none" }, answer: "type" },
    { because: "deny is granted unless said otherwise", wish: { type: "deny" }, answer: "granted" },
    {
      because: "none is named",
      grants: [{ ...grant, authenticationTypes: ["none"] }],
      wish: { type: "none" },
      answer: "granted",
    },
    { because: "chap is not named", grants: [{ ...grant, authenticationTypes: ["deny"] }], answer: "type" },
    { because: "mutual CHAP is required", grants: [{ ...grant, mutualChap: "Required" }], answer: "mutual" },
    {
      because: "mutual CHAP is required and declared",
      grants: [{ ...grant, mutualChap: "Required" }],
      wish: { mutual: true },
      answer: "granted",
    },
    {
      because: "deny has no pairs",
      grants: [{ ...grant, mutualChap: "Required" }],
      wish: { type: "deny" },
      answer: "granted",
    },
  ],
  addresses: [
    { because: "none are declared", grants: [within("10.20.0.0/16")], answer: "addresses" },
    {
      because: "an empty set means any",
      grants: [within("10.20.0.0/16")],
      wish: { addresses: replace() },
      answer: "addresses",
    },
    {
      because: "all are inside",
      grants: [within("10.20.0.0/16", "fd00::/64")],
      wish: { addresses: replace(["10.20.0.0", "10.20.255.255"], ["fd00::1", "fd00::9"]) },
      answer: "granted",
    },
    {
      because: "networks that touch are one",
      grants: [within("10.20.0.0/17", "10.20.128.0/17")],
      wish: { addresses: replace(["10.20.127.255", "10.20.128.0"]) },
      answer: "granted",
    },
    {
      because: "one is outside",
      grants: [within("10.20.0.0/16")],
      wish: { addresses: replace(["10.20.255.255", "10.21.0.0"]) },
      answer: "addresses",
    },
    {
      because: "Add leaves what others put there",
      grants: [within("10.20.0.0/16")],
      wish: { addresses: { merge: "add", set: setOf(["10.20.0.1", "10.20.0.1"]) } },
      answer: "addresses",
    },
    {
      because: "deny lets no one in",
      grants: [within("10.20.0.0/16")],
      wish: { type: "deny" },
      answer: "granted",
    },
    {
      because: "none needs none where it is granted",
      grants: [{ ...within("10.20.0.0/16"), authenticationTypes: ["none"] }],
      wish: { type: "none" },
      answer: "granted",
    },
    {
      because: "default has no addresses, so chap would let in from anywhere",
      grants: [{ ...within("10.20.0.0/16"), defaultInitiator: true }],
      wish: asDefault,
      answer: "addresses",
    },
    {
      because: "default can be closed",
      grants: [{ ...within("10.20.0.0/16"), defaultInitiator: true }],
      wish: { ...asDefault, type: "deny" },
      answer: "granted",
    },
  ],
  adoption: [
    { because: "Refuse unless said otherwise", wish: { operation: adopt }, answer: "adoption" },
    {
      because: "whatever the write is called, what is foreign is not taken",
      wish: { operation: { kind: "change", foreign: true } },
      answer: "adoption",
    },
    {
      because: "Adopt is granted",
      grants: [{ ...grant, adoption: "Adopt" }],
      wish: { operation: adopt },
      answer: "granted",
    },
    {
      because: "the owner lifts Refuse for an hour",
      annotations: { "ontap-iscsi.dev/adopt-until": "2026-11-30T13:00:00Z" },
      wish: { operation: adopt },
      answer: "granted",
    },
    {
      because: "the hour is over",
      annotations: { "ontap-iscsi.dev/adopt-until": "2026-11-30T12:00:00Z" },
      wish: { operation: adopt },
      answer: "adoption",
    },
    {
      because: "more than a day ahead lifts nothing",
      annotations: { "ontap-iscsi.dev/adopt-until": "2026-12-01T12:00:01Z" },
      wish: { operation: adopt },
      answer: "adoption",
    },
    {
      because: "what is not a time lifts nothing",
      annotations: { "ontap-iscsi.dev/adopt-until": "2026-12" },
      wish: { operation: adopt },
      answer: "adoption",
    },
    {
      because: "lifting grants nothing else",
      annotations: { "ontap-iscsi.dev/adopt-until": "2026-11-30T13:00:00Z" },
      wish: { operation: adopt, type: "none" },
      answer: "type",
    },
  ],
  deletion: [
    { because: "all policies unless said otherwise", wish: { operation: remove }, answer: "granted" },
    {
      because: "Delete is not granted",
      grants: [{ ...grant, deletion: ["Deny"] }],
      wish: { operation: remove },
      answer: "deletion",
    },
    { because: "Deny", wish: { operation: { ...remove, policy: "Deny" } }, answer: "granted" },
    {
      because: "Deny also needs deny among the types",
      grants: [{ ...grant, authenticationTypes: ["chap"] }],
      wish: { operation: { ...remove, policy: "Deny" } },
      answer: "deletion",
    },
    {
      because: "Retain is always allowed",
      grants: [],
      wish: { operation: { ...remove, policy: "Retain" } },
      answer: "granted",
    },
    {
      because: "what was adopted is not deleted under a grant without none",
      wish: { operation: { ...remove, adopted: true } },
      answer: "deletion-of-adopted",
    },
    {
      because: "the initiator would get in without authentication",
      wish: { operation: { ...remove, fallback: "none" } },
      answer: "deletion-opens",
    },
    {
      because: "no one knows what the initiator would fall back to",
      wish: { operation: { ...remove, fallback: "unknown" } },
      answer: "deletion-opens",
    },
    {
      because: "where none is granted, opening is too",
      grants: [{ ...grant, authenticationTypes: ["chap", "none"] }],
      wish: { operation: { ...remove, adopted: true, fallback: "none" } },
      answer: "granted",
    },
    {
      because: "deleting writes no type",
      grants: [{ ...grant, authenticationTypes: ["deny"], mutualChap: "Required" }],
      wish: { operation: remove },
      answer: "granted",
    },
    {
      because: "a quota holds back no deletion",
      grants: [{ ...grant, maxCredentials: 0 }],
      wish: { operation: remove, rank: "unknown" },
      answer: "granted",
    },
    {
      because: "the read before it asks where it would be",
      wish: { operation: { kind: "read-before-deletion" }, type: "none" },
      answer: "granted",
    },
    {
      because: "the read before it is withdrawn with the grant",
      grants: [],
      wish: { operation: { kind: "read-before-deletion" } },
      answer: "namespace",
    },
  ],
  maxCredentials: [
    {
      because: "there is room for the second",
      grants: [{ ...grant, maxCredentials: 2 }],
      wish: { rank: { holds: false, before: 1 } },
      answer: "granted",
    },
    {
      because: "there is none for the third",
      grants: [{ ...grant, maxCredentials: 2 }],
      wish: { rank: { holds: false, before: 2 } },
      answer: "quota",
    },
    {
      because: "one that holds goes on above a lowered quota",
      grants: [{ ...grant, maxCredentials: 0 }],
      wish: { operation: { kind: "rotate", foreign: false }, rank: { holds: true, before: 7 } },
      answer: "granted",
    },
    {
      because: "not all objects were read",
      grants: [{ ...grant, maxCredentials: 2 }],
      wish: { rank: "unknown" },
      answer: "unknown",
    },
    { because: "without a quota no one counts", wish: { rank: "unknown" }, answer: "granted" },
  ],
  "several grants": [
    {
      because: "one allows it in full",
      grants: [{ ...grant, svms: ["svm-web"] }, grant],
      answer: "granted",
    },
    {
      because: "two that allow half each do not add up",
      grants: [
        { ...grant, svms: ["svm-web"] },
        { ...grant, initiators: ["iqn.2026-01.com.example:b"] },
      ],
      answer: "initiator",
    },
    {
      because: "the one that gets furthest says what is missing",
      grants: [
        { ...grant, authenticationTypes: ["deny"] },
        { ...grant, svms: ["svm-web"] },
      ],
      answer: "type",
    },
  ],
};

describe.each(Object.entries(sections))("%s", (_, rows) => {
  test.each(rows)("$answer, since $because", (row) => {
    expect(answerTo(row)).toBe(row.answer);
  });
});

const live: readonly Operation[] = [
  { kind: "read" },
  create,
  { kind: "change", foreign: false },
  { kind: "reassert", foreign: false },
  { kind: "rotate", foreign: false },
];
const taking: readonly Operation[] = [adopt, { kind: "hand-over", foreign: true }];
const deleting: readonly Operation[] = [remove, { ...remove, policy: "Deny" }];
const nameOf = (operation: Operation): string =>
  operation.kind === "delete" ? `delete ${operation.policy}` : operation.kind;

/** What the grant of each column lacks, for the wish above. */
const columns = {
  granted: { ...grant, adoption: "Adopt" },
  "namespace not": { ...grant, adoption: "Adopt", namespaces: { names: ["web"] } },
  "SVM not": { ...grant, adoption: "Adopt", svms: ["svm-web"] },
  "initiator not": { ...grant, adoption: "Adopt", initiators: ["iqn.2026-01.com.example:b"] },
  "type not": { ...grant, adoption: "Adopt", authenticationTypes: ["none"] },
  "address not": { ...grant, adoption: "Adopt", addresses: { within: ["10.20.0.0/16"] } },
  "mutual not": { ...grant, adoption: "Adopt", mutualChap: "Required" },
  quota: { ...grant, adoption: "Adopt", maxCredentials: 0 },
  withdrawn: undefined,
} as const;
type Column = keyof typeof columns;

const everywhere = {
  "namespace not": "namespace",
  "SVM not": "svm",
  "initiator not": "initiator",
  withdrawn: "namespace",
};
const whileLive: Readonly<Record<Column, string>> = {
  granted: "granted",
  "type not": "type",
  "address not": "addresses",
  "mutual not": "mutual",
  quota: "quota",
  ...everywhere,
};
/** A deletion writes neither pairs nor addresses, and frees a place; Deny writes type deny. */
const atDeletion = (operation: Operation): Readonly<Record<Column, string>> => ({
  granted: "granted",
  "type not": nameOf(operation) === "delete Deny" ? "deletion" : "granted",
  "address not": "granted",
  "mutual not": "granted",
  quota: "granted",
  ...everywhere,
});

describe("every operation against every limit", () => {
  const cells = (
    operations: readonly Operation[],
    answers: (operation: Operation) => Readonly<Record<Column, string>>,
  ) =>
    operations.flatMap((operation) =>
      (Object.keys(columns) as readonly Column[]).map((column) => ({
        name: nameOf(operation),
        operation,
        column,
        answer: answers(operation)[column],
      })),
    );
  test.each([...cells([...live, ...taking], () => whileLive), ...cells(deleting, atDeletion)])(
    "$name, $column: $answer",
    ({ operation, column, answer }) => {
      const only = columns[column];
      expect(
        answerTo({ because: "", grants: only === undefined ? [] : [only], wish: { operation }, answer: "granted" }),
      ).toBe(answer);
    },
  );
  test.each((Object.keys(columns) as readonly Column[]).map((column) => ({ column })))(
    "delete Retain, $column: granted",
    ({ column }) => {
      const only = columns[column];
      const operation: Operation = { ...remove, policy: "Retain" };
      expect(
        answerTo({ because: "", grants: only === undefined ? [] : [only], wish: { operation }, answer: "granted" }),
      ).toBe("granted");
    },
  );
});

describe("whom grants do not concern", () => {
  const inOwn = (connection: OntapConnection | "unknown" | undefined, changes: Partial<Wish> = {}) =>
    permits(connection, "storage", undefined, { ...wish, ...changes }, nowMs);

  test("the connection's own namespace may do everything, and its own policies count", () => {
    const everything: Partial<Wish> = {
      ...asDefault,
      type: "none",
      operation: adopt,
      adoptionPolicy: "Refuse",
      rank: "unknown",
    };
    expect(inOwn(connectionWith(undefined), everything)).toEqual({
      ok: true,
      value: {
        adoption: { policy: "Refuse", by: "object" },
        deletion: ["Delete", "Deny", "Retain"],
        leastIntervalMs: 0,
        mutualChap: "Optional",
        addresses: undefined,
      },
    });
  });

  test("a connection that cannot be parsed, or is not read yet, allows nothing to anybody", () => {
    const broken = parseOntapConnection({
      metadata: { name: "prod-a", namespace: "storage" },
      spec: { endpoint: "x" },
    });
    expect(inOwn(broken)).toEqual({ ok: false, error: "unknown" });
    expect(inOwn("unknown")).toEqual({ ok: false, error: "unknown" });
    expect(permits(broken, "payroll", {}, wish, nowMs)).toEqual({ ok: false, error: "namespace" });
    expect(permits("unknown", "payroll", {}, wish, nowMs)).toEqual({ ok: false, error: "unknown" });
  });

  test.each<{ read: string; labels: NamespaceLabels; answer: Limit }>([
    { read: "labels", labels: {}, answer: "namespace" },
    { read: "no labels", labels: "name-only", answer: "name" },
  ])("where $read are read, a connection that does not exist looks like one that grants nothing", (row) => {
    const inThree = [undefined, connectionWith([]), connectionWith([bySelector({ matchLabels: { team: "web" } })])];
    for (const connection of inThree) {
      expect(permits(connection, "payroll", row.labels, wish, nowMs)).toEqual({ ok: false, error: row.answer });
    }
  });
});

describe("the terms of a grant", () => {
  const termsOf = (grants: readonly object[], changes: Partial<Wish> = {}, annotations: object = {}) => {
    const terms = permits(
      connectionWith(grants, { resyncInterval: "2m" }, annotations),
      "payroll",
      {},
      { ...wish, ...changes },
      nowMs,
    );
    if (!terms.ok) throw new Error(terms.error);
    return terms.value;
  };

  test("intervals are no shorter than the connection's own", () => {
    expect(termsOf([grant]).leastIntervalMs).toBe(120_000);
  });

  test.each([
    { adoption: "Refuse", policy: "Adopt", until: undefined, effective: { policy: "Refuse", by: "grant" } },
    { adoption: "Refuse", policy: "Refuse", until: undefined, effective: { policy: "Refuse", by: "grant" } },
    { adoption: "Adopt", policy: "Adopt", until: undefined, effective: { policy: "Adopt", by: "object" } },
    { adoption: "Adopt", policy: "Refuse", until: undefined, effective: { policy: "Refuse", by: "object" } },
    {
      adoption: "Refuse",
      policy: "Refuse",
      until: "2026-11-30T13:00:00+00:00",
      effective: { policy: "Adopt", by: "adopt-until" },
    },
  ] as const)("adoption: the stricter of grant $adoption and object $policy, until $until", (row) => {
    const annotations = row.until === undefined ? {} : { "ontap-iscsi.dev/adopt-until": row.until };
    const terms = termsOf([{ ...grant, adoption: row.adoption }], { adoptionPolicy: row.policy }, annotations);
    expect(terms.adoption).toEqual(row.effective);
  });

  test("deletion policies: Retain always, Deny only with type deny", () => {
    expect(termsOf([grant]).deletion).toEqual(["Delete", "Deny", "Retain"]);
    expect(termsOf([{ ...grant, authenticationTypes: ["chap"], deletion: ["Deny"] }]).deletion).toEqual(["Retain"]);
  });

  test("addresses and mutual CHAP as granted", () => {
    const terms = termsOf([{ ...within("10.20.0.1/16"), mutualChap: "Required" }], {
      mutual: true,
      addresses: replace(["10.20.0.1", "10.20.0.1"]),
    });
    expect(terms).toMatchObject({ mutualChap: "Required", addresses: setOf(["10.20.0.0", "10.20.255.255"]) });
  });
});

test("those that hold come first, then the older, then the smaller uid", () => {
  const peer = (uid: string, creationTimestamp: string, holds = false) => ({ uid, creationTimestamp, holds });
  const peers = [peer("d", "2026-02"), peer("b", "2026-01"), peer("a", "2026-01"), peer("c", "2026-03", true)];
  const order = peers.map((self) => [self.uid, rankOf(self, peers).before] as const).toSorted((a, b) => a[1] - b[1]);
  expect(order).toEqual([
    ["c", 0],
    ["a", 1],
    ["b", 2],
    ["d", 3],
  ]);
});

test("the words for a limit name the connection and who can change it, in the length of a condition", () => {
  for (const limit of allLimits) {
    const message = limitMessage(limit, "storage/prod-a" as Parameters<typeof limitMessage>[1]);
    expect(message).toContain("OntapConnection storage/prod-a ");
    expect(message).toMatch(
      limit === "unknown" ? /tried again/ : /Ask the owner of the connection to change its spec\.grants\.$/,
    );
    expect(message.length).toBeLessThanOrEqual(250);
  }
});
