import * as fc from "fast-check";
import { expect, test } from "vitest";
import { objectName } from "../api/fields.ts";
import { iscsiCredentialSpec } from "../api/iscsi-credential.ts";
import { manifestsOf, type FoundCredential } from "./import-manifests.ts";

const found = (initiator: string, rest: Partial<FoundCredential> = {}): FoundCredential => ({
  svm: "svm1",
  initiator,
  authenticationType: "none",
  inboundUser: undefined,
  outboundUser: undefined,
  ranges: [],
  ...rest,
});
const options = { connection: { namespace: "storage", name: "prod" }, namespace: "esx" };

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: unknown;
}
const manifests = (...all: readonly FoundCredential[]) => manifestsOf(all, options) as unknown as readonly Manifest[];
const namesOf = (...all: readonly FoundCredential[]) => manifests(...all).map(({ metadata }) => metadata.name);

test("mutual CHAP is a Secret without its passwords and a credential that writes nothing and is left when it goes", () => {
  const chap = { authenticationType: "chap", inboundUser: "in", outboundUser: "out" } as const;
  const ranges = [{ start: "10.0.0.1", end: "10.0.0.9" }];
  expect(manifests(found("iqn.1998-01.com.vmware:esx01", { ...chap, ranges }))).toEqual([
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "esx01", namespace: "esx" },
      type: "kubernetes.io/iscsi-chap",
      stringData: {
        "node.session.auth.username": "in",
        "node.session.auth.password": "",
        "node.session.auth.username_in": "out",
        "node.session.auth.password_in": "",
      },
    },
    {
      apiVersion: "ontap-iscsi.dev/v1alpha1",
      kind: "IscsiCredential",
      metadata: { name: "esx01", namespace: "esx" },
      spec: {
        connectionRef: { name: "prod", namespace: "storage" },
        svm: { name: "svm1" },
        initiator: "iqn.1998-01.com.vmware:esx01",
        authenticationType: "chap",
        chap: { inbound: { secretRef: { name: "esx01" } }, outbound: { secretRef: { name: "esx01" } } },
        initiatorAddress: { merge: "Replace", ranges },
        mode: "Plan",
        deletionPolicy: "Retain",
      },
    },
  ]);
});

test("names are the host's, told apart where two would have one", () => {
  expect(namesOf(found("iqn.1994-05.com.redhat:Node.A"), found("default"), found("eui.0123456789abcdef"))).toEqual([
    "node-a",
    "default",
    "eui-0123456789abcdef",
  ]);
  expect(namesOf(found("default"), found("default", { svm: "svm2" }))).toEqual(["default-svm1", "default-svm2"]);
  expect(namesOf(found("iqn.1994-05.a:x.y"), found("iqn.1994-05.a:x-y"))).toEqual(["x-y-svm1", "x-y-svm1-2"]);
});

test("for all initiators: the objects are accepted, and no two have one name", () => {
  const character = fc.constantFrom(..."abz09.:-".split(""));
  const initiator = fc.array(character, { maxLength: 80 }).map((rest) => `iqn.1994-05.x${rest.join("")}`);
  fc.assert(
    fc.property(fc.uniqueArray(initiator, { minLength: 1, maxLength: 8 }), (initiators) => {
      const made = manifests(...initiators.map((name) => found(name)));
      const names = made.map(({ metadata }) => metadata.name);
      expect(new Set(names).size).toBe(names.length);
      for (const name of names) expect(objectName.safeParse(name).success && name.length <= 63).toBe(true);
      for (const { spec } of made) expect(iscsiCredentialSpec.safeParse(spec).success).toBe(true);
    }),
  );
});
