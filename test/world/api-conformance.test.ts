import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { parse } from "yaml";
import { kinds, type Kind } from "../../src/api/kinds.ts";
import { createKubectl, type Kubectl } from "../../tools/controlplane/kubectl.ts";
import { connect, type Cluster, type KubeObject } from "../../tools/harness/cluster.ts";
import { accepted, leastSpec, refused, type Example } from "../harness/api-examples.ts";

/** What holds for every field, rule and column of both kinds, whichever are added: read from the API server. */

const root = new URL("../../", import.meta.url).pathname;
const namespace = "api-conformance";
let cluster: Cluster;
let kubectl: Kubectl;

beforeAll(async () => {
  cluster = await connect(inject("adminKubeconfig"));
  kubectl = createKubectl(inject("kubectlPath"), inject("adminKubeconfig"));
  await cluster.create({ kind: "Namespace", metadata: { name: namespace } });
});
afterAll(() => cluster.close());

interface Validation {
  readonly rule: string;
  readonly message: string;
  readonly reason?: string;
  readonly fieldPath?: string;
}

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly "x-kubernetes-validations"?: readonly Validation[];
}

const isKind = (name: Example["kind"]) => kinds.find(({ kind }) => kind === name) as Kind;
const definitionOf = async ({ plural }: Kind) =>
  parse(await readFile(join(root, `crds/${plural}.yaml`), "utf8")) as {
    readonly spec: { readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Schema } }] };
  };
const schemaOf = async (kind: Kind): Promise<Schema> =>
  (await definitionOf(kind)).spec.versions[0].schema.openAPIV3Schema;

interface Node {
  /** Names of fields, and `[]` for the entries of a list. */
  readonly path: readonly string[];
  readonly schema: Schema;
}

function nodesOf(schema: Schema, path: readonly string[] = []): readonly Node[] {
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => nodesOf(child, [...path, name]));
  const entries = schema.items === undefined ? [] : nodesOf(schema.items, [...path, "[]"]);
  return [{ path, schema }, ...fields, ...entries];
}

const specOf = ({ kind, spec }: Example): object => ({ ...leastSpec[kind], ...spec });
let serial = 0;

/** What the API server would store. */
function stored(example: Example, name = `example-${serial++}`): Promise<KubeObject> {
  const { kind } = example;
  const path = `/apis/ontap-iscsi.dev/v1alpha1/namespaces/${namespace}/${isKind(kind).plural}`;
  const body = { apiVersion: "ontap-iscsi.dev/v1alpha1", kind, metadata: { name }, spec: specOf(example) };
  return cluster.send({ method: "POST", path, query: { dryRun: "All" }, body });
}

describe("what is applied reads back as it was applied: GitOps tools see no difference", () => {
  test("the definitions", async () => {
    const { exitCode, stdout, stderr } = await kubectl(["diff", "-k", join(root, "crds")]);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  test.each(accepted)("$kind: $because", async (example) => {
    const { spec } = await stored(example);
    expect(differences(specOf(example), spec, "spec")).toEqual([]);
  });

  /** Defaults may come in beside what was sent, but what was sent stays, and a list stays as it is as a whole. */
  function differences(sent: unknown, seen: unknown, path: string): readonly string[] {
    if (Array.isArray(sent) || typeof sent !== "object" || sent === null) {
      return isDeepStrictEqual(sent, seen) ? [] : [`${path}: ${JSON.stringify(seen)}`];
    }
    return Object.entries(sent)
      .filter(([, value]) => value !== undefined)
      .flatMap(([name, value]) =>
        differences(value, (seen as Readonly<Record<string, unknown>>)[name], `${path}.${name}`),
      );
  }
});

describe.each(kinds.map((kind) => [kind.kind, kind] as const))("%s", (_, kind) => {
  test("kubectl explain describes every field, and begins with its name", async () => {
    const published = (await cluster.send({
      method: "GET",
      path: "/openapi/v3/apis/ontap-iscsi.dev/v1alpha1",
    })) as unknown as { readonly components: { readonly schemas: Readonly<Record<string, Schema>> } };
    const schema = published.components.schemas[`dev.ontap-iscsi.v1alpha1.${kind.kind}`] ?? {};
    const fields = nodesOf(schema).filter(({ path }) => path.length > 0 && path.at(-1) !== "[]");
    expect(fields.length).toBeGreaterThan(50);
    const undescribed = fields.filter(({ path, schema: { description = "" } }) => {
      const standard = path.length === 1 && ["apiVersion", "kind", "metadata"].includes(path[0] ?? "");
      return standard
        ? false
        : !description.startsWith(`${path.at(-1)} `) && !description.startsWith(`${path.at(-1)}: `);
    });
    expect(undescribed.map(({ path, schema: { description } }) => `${path.join(".")}: ${description}`)).toEqual([]);
    const { stdout } = await kubectl(["explain", `${kind.plural}.spec`]);
    expect(stdout).toContain(schema.properties?.["spec"]?.description);
  });

  test("every rule has a reason, and the field where it is about one of several", async () => {
    for (const { path, schema } of nodesOf(await schemaOf(kind))) {
      for (const { message, reason, fieldPath, rule } of schema["x-kubernetes-validations"] ?? []) {
        const where = `${path.join(".")}: ${message}`;
        expect(`${where}: ${reason}`).toMatch(/FieldValue(Invalid|Forbidden|Required)$/);
        const aboutOne = schema.type === "object" && !rule.includes("oldSelf");
        expect(`${where}: ${aboutOne ? fieldPath : "."}`).toMatch(/: \.[A-Za-z]*$/);
        expect(["", ...Object.keys(schema.properties ?? {})]).toContain(fieldPath?.slice(1) ?? "");
      }
    }
  });

  test("every rule has an example that it accepts, and one that it refuses by a message with the field and the fix", async () => {
    const rules = nodesOf(await schemaOf(kind)).flatMap(({ path, schema }) =>
      (schema["x-kubernetes-validations"] ?? []).map((validation) => ({ path, ...validation })),
    );
    const examples = refused.filter((example) => example.kind === kind.kind && example.foundBy === undefined);
    const refusals = await Promise.all(
      examples.map((example) =>
        stored(example).then(
          () => "accepted",
          (error: Error) => error.message,
        ),
      ),
    );
    for (const { path, message, rule } of rules) {
      const reached = accepted.some((example) => example.kind === kind.kind && reaches(specOf(example), path.slice(1)));
      expect(`${message}: accepted ${reached}`).toBe(`${message}: accepted true`);
      expect(message).toMatch(/must|set|write|remove|forbidden|delete|declare|swap|required|add/);
      // What cannot be changed is tried in api.test.ts.
      if (rule.includes("oldSelf")) continue;
      const refusal = refusals.find((text) => text.includes(message));
      expect(`${message}: refused ${refusal !== undefined}`).toBe(`${message}: refused true`);
      expect(refusal).toContain(path.slice(0, 2).join("."));
    }
  });

  test("printer columns: what is shown without -o wide has no priority, and the message comes last", async () => {
    const shown = kind.columns.filter(({ wide }) => wide !== true).map(({ name }) => name);
    expect(shown.slice(0, 2)).toEqual(["Ready", "Reason"]);
    expect(kind.columns.at(-1)?.name).toBe("Message");
    expect(kind.columns.filter(({ name }) => name.includes("attempt")).map(({ type }) => type)).toEqual(["string"]);
    expect(await readFile(join(root, `crds/${kind.plural}.yaml`), "utf8")).not.toMatch(/priority: 0|fieldPath: ""/);
  });
});

/** Whether an object has a value where a schema node describes one. */
function reaches(value: unknown, path: readonly string[]): boolean {
  const [step, ...rest] = path;
  if (step === undefined) return value !== undefined;
  if (step === "[]") return Array.isArray(value) && value.some((entry) => reaches(entry, rest));
  return (
    typeof value === "object" && value !== null && reaches((value as Readonly<Record<string, unknown>>)[step], rest)
  );
}

describe("kubectl get", () => {
  const initiator = "iqn.1994-05.com.redhat:payroll:node-01";
  const setStatus = (plural: string, name: string, status: object): Promise<KubeObject> =>
    cluster.send({
      method: "PATCH",
      path: `/apis/ontap-iscsi.dev/v1alpha1/namespaces/${namespace}/${plural}/${name}/status`,
      contentType: "application/merge-patch+json",
      body: { status },
    });
  const notReady = (reason: string) => ({
    conditions: [
      { type: "Ready", status: "Unknown", reason, message: "why", lastTransitionTime: "2026-11-30T12:00:00Z" },
    ],
  });
  const linesOf = async (args: readonly string[]): Promise<readonly string[]> =>
    (await kubectl(["get", ...args, "-n", namespace])).stdout.trimEnd().split("\n");

  test("fits 120 characters, with names of usual length and the longest of our own reasons", async () => {
    const metadata = { name: "payroll-node-01", namespace };
    const apiVersion = "ontap-iscsi.dev/v1alpha1";
    await cluster.create({
      apiVersion,
      kind: "IscsiCredential",
      metadata,
      spec: { ...leastSpec.IscsiCredential, svm: { name: "svm-payroll" }, initiator },
    });
    await cluster.create({ apiVersion, kind: "OntapConnection", metadata, spec: leastSpec.OntapConnection });
    const reason = "SecretValueLineBreak";
    await setStatus("iscsicredentials", metadata.name, notReady(reason));
    await setStatus("ontapconnections", metadata.name, { ...notReady(reason), cluster: { name: "cluster1" } });
    for (const { plural } of kinds) {
      const lines = await linesOf([plural]);
      expect(lines).toHaveLength(2);
      expect(lines.filter((line) => line.trimEnd().length > 120)).toEqual([]);
      expect(lines[1]).toContain(reason);
    }
  });

  test("shows the SVM as the spec refers to it, before anything is known of the array", async () => {
    const uuid = "02c9e252-41be-11e9-81d5-00a0986138f7";
    for (const [name, svm] of [
      ["by-name", { name: "svm-payroll" }],
      ["by-uuid", { uuid }],
    ] as const) {
      await cluster.create({
        apiVersion: "ontap-iscsi.dev/v1alpha1",
        kind: "IscsiCredential",
        metadata: { name, namespace },
        spec: { ...leastSpec.IscsiCredential, svm },
      });
    }
    expect((await linesOf(["iscsicred", "by-name"]))[1]).toMatch(/ svm-payroll /);
    expect((await linesOf(["iscsicred", "by-uuid"]))[1]).toContain(` ${uuid} `);
  });

  test.each([
    `spec.initiator=${initiator}`,
    "spec.svm.name=svm-payroll,spec.connectionRef.name=prod-a",
    "spec.svm.uuid=02c9e252-41be-11e9-81d5-00a0986138f7",
  ])("selects by %s", async (selector) => {
    const lines = await linesOf(["iscsicredentials", `--field-selector=${selector}`]);
    expect(lines.length).toBeGreaterThan(1);
    const none = await kubectl(["get", "iscsicredentials", "-n", namespace, `--field-selector=${selector}x`]);
    expect(none.stdout).toBe("");
  });
});

describe("docs/status.md", () => {
  test("lists each reason once a table, in CamelCase, with a meaning", async () => {
    const page = await readFile(join(root, "docs/status.md"), "utf8");
    const tables = page.split(/^\| reason \| meaning \|\n\| --- \| --- \|\n/m).slice(1);
    expect(tables.length).toBeGreaterThanOrEqual(3);
    for (const table of tables) {
      const rows = [...(table.split("\n\n")[0]?.matchAll(/^\| (\S*) \| (.*) \|$/gm) ?? [])];
      const reasons = rows.map(([, reason = ""]) => reason);
      expect(reasons.length).toBeGreaterThan(2);
      expect(new Set(reasons).size).toBe(reasons.length);
      expect(reasons.filter((reason) => !/^[A-Z][A-Za-z0-9]{2,}$/.test(reason))).toEqual([]);
      expect(rows.filter(([, , meaning = ""]) => !/^\S.*\.$/.test(meaning)).map(([row]) => row)).toEqual([]);
    }
  });
});
