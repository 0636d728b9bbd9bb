import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { kinds } from "../../src/api/kinds.ts";
import { parseIscsiCredential, parseOntapConnection } from "../../src/api/parse.ts";
import { startControlPlane, type ControlPlane } from "../../tools/controlplane/start.ts";
import { install } from "../../tools/harness/install.ts";
import { startOperatorProcess } from "../../tools/harness/process.ts";
import { connect, eventually, type Cluster, type KubeObject } from "../../tools/harness/cluster.ts";

/** What an older version has stored, under the definitions of today and back: docs/upgrade.md. */

const root = new URL("../../", import.meta.url).pathname;
const today = join(root, "crds");
const older = join(root, "test/fixtures/0.2.0");

let controlPlane: ControlPlane;
let cluster: Cluster;
let states: readonly KubeObject[];

beforeAll(async () => {
  const text = await readFile(join(older, "states.yaml"), "utf8");
  states = parseAllDocuments(text, { version: "1.1" }).map((document) => document.toJS() as KubeObject);
  controlPlane = await startControlPlane();
  cluster = await connect(controlPlane.adminKubeconfig);
  for (const name of new Set(states.map(({ metadata }) => metadata.namespace ?? ""))) {
    await cluster.create({ kind: "Namespace", metadata: { name } });
  }
});
afterAll(async () => {
  await cluster.close();
  await controlPlane.stop();
});

const pluralOf = ({ kind }: KubeObject): string => kinds.find((known) => known.kind === kind)?.plural ?? "";

const forEachState = (work: (object: KubeObject, name: string, namespace: string) => Promise<void>): Promise<unknown> =>
  Promise.all(states.map((object) => work(object, object.metadata.name, object.metadata.namespace ?? "")));

/** Applies both definitions of a folder, and waits until they are served. */
async function define(folder: string): Promise<void> {
  const files = kinds.flatMap(({ plural }) => ["-f", join(folder, `${plural}.yaml`)]);
  const { stderr } = await controlPlane.kubectl(["apply", "--server-side", ...files]);
  expect(stderr).toBe("");
  for (const { plural } of kinds) {
    await eventually(() => cluster.list(plural, "default").catch(() => undefined), `${plural} are served`);
  }
  // The API server serves a changed definition a moment later, and does not tell when.
  await sleep(1000);
}

/** Creates every state as the API server checks it when nothing of it is there yet. */
async function store(): Promise<void> {
  await forEachState(async ({ status, ...object }, name, namespace) => {
    await cluster.create(object);
    if (status === undefined) return;
    await cluster.send({
      method: "PATCH",
      path: `/apis/${object.apiVersion}/namespaces/${namespace}/${pluralOf(object)}/${name}/status`,
      contentType: "application/merge-patch+json",
      body: { status },
    });
  });
}

async function removeAll(): Promise<void> {
  await forEachState(async (object, name, namespace) => {
    if ((await cluster.get(pluralOf(object), namespace, name)) === undefined) return;
    await cluster.patch(pluralOf(object), namespace, name, { metadata: { finalizers: null } });
    await cluster.delete(pluralOf(object), namespace, name);
  });
}

/** Every object is there, with all that it had, and takes an edit. */
async function expectUnharmed(): Promise<void> {
  await forEachState(async (object, name, namespace) => {
    expect(await cluster.get(pluralOf(object), namespace, name)).toMatchObject(object);
    await cluster.patch(pluralOf(object), namespace, name, { metadata: { annotations: { edited: "again" } } });
  });
}

describe("what 0.2.0 stores", () => {
  beforeEach(async () => {
    await define(older);
    await removeAll();
    await store();
    await define(today);
  });

  test("is there after an upgrade, with every status, and can be edited", expectUnharmed);

  test("is accepted as new, as a restore brings it, and survives a downgrade", async () => {
    await removeAll();
    await store();
    await expectUnharmed();
    await define(older);
    await expectUnharmed();
  });
});

test("the operator of today understands all that 0.2.0 stores", () => {
  for (const object of states) {
    const stored = { ...object, metadata: { ...object.metadata, uid: "1", resourceVersion: "1", generation: 1 } };
    const parsed = object.kind === "IscsiCredential" ? parseIscsiCredential(stored) : parseOntapConnection(stored);
    expect(parsed?.spec).toMatchObject({ ok: true });
    expect(parsed?.status === undefined).toBe(object["status"] === undefined);
  }
});

describe("an operator that starts beside definitions of another version", () => {
  const spec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties";
  const rules = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/x-kubernetes-validations";

  const untilPublished = (isThere: (text: string) => boolean): Promise<true> =>
    eventually(async () => {
      const published = await cluster.send({ method: "GET", path: "/openapi/v3/apis/ontap-iscsi.dev/v1alpha1" });
      return isThere(JSON.stringify(published)) ? true : undefined;
    }, "the API server publishes the definition");

  test("says which fields are dropped and which it passes over, with no rule beyond its Role", async () => {
    await removeAll();
    await install(controlPlane.kubectl);
    const definition = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/iscsicredentials.ontap-iscsi.dev";
    const { versions } = (await cluster.send({ method: "GET", path: definition }))["spec"] as { versions: object[] };
    await controlPlane.kubectl([
      "patch",
      "customresourcedefinition",
      "iscsicredentials.ontap-iscsi.dev",
      "--type=json",
      `--patch=${JSON.stringify([
        { op: "remove", path: `${spec}/suspend` },
        { op: "remove", path: rules },
        { op: "add", path: `${spec}/future`, value: { type: "string", maxLength: 10 } },
      ])}`,
    ]);
    await untilPublished((text) => text.includes('"future"'));
    const access = await controlPlane.kubeconfigForServiceAccount("ontap-iscsi-operator", "ontap-iscsi-operator");
    const operator = await startOperatorProcess(access);
    try {
      const [older] = await operator.line(/.*the installed definition is older.*/);
      expect(JSON.parse(older)).toMatchObject({
        kind: "IscsiCredential",
        fields: ["spec.suspend"],
        file: "crds/iscsicredentials.yaml",
      });
      const [newer] = await operator.line(/.*the installed definition is newer.*/);
      expect(JSON.parse(newer)).toMatchObject({ kind: "IscsiCredential", fields: ["spec.future"] });
      expect(operator.lines.filter((line) => line.includes("the installed definition"))).toHaveLength(2);
    } finally {
      await operator.end("SIGTERM");
      const body = { spec: { versions } };
      await cluster.send({ method: "PATCH", path: definition, contentType: "application/merge-patch+json", body });
    }
    await untilPublished((text) => !text.includes('"future"'));
  });

  test("says nothing of definitions of its own", async () => {
    const access = await controlPlane.kubeconfigForServiceAccount("ontap-iscsi-operator", "ontap-iscsi-operator");
    const operator = await startOperatorProcess(access);
    await sleep(1000);
    await operator.end("SIGTERM");
    expect(operator.lines.filter((line) => line.includes("definition"))).toEqual([]);
  });
});
