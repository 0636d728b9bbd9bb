import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProgress } from "../../tools/controlplane/progress.ts";
import { startControlPlane } from "../../tools/controlplane/start.ts";
import { findTool } from "../../tools/ecosystem/tools.ts";
import { connect, eventually } from "../../tools/harness/cluster.ts";
import { install } from "../../tools/harness/install.ts";

/**
 * kubeconform, as it runs in people's pipelines, with schemas of the running API server: those of Kubernetes' own kinds and
 * those that it makes of our definitions.
 */

const root = new URL("../../", import.meta.url).pathname;
const execute = promisify(execFile);
let kubeconform: string;
let schemas: string;

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly "x-kubernetes-group-version-kind"?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
}

/** A schema that knows no field besides those it lists, as `kubectl apply` has it. */
function closed(schema: Schema): Schema {
  const { properties, items } = schema;
  const inner =
    properties && Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, closed(field)]));
  return {
    ...schema,
    ...(inner === undefined ? {} : { properties: inner }),
    ...(items === undefined ? {} : { items: closed(items) }),
    ...(inner === undefined || schema["x-kubernetes-preserve-unknown-fields"] ? {} : { additionalProperties: false }),
  };
}

beforeAll(async () => {
  kubeconform = await findTool("kubeconform", { env: process.env, progress: createProgress(process.stderr) });
  schemas = await mkdtemp(join(tmpdir(), "schemas-"));
  const controlPlane = await startControlPlane();
  const cluster = await connect(controlPlane.adminKubeconfig);
  const get = async <T>(path: string): Promise<T> => (await cluster.send({ method: "GET", path })) as unknown as T;
  try {
    await install(controlPlane.kubectl);
    const groups = await eventually(async () => {
      const { paths } = await get<{ readonly paths: Readonly<Record<string, unknown>> }>("/openapi/v3");
      return "apis/ontap-iscsi.dev/v1alpha1" in paths ? Object.keys(paths) : undefined;
    }, "the API server describes our kinds");
    for (const group of groups) {
      const { components } = await get<{
        readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
      }>(`/openapi/v3/${group}`);
      const all = Object.entries(components?.schemas ?? {}).map(([name, schema]) => [name, closed(schema)] as const);
      for (const [name, schema] of all) {
        for (const { group, version, kind } of schema["x-kubernetes-group-version-kind"] ?? []) {
          const file = [kind, group, version]
            .filter((part) => part !== "")
            .join("-")
            .toLowerCase();
          const text = { $ref: `#/components/schemas/${name}`, components: { schemas: Object.fromEntries(all) } };
          await writeFile(join(schemas, `${file}.json`), JSON.stringify(text));
        }
      }
    }
  } finally {
    await cluster.close();
    await controlPlane.stop();
  }
});
afterAll(() => rm(schemas, { recursive: true, force: true }));

interface Report {
  /** What is invalid, and why. */
  readonly resources: readonly { readonly name: string; readonly msg: string }[];
  readonly summary: {
    readonly valid: number;
    readonly invalid: number;
    readonly errors: number;
    readonly skipped: number;
  };
}

/** What kubeconform says of the files in these folders; kinds of the Prometheus operator are unknown to the API server. */
async function judge(...paths: readonly string[]): Promise<Report> {
  const schemaLocations = [
    "{{ .ResourceKind }}-{{ .Group }}-{{ .ResourceAPIVersion }}.json",
    "{{ .ResourceKind }}-{{ .ResourceAPIVersion }}.json",
  ];
  const options = [
    ...schemaLocations.map((file) => ["-schema-location", join(schemas, file)]),
    ...["kustomization", "argocd", "dashboard.json"].map((name) => ["-ignore-filename-pattern", name]),
  ];
  const args = ["-summary", "-output=json", "-skip=PodMonitor,PrometheusRule", ...options.flat(), ...paths];
  const run = await execute(kubeconform, args).catch((error: unknown) => error as { readonly stdout: string });
  return JSON.parse(run.stdout) as Report;
}

test("manifests, definitions and samples are valid", async () => {
  const { resources, summary } = await judge(join(root, "crds"), join(root, "deploy"));
  expect(resources).toEqual([]);
  expect(summary).toMatchObject({ skipped: 2 });
  expect(summary.valid).toBeGreaterThan(15);
});

test("what the chart renders with everything on is valid", async () => {
  const helm = await findTool("helm", { env: process.env, progress: createProgress(process.stderr) });
  const monitoring = ["dashboard", "podMonitor", "prometheusRule"].map((part) => `monitoring.${part}`);
  const on = ["networkPolicy", "metricsAuth", "policies", ...monitoring];
  const settings = [...on.map((part) => `--set=${part}.enabled=true`), "--set=policies.evidence=true"];
  const { stdout } = await execute(helm, ["template", "x", join(root, "charts/ontap-iscsi-operator"), ...settings]);
  const file = join(schemas, "rendered.yaml");
  await writeFile(file, stdout);
  const { resources, summary } = await judge(file);
  expect(resources).toEqual([]);
  expect(summary.valid + summary.skipped).toBe(stdout.match(/^kind: /gm)?.length);
});

test("an invalid object is found, so that the schemas are known to be used", async () => {
  const file = join(schemas, "wrong.yaml");
  const wrong = {
    apiVersion: "ontap-iscsi.dev/v1alpha1",
    kind: "OntapConnection",
    metadata: { name: "wrong" },
    spec: { endpont: "https://array" },
  };
  await writeFile(file, JSON.stringify(wrong));
  const { resources } = await judge(file);
  expect(resources).toMatchObject([{ name: "wrong" }]);
  expect(resources[0]?.msg).toContain("endpont");
});
