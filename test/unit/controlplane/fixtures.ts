import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";

export const toolFolder = join(import.meta.dirname, "../../../tools/controlplane");

/** A fresh folder, removed when the test has finished. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "unit-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes `folder` with executables of these names. */
export async function writePrograms(folder: string, names: readonly string[], script = "exit 0"): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of names) {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  }
}

/** A Go that "builds" a file in no time, and notes in `go.log` of its folder what it was asked for. */
export const quickGo = `
echo "$*" >> "$(dirname "$0")/go.log"
[ "$1" = build ] || exit 0
while [ "$1" != -o ]; do shift; done
touch "$2"
chmod +x "$2"
`;

/** The programs that `quickGo` in this folder was asked to build, in order. */
export async function built(goFolder: string): Promise<readonly string[]> {
  const log = await readFile(join(goFolder, "go.log"), "utf8");
  return log.split("\n").flatMap((line) => /-o \S+\/(?<program>\S+) /u.exec(line)?.groups?.["program"] ?? []);
}

/** Runs a Node program until it ends, or the test does; what it printed is collected. */
export function startNode(args: readonly string[], env: NodeJS.ProcessEnv = process.env): RunningNode {
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, output, ended };
}

export interface RunningNode {
  readonly child: ChildProcess;
  readonly output: { readonly stdout: string; readonly stderr: string };
  /** The exit code; `null` after a signal. */
  readonly ended: Promise<number | null>;
}

/** Waits until the world is as `condition` says; the test's own time limit ends it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}
