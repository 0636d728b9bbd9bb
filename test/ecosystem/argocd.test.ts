import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { createProgress } from "../../tools/controlplane/progress.ts";
import { findTool } from "../../tools/ecosystem/tools.ts";
import { openGallery } from "../../tools/gallery/gallery.ts";
import { titleOf } from "../../tools/gallery/scenario.ts";
import type { KubeObject } from "../../tools/harness/cluster.ts";
import { customizations } from "../../tools/release/argocd.ts";
import { argoHealthOf } from "../consumers/argo.ts";

/**
 * Our scripts, run by Argo CD's own engine: with the standard libraries, as it runs those that it ships, and without, as it
 * runs those of argocd-cm.
 */

interface Health {
  readonly status: string;
  readonly message: string;
}

interface Task {
  readonly do: "health" | "discover" | "action" | "settings";
  readonly object: object;
  readonly script: string;
  readonly useOpenLibs: boolean;
}

interface Answer {
  readonly health?: Health;
  readonly actions?: readonly { readonly name: string; readonly disabled?: boolean }[];
  readonly settings?: object;
  readonly changed?: readonly { readonly operation: string; readonly resource: object }[];
  readonly error?: string;
}

let engine: string;
beforeAll(async () => {
  engine = await findTool("argocd", { env: process.env, progress: createProgress(process.stderr) });
});

async function perform(tasks: readonly Task[]): Promise<readonly Answer[]> {
  const child = spawn(engine, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(tasks.map((task) => `${JSON.stringify(task)}\n`).join(""));
  const lines = (await text(child.stdout)).trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Answer);
}

const modes = [true, false];
const kinds = readdirSync(customizations);
const read = (...path: readonly string[]): string => readFileSync(join(customizations, ...path), "utf8");
const yamlOf = (...path: readonly string[]): unknown => parse(read(...path));

interface HealthTests {
  readonly tests: readonly { readonly healthStatus: Health; readonly inputPath: string }[];
}

interface ActionTests {
  readonly actionTests: readonly {
    readonly action: string;
    readonly inputPath: string;
    readonly expectedOutputPath: string;
  }[];
  readonly discoveryTests: readonly {
    readonly inputPath: string;
    readonly result: readonly { readonly name: string; readonly disabled?: boolean }[];
  }[];
}

describe.each(kinds)("%s", (kind) => {
  test("has the health that health_test.yaml tells", async () => {
    const { tests } = yamlOf(kind, "health_test.yaml") as HealthTests;
    expect(tests.length).toBeGreaterThanOrEqual(readdirSync(join(customizations, kind, "testdata")).length);
    const script = read(kind, "health.lua");
    for (const useOpenLibs of modes) {
      const tasks = tests.map(({ inputPath }): Task => ({
        do: "health",
        object: yamlOf(kind, inputPath) as object,
        script,
        useOpenLibs,
      }));
      expect(await perform(tasks)).toEqual(tests.map(({ healthStatus }) => ({ health: healthStatus })));
    }
  });

  test("has the actions that action_test.yaml tells", async () => {
    const { discoveryTests } = yamlOf(kind, "actions/action_test.yaml") as ActionTests;
    const script = read(kind, "actions/discovery.lua");
    const tasks = discoveryTests.map(({ inputPath }): Task => ({
      do: "discover",
      object: yamlOf(kind, "actions", inputPath) as object,
      script,
      useOpenLibs: false,
    }));
    const found = (await perform(tasks)).map(
      ({ actions = [] }) => new Map(actions.map(({ name, disabled = false }) => [name, disabled])),
    );
    expect(found).toEqual(
      discoveryTests.map(({ result }) => new Map(result.map(({ name, disabled = false }) => [name, disabled]))),
    );
    for (const { result } of discoveryTests) {
      for (const { name } of result)
        expect(existsSync(join(customizations, kind, "actions", name, "action.lua"))).toBe(true);
    }
  });

  test("has the same scripts in argocd-cm, as Argo CD reads it", async () => {
    const { data } = parse(readFileSync(join(customizations, "../../argocd-cm.yaml"), "utf8")) as {
      readonly data: Readonly<Record<string, string>>;
    };
    expect(data[`resource.customizations.health.ontap-iscsi.dev_${kind}`]).toBe(read(kind, "health.lua"));
    const script = data[`resource.customizations.actions.ontap-iscsi.dev_${kind}`] ?? "";
    const [answer] = await perform([{ do: "settings", object: {}, script, useOpenLibs: false }]);
    const folders = readdirSync(join(customizations, kind, "actions"), { withFileTypes: true });
    const names = folders.filter((entry) => entry.isDirectory() && entry.name !== "testdata").map(({ name }) => name);
    expect(answer?.settings).toEqual({
      "discovery.lua": read(kind, "actions/discovery.lua"),
      definitions: names.map((name) => ({ name, "action.lua": read(kind, "actions", name, "action.lua") })),
    });
  });

  test("is changed by its actions as action_test.yaml tells", async () => {
    const { actionTests } = yamlOf(kind, "actions/action_test.yaml") as ActionTests;
    for (const { action, inputPath, expectedOutputPath } of actionTests) {
      const object = yamlOf(kind, "actions", inputPath) as object;
      const script = read(kind, "actions", action, "action.lua");
      const [answer] = await perform([{ do: "action", object, script, useOpenLibs: false }]);
      const time = /"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"/g;
      const timeless = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replace(time, '"now"'));
      expect(timeless(answer?.changed?.[0]?.resource)).toEqual(
        timeless(yamlOf(kind, "actions", expectedOutputPath) as object),
      );
    }
  });
});

test("every state that an object can be in has the health that people expect", async () => {
  const gallery = await openGallery();
  try {
    const living = gallery.exhibits.filter(({ object }) => object.metadata.deletionTimestamp === undefined);
    for (const useOpenLibs of modes) {
      const tasks = living.map(({ object, scenario }): Task => ({
        do: "health",
        object,
        script: read(scenario.kind, "health.lua"),
        useOpenLibs,
      }));
      const answers = await perform(tasks);
      const seen = living.map(
        ({ scenario }, at) => `${titleOf(scenario)}: ${answers[at]?.health?.status ?? answers[at]?.error}`,
      );
      expect(seen).toEqual(
        living.map(({ scenario, object }) => `${titleOf(scenario)}: ${healthOf(scenario.look, object)}`),
      );
    }
  } finally {
    await gallery.stop();
  }
}, 600_000);

/** What people should see of a state; and what our own account of Argo CD, which faster tests use, says of the object. */
function healthOf(look: (typeof looks)[number], object: KubeObject): string {
  const health = { unseen: "Progressing", working: "Progressing", ready: "Healthy", stuck: "Degraded" } as const;
  const expected =
    look === "suspended" || look === "suspended unready" || look === "leaving" ? "Suspended" : health[look];
  expect(argoHealthOf(object)).toBe(expected);
  return expected;
}
const looks = ["unseen", "ready", "working", "stuck", "suspended", "suspended unready", "leaving"] as const;
