import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { type ControlPlane, startControlPlane } from "../../tools/controlplane/start.ts";
import { foreignDefinitions } from "../../tools/ecosystem/foreign-definitions.ts";
import { eventually, type KubeObject } from "../../tools/harness/cluster.ts";
import { install } from "../../tools/harness/install.ts";

/** Objects of Flux, Argo CD, External Secrets, Sealed Secrets and the Prometheus operator, checked by their own definitions. */

const root = new URL("../../", import.meta.url).pathname;
let controlPlane: ControlPlane;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  await install(controlPlane.kubectl);
  for (const file of await foreignDefinitions()) await expectAccepted(["create", "-f", file]);
  await eventually(async () => {
    const { exitCode } = await controlPlane.kubectl([
      "get",
      "prometheusrules,podmonitors,kustomizations,helmreleases,externalsecrets,sealedsecrets,applications",
      "-A",
    ]);
    return exitCode === 0 ? true : undefined;
  }, "all kinds are served");
});
afterAll(() => controlPlane.stop());

async function expectAccepted(args: readonly string[], input = ""): Promise<void> {
  const { exitCode, stderr } = await controlPlane.kubectl(args, { input });
  expect({ args, input, exitCode, stderr }).toEqual({ args, input, exitCode: 0, stderr: "" });
}

test("every object that a page shows is one", async () => {
  const pages = (await readdir(join(root, "docs"))).filter((file) => file.endsWith(".md"));
  const texts = await Promise.all(pages.map((page) => readFile(join(root, "docs", page), "utf8")));
  const examples = texts.flatMap((text) => [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = ""]) => yaml));
  const objects = examples
    .flatMap((yaml) => parseAllDocuments(yaml).map((document) => document.toJS() as KubeObject))
    .filter(({ apiVersion = "kustomize" }) => !apiVersion.startsWith("kustomize.config"))
    .filter(({ kind }) => kind !== undefined);
  expect(new Set(objects.map(({ kind }) => kind))).toEqual(
    new Set([
      "Kustomization",
      "HelmRelease",
      "Application",
      "OntapConnection",
      "ExternalSecret",
      "SealedSecret",
      "ConfigMap",
    ]),
  );
  for (const object of objects) {
    const placed = { ...object, metadata: { ...object.metadata, namespace: "default" } };
    await expectAccepted(["create", "--dry-run=server", "--validate=strict", "-f", "-"], JSON.stringify(placed));
  }
});

test("PodMonitor and PrometheusRule are what the Prometheus operator takes", async () => {
  for (const file of ["pod-monitor.yaml", "rules.yaml"]) {
    await expectAccepted([
      "create",
      "--dry-run=server",
      "--validate=strict",
      "-f",
      join(root, "deploy/components/monitoring", file),
    ]);
  }
});
