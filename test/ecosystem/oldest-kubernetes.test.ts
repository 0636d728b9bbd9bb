import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { createProgress } from "../../tools/controlplane/progress.ts";
import { findOldestKubernetes, oldestKubernetes } from "../../tools/ecosystem/oldest-kubernetes.ts";

/** What `make test` shows on the newest Kubernetes, shown on the oldest one as well. */

const root = new URL("../../", import.meta.url).pathname;

/** The API and its rules, what is installed, a credential's life, Secrets, deletion, and the process itself. */
const files = ["api", "install", "kustomize", "lifecycle", "secrets", "deletion", "events", "starts"];

test(`Kubernetes ${oldestKubernetes} passes the tests of the world`, async () => {
  const assets = await findOldestKubernetes({ env: process.env, progress: createProgress(process.stderr) });
  onTestFinished(() => rm(assets, { recursive: true }));
  const args = ["vitest", "run", "--project", "world", ...files.map((file) => `test/world/${file}.test.ts`)];
  const env = { ...process.env, KUBEBUILDER_ASSETS: assets, NO_COLOR: "1" };
  const child = spawn("npx", args, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
  const [said, [exitCode]] = await Promise.all([text(child.stdout), once(child, "close") as Promise<[number]>]);
  expect({ exitCode, said: exitCode === 0 ? "" : said }).toEqual({ exitCode: 0, said: "" });
  expect(said).toMatch(new RegExp(`Test Files +${files.length} passed`));
}, 1_800_000);
