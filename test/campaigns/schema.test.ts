import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { iscsiCredentialKind, ontapConnectionKind } from "../../src/api/kinds.ts";
import type { IscsiCredentialSpec } from "../../src/api/iscsi-credential.ts";
import { addressSetOf, equalSets, subtract, union } from "../../src/array/address-set.ts";
import type { AddressEntry } from "../../src/simulator/model/addresses.ts";
import { structuralSchema } from "../../tools/crd/structural.ts";
import type { KubeObject } from "../model/kubernetes/object.ts";
import { connectionSpec, initiator, namespace, openScene, type Scene } from "../pass/scene.ts";
import { pairsOf, variantsOf, withVariants, type Samples, type Variant } from "./variants.ts";

/**
 * Every field of both definitions, set, changed and taken away, alone and in pairs, valid and not, and back. The oracle knows
 * no decision of the operator: either the array is as declared, or the object says why; a field that the API server refuses is
 * named and changes nothing; the way back leads to where it began; and nothing that a person declares is passed over in silence.
 */

interface Case {
  readonly kind: "IscsiCredential" | "OntapConnection";
  readonly variants: readonly Variant[];
}

const minute = 60_000;
const range = (start: string, end = start) => ({ start, end });

const credentialSamples: Samples = {
  "connectionRef.name": ["array", "other"],
  "connectionRef.namespace": [namespace, "elsewhere"],
  connectionRef: [{ name: "array" }],
  "svm.name": ["svm1", "svm2"],
  "svm.uuid": ["02c9e252-41be-11e9-81d5-00a0986138f7"],
  svm: [{ name: "svm1" }],
  initiator: [initiator, "default", "eui.0123456789abcdef", "iqn.1994-05.com.redhat:other", "not-an-iqn"],
  "secretRef.name": ["chap", "second", "absent", "Not_A_Name"],
  secretRef: [{ name: "second" }],
  "inbound.secretRef.userKey": ["username", "custom-user"],
  "inbound.secretRef.passwordKey": ["password", "outbound-password"],
  "outbound.secretRef.userKey": ["outbound-user", "username"],
  "outbound.secretRef.passwordKey": ["outbound-password", "password"],
  inbound: [{ secretRef: { name: "second" } }],
  outbound: [{ secretRef: { name: "second" } }],
  chap: [{ inbound: { secretRef: { name: "second" } } }],
  ranges: [[range("10.0.0.5")], [range("10.0.0.1", "10.0.0.9"), range("fd00::1")], [range("10.0.0.9", "10.0.0.1")]],
  masks: [[{ address: "10.1.0.0", netmask: "16" }], [{ address: "fd00::", netmask: "64" }]],
  initiatorAddress: [{ ranges: [range("10.0.0.7")] }, { merge: "Add", ranges: [range("10.0.0.8")] }],
  resyncInterval: ["5s", "10m", "25h"],
  reassertInterval: ["1m", "1h", "1s"],
};

const connectionSamples: Samples = {
  endpoint: [
    connectionSpec.endpoint,
    "https://nobody.example.com",
    "http://array.example.com",
    "https://array.example.com/",
  ],
  "secretRef.name": ["login", "second", "absent"],
  "bearerToken.secretRef.key": ["password", "absent"],
  secretRef: [{ name: "login" }],
  basic: [{ secretRef: { name: "login" } }],
  clientCertificate: [{ secretRef: { name: "login" } }],
  bearerToken: [{ secretRef: { name: "login" } }],
  auth: [{ basic: { secretRef: { name: "login" } } }],
  caBundle: ["no certificate"],
  caRef: [{ kind: "ConfigMap", name: "absent" }],
  "caRef.name": ["absent"],
  "caRef.key": ["ca.crt"],
  serverName: ["array"],
  grants: [
    [{ namespaces: { from: "All" }, svms: ["*"], initiators: ["*"] }],
    [{ namespaces: {}, svms: [], initiators: [] }],
  ],
  requestTimeout: ["1s", "5m", "6m"],
  resyncInterval: ["5s", "24h", "4s"],
};

/** What the array holds before each step. */
const baseAddresses = range("10.0.0.1", "10.0.0.4");

const bases: Readonly<Record<Case["kind"], object>> = {
  IscsiCredential: {
    connectionRef: { name: "array" },
    svm: { name: "svm1" },
    initiator,
    authenticationType: "chap",
    chap: {
      inbound: { secretRef: { name: "chap" } },
      outbound: { secretRef: { name: "chap", userKey: "outbound-user", passwordKey: "outbound-password" } },
    },
    initiatorAddress: { ranges: [baseAddresses] },
  },
  OntapConnection: connectionSpec,
};
const nameOf = { IscsiCredential: "a", OntapConnection: "array" } as const;

/** What each Secret holds. All are offered, and two keys of theirs may hold user names. */
const secrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  chap: secretOf("chap"),
  second: secretOf("second"),
};

function secretOf(name: string): Readonly<Record<string, string>> {
  return {
    username: `${name}-user`,
    password: `${name}-password-1`,
    "custom-user": `${name}-custom`,
    "outbound-user": `${name}-array`,
    "outbound-password": `${name}-outbound-1`,
  };
}

async function openCampaign(): Promise<Scene> {
  const scene = await openScene();
  for (const [name, stringData] of Object.entries(secrets)) {
    scene.world.cluster.people.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name,
        namespace,
        labels: { "ontap-iscsi.dev/use": "chap" },
        annotations: { "ontap-iscsi.dev/user-keys": "custom-user,outbound-user" },
      },
      stringData,
    });
  }
  scene.credential(bases.IscsiCredential);
  await scene.later(minute);
  return scene;
}

const objectOf = ({ world }: Scene, kind: Case["kind"]): KubeObject | undefined =>
  world.cluster.people.get(kind, namespace, nameOf[kind]);

interface SeenStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[];
}

const statusOf = (scene: Scene, kind: Case["kind"]): SeenStatus => objectOf(scene, kind)?.["status"] as SeenStatus;

function readyIn({ conditions }: SeenStatus): SeenStatus["conditions"][number] | undefined {
  return conditions.find(({ type }) => type === "Ready");
}

/** Everything that a person can see or an initiator can feel, without times and counts of edits. */
function seenIn(scene: Scene): unknown {
  const shown = (["IscsiCredential", "OntapConnection"] as const).map((kind) => {
    const { conditions, ...status } = statusOf(scene, kind) as SeenStatus & Readonly<Record<string, unknown>>;
    return { conditions, ...status };
  });
  return JSON.parse(
    JSON.stringify({ held: heldIn(scene), shown }, (key, value: unknown) => (transient.has(key) ? undefined : value)),
  );
}

const transient = new Set([
  "history",
  "time",
  "since",
  "lastTransitionTime",
  "lastProbeTime",
  "observedGeneration",
  "generation",
  "resourceVersion",
  "nextAttemptTime",
]);

/** What the array holds, as plain values. */
const heldIn = (scene: Scene): unknown =>
  JSON.parse(
    JSON.stringify(scene.array.credentials(), (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    ),
  );

/** In what the array is not as declared. */
function unlikeDeclared(scene: Scene, spec: IscsiCredentialSpec): readonly string[] {
  const held = scene.held();
  if (held === undefined) return ["the array holds nothing"];
  const pairOf = (direction: "inbound" | "outbound") => {
    const ref = spec.chap?.[direction]?.secretRef;
    const data = ref === undefined ? undefined : secrets[ref.name];
    if (ref === undefined) return undefined;
    return { user: data?.[ref.userKey ?? "username"], password: data?.[ref.passwordKey ?? "password"] };
  };
  const wrong: string[] = [];
  if (held.authenticationType !== spec.authenticationType) wrong.push(`type ${held.authenticationType}`);
  if (spec.authenticationType === "chap") {
    for (const direction of ["inbound", "outbound"] as const) {
      const declared = pairOf(direction);
      if (!isDeepStrictEqual(held.chap[direction], declared)) wrong.push(`the ${direction} pair`);
    }
  }
  if (spec.initiatorAddress !== undefined && !addressesAsDeclared(held.addresses, spec.initiatorAddress)) {
    wrong.push(`addresses after ${spec.initiatorAddress.merge}`);
  }
  return wrong;
}

function addressesAsDeclared(
  held: readonly AddressEntry[],
  { merge, ranges = [], masks = [] }: NonNullable<IscsiCredentialSpec["initiatorAddress"]>,
): boolean {
  const declared = addressSetOf({ ranges, masks });
  const before = addressSetOf({ ranges: [baseAddresses], masks: [] });
  const present = addressSetOf({
    ranges: held.flatMap((entry) => (entry.kind === "range" ? [entry.written] : [])),
    masks: held.flatMap((entry) =>
      entry.kind === "mask" ? [{ address: entry.written.address, netmask: String(entry.length) }] : [],
    ),
  });
  if (!declared.ok || !before.ok || !present.ok) return false;
  const expected = {
    Replace: declared.value,
    Add: union(before.value, declared.value),
    Remove: subtract(before.value, declared.value),
  };
  return equalSets(present.value, expected[merge]);
}

/** Fields that decide what a later event does, or who may; each has tests of its own. */
const laterEffect =
  /^(resyncInterval|reassertInterval|adoptionPolicy|deletionPolicy|limits|grants|tls|tls\.(insecureSkipVerify|serverName|caBundle))(\.|$)/;

interface Played {
  readonly accepted: boolean;
  readonly wrong: readonly string[];
}

/** From the base to the case and back. */
async function play(scene: Scene, { kind, variants }: Case): Promise<Played> {
  const { people } = scene.world.cluster;
  const base = objectOf(scene, kind);
  if (base === undefined) throw new Error("the base is gone");
  const before = seenIn(scene);
  const heldBefore = heldIn(scene);
  const answer = people.replace({ ...base, spec: withVariants(bases[kind], variants) });
  if (answer.status >= 300) {
    const names = variants.flatMap(({ path }) => path.split("."));
    const text = JSON.stringify(answer);
    const isNamed = names.some((name) => text.includes(name));
    return { accepted: false, wrong: isNamed ? [] : [`refused without naming a field: ${text}`] };
  }
  const wrong: string[] = [];
  await scene.later(minute);
  const object = objectOf(scene, kind);
  const spec = object?.["spec"];
  const ready = readyIn(statusOf(scene, kind));
  const isSame = isDeepStrictEqual(spec, base["spec"]);
  if (statusOf(scene, kind).observedGeneration !== object?.metadata.generation) wrong.push("the edit was not observed");
  if (ready === undefined || ready.reason === "Pending" || ready.message.length < 10) wrong.push("says nothing");
  const declared = objectOf(scene, "IscsiCredential")?.["spec"] as IscsiCredentialSpec;
  const credentialReady = readyIn(statusOf(scene, "IscsiCredential"));
  if (declared.suspend || declared.mode === "Plan") {
    if (!isDeepStrictEqual(heldIn(scene), heldBefore)) wrong.push("wrote although it was not to");
  } else if (credentialReady?.status === "True") {
    wrong.push(
      ...unlikeDeclared(scene, declared).map((what) => `Ready, and the array has not what is declared: ${what}`),
    );
  }
  const counts = variants.filter((variant) => !isDeepStrictEqual(withVariants(bases[kind], [variant]), bases[kind]));
  const isMet = kind === "IscsiCredential" && unlikeDeclared(scene, declared).length === 0;
  const asksNothing = isSame || isMet || declared.suspend || counts.every(({ path }) => laterEffect.test(path));
  if (!asksNothing && isDeepStrictEqual(seenIn(scene), before)) wrong.push("passed over in silence");

  people.replace({ ...objectOf(scene, kind), spec: bases[kind] } as KubeObject);
  await scene.later(minute);
  const after = seenIn(scene);
  if (!isDeepStrictEqual(after, before)) {
    wrong.push(`not as before: ${JSON.stringify(after)} was ${JSON.stringify(before)}`);
  }
  return { accepted: true, wrong };
}

const variantsOfKind = {
  IscsiCredential: variantsOf(structuralSchema(iscsiCredentialKind.spec), credentialSamples),
  OntapConnection: variantsOf(structuralSchema(ontapConnectionKind.spec), connectionSamples),
} as const;

const textOf = (variants: readonly Variant[]): string =>
  variants.map(({ path, value }) => `${path} ${JSON.stringify(value)?.slice(0, 60) ?? "taken away"}`).join(" and ");

/** Plays all, each from a sound base, and gives what was accepted and what was wrong. */
async function playAll(cases: readonly Case[]) {
  const accepted: Case[] = [];
  const failures: string[] = [];
  let scene = await openCampaign();
  for (const each of cases) {
    // oxlint-disable-next-line no-await-in-loop
    const played = await play(scene, each);
    if (played.accepted) accepted.push(each);
    if (played.wrong.length === 0) continue;
    failures.push(...played.wrong.map((what) => `${textOf(each.variants)}: ${what}`));
    // oxlint-disable-next-line no-await-in-loop
    scene = await openCampaign();
  }
  return { accepted, failures };
}

describe.each(["IscsiCredential", "OntapConnection"] as const)("every field of %s", (kind) => {
  test("alone and in pairs, there and back", async () => {
    const alone = await playAll(variantsOfKind[kind].map((variant) => ({ kind, variants: [variant] })));
    expect(alone.failures).toEqual([]);
    const valid = alone.accepted.flatMap(({ variants }) => variants);
    expect(valid.length).toBeGreaterThan(20);
    const pairs = await playAll(pairsOf(valid, 1000).map((variants) => ({ kind, variants })));
    expect(pairs.failures).toEqual([]);
    const transitions = variantsOfKind[kind].length + alone.accepted.length + 2 * pairs.accepted.length;
    process.stdout.write(`schema campaign: ${kind}: ${transitions} transitions\n`);
  });
});
