import { execFile } from "node:child_process";
import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";

import { startChild } from "./child.ts";
import type { Progress } from "./progress.ts";
import type { Recipe } from "./recipe.ts";
import { startWatchdog, type Watchdog } from "./watchdog.ts";

export interface Build {
  /** Appears complete or not at all; replaces one that is there. */
  readonly folder: string;
  readonly recipe: Recipe;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
}

/** Builds all programs of a recipe into a folder. The caller sees to it that no other process does so at the same time. */
export async function buildPrograms({ folder, recipe, env, progress }: Build): Promise<void> {
  await removeLeftovers(folder);
  const workshop = await mkdtemp(`${folder}${workshopMark}`);
  const watchdog = startWatchdog(workshop);
  try {
    const steps = Object.entries(recipe.programs);
    for (const [index, [program, packagePath]] of steps.entries()) {
      const step = `[${index + 1}/${steps.length}] Building ${program} of ${recipe.what}`;
      const args = ["build", ...recipe.flags, "-o", join(workshop, program), packagePath];
      await progress.during(step, () => runGo(args, { module: recipe.module, workshop, env, watchdog }));
    }
    await rm(join(workshop, logName));
    await rm(folder, { recursive: true, force: true });
    await rename(workshop, folder);
  } finally {
    await watchdog.finish("remove");
  }
}

const workshopMark = ".building-";
const logName = "go.log";

/** A power cut leaves a workshop behind; any other end does not, thanks to the watchdog. */
async function removeLeftovers(folder: string): Promise<void> {
  const siblings = await readdir(dirname(folder));
  const leftovers = siblings.filter((name) => name.startsWith(`${basename(folder)}${workshopMark}`));
  await Promise.all(leftovers.map((name) => rm(join(dirname(folder), name), { recursive: true, force: true })));
}

interface Surroundings {
  readonly module: string;
  readonly workshop: string;
  readonly env: NodeJS.ProcessEnv;
  readonly watchdog: Watchdog;
}

async function runGo(args: readonly string[], { module, workshop, env, watchdog }: Surroundings): Promise<void> {
  const go = startChild(
    { name: "go build", file: "go", args, folder: module, env: goEnv(env), logPath: join(workshop, logName) },
    watchdog,
  );
  const ending = await go.gone;
  if (ending.ended === "badly") throw await go.failure(`failed (${ending.how})`);
}

/** Why Go cannot build this module here, as a sentence; `undefined` if it can. */
export async function goProblem(module: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    // The cheapest command that has Go compare its own version with the one that go.mod wants.
    await promisify(execFile)("go", ["list", "-m"], { cwd: module, env: goEnv(env) });
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ("code" in error && error.code === "ENOENT") return "there is no go on the PATH.";
    const said = "stderr" in error ? String(error.stderr).trim() : error.message;
    return `the go on the PATH says: ${said}`;
  }
}

/** A workspace file further up must not have a say in what is built, and no C compiler is needed. */
const goEnv = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ ...env, CGO_ENABLED: "0", GOWORK: "off" });
