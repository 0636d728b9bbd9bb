import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { allEntries } from "../../../src/array/catalogue/catalogue.ts";
import { runHelp } from "../../../src/cli/settings.ts";
import { connectionReasons } from "../../../src/connection/vocabulary.ts";
import { credentialReasons } from "../../../src/credential/vocabulary.ts";
import { metricTable } from "../../../src/metrics/table.ts";
import { alerts } from "./alerts.ts";
import { rows } from "./dashboard.ts";
import { anchorOf, runbookPage } from "./runbook.ts";

const root = new URL("../../../", import.meta.url).pathname;

const queries = [
  ...Object.values(alerts).map(({ expr }) => expr),
  ...Object.values(rows).flatMap((panels) => panels.flatMap((panel) => panel.queries.map(({ expr }) => expr))),
];

describe("alerts and dashboard", () => {
  test("ask for metrics that the operator has", () => {
    const histogram = /_(bucket|sum|count)$/;
    const asked = queries.flatMap((expr) => expr.match(/\b(ontap_iscsi|process|nodejs)_\w+/g) ?? []);
    const unknown = new Set(asked.filter((name) => !Object.hasOwn(metricTable, name.replace(histogram, ""))));
    expect([...unknown]).toEqual([]);
  });

  test("say which labels they group by and compare: labels of the metric, or of a scrape", () => {
    const known = new Set<string>([
      ...Object.values(metricTable).flatMap(({ labels }): readonly string[] => labels),
      "namespace",
      "pod",
      "instance",
      "le",
      "app_kubernetes_io_instance",
      "app_kubernetes_io_component",
    ]);
    const named = queries.flatMap((expr) => [
      ...[...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(/,\s*/)),
      ...[...expr.matchAll(/[{,]\s*(\w+)(?:=~|!~|!=|=)"/g)].map(([, label = ""]) => label),
    ]);
    expect(named.filter((label) => !known.has(label))).toEqual([]);
  });
});

test("alerts and dashboard name reasons that exist", () => {
  const known = new Set<string>([
    ...Object.keys(credentialReasons),
    ...Object.keys(connectionReasons),
    ...allEntries.map(({ reason }) => reason),
  ]);
  const named = queries.flatMap((expr) =>
    [...expr.matchAll(/\breason(?:=~|!~|!=|=)"([^"]*)"/g)].flatMap(([, list = ""]) => list.split("|")),
  );
  expect(named).toContain("LoginRefused");
  expect(named.filter((reason) => !known.has(reason))).toEqual([]);
});

describe("docs/runbook.md", () => {
  const anchors = [...runbookPage().matchAll(/^#+ (\S+)$/gm)].map(([, heading = ""]) => anchorOf(heading));

  test("has one section for each alert and each reason", () => {
    expect(anchors).toEqual([...new Set(anchors)]);
    for (const name of Object.keys(alerts)) expect(anchors).toContain(anchorOf(name));
    for (const reason of ["Applied", "SecretNotFound", "LoginRefused", "InUse", "DriftCorrected"]) {
      expect(anchors).toContain(anchorOf(reason));
    }
  });

  test("is what the rules link to", () => {
    const rules = readFileSync(`${root}deploy/components/monitoring/rules.yaml`, "utf8");
    const links = [...rules.matchAll(/docs\/runbook\.md#(\S+)/g)].map(([, anchor = ""]) => anchor);
    expect(links).toHaveLength(Object.keys(alerts).length);
    for (const link of links) expect(anchors).toContain(link);
  });
});

test("chart and components pass only flags that `run` knows", () => {
  const known = new Set([...runHelp.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag = ""]) => flag));
  const files = {
    "charts/ontap-iscsi-operator/templates/deployment.yaml": [
      "--shard",
      "--connection-selector",
      "--namespaces",
      "--metrics-auth",
    ],
    "deploy/components/shard/kustomization.yaml": ["--shard", "--connection-selector"],
    "deploy/components/metrics-auth/kustomization.yaml": ["--metrics-auth"],
  };
  for (const [file, expected] of Object.entries(files)) {
    const passed = readFileSync(`${root}${file}`, "utf8").match(/--[a-z]+(-[a-z]+)*/g) ?? [];
    expect(new Set(passed)).toEqual(new Set(expected));
    for (const flag of passed) expect(known).toContain(flag);
  }
});
