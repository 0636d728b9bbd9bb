import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

import { err, ok, type Result } from "../../src/std/result.ts";
import { buildPrograms, goProblem } from "./build.ts";
import { lockHolder, tryLock, waitForLock } from "./lock.ts";
import type { Progress } from "./progress.ts";
import type { Recipe } from "./recipe.ts";

export interface CacheOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
}

/** Neither are the programs in the cache, nor can they be built here. */
export interface NoPrograms {
  readonly folder: string;
  /** Why Go cannot build them, as a sentence. */
  readonly goProblem: string;
}

/**
 * The folder with the programs of a recipe, from the user's cache, which is filled with Go the first time. Any number of
 * processes may ask at once: one of them builds, the others wait for it. Rejects if the build fails.
 */
export async function programsFromCache(
  recipe: Recipe,
  name: string,
  { env, progress }: CacheOptions,
): Promise<Result<string, NoPrograms>> {
  const cache = cacheFolder(env, name);
  const folder = join(cache, recipe.key);
  const isCached = async (): Promise<boolean> =>
    (await missingPrograms(folder, Object.keys(recipe.programs))).length === 0;
  if (await isCached()) return ok(folder);

  const problem = await goProblem(recipe.module, env);
  if (problem !== undefined) return err({ folder, goProblem: problem });

  await mkdir(cache, { recursive: true });
  const path = join(cache, "lock");
  const lock =
    tryLock(path) ??
    (await progress.during(`Waiting for ${lockHolder(path)}, which is building ${recipe.what}`, () =>
      waitForLock(path),
    ));
  try {
    // The process that held the lock may have built it.
    if (!(await isCached())) await buildPrograms({ folder, recipe, env, progress });
  } finally {
    lock.release();
  }
  return ok(folder);
}

/** Those of these programs that the folder does not have as executables. */
export async function missingPrograms(folder: string, names: readonly string[]): Promise<readonly string[]> {
  const executable = await Promise.all(names.map((name) => isExecutable(join(folder, name))));
  return names.filter((_, index) => executable[index] === false);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function cacheFolder(env: NodeJS.ProcessEnv, name: string): string {
  const home = env["HOME"] ?? homedir();
  const xdg = env["XDG_CACHE_HOME"];
  // The XDG specification has relative paths ignored.
  const root = xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, ".cache");
  return join(root, "ontap-iscsi-operator", name);
}
