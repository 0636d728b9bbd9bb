import { readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

const pollMs = 250;

export interface Lock {
  release(): void;
}

/**
 * Takes the lock at `path`, or gives `undefined` while someone else, in any process, holds it.
 *
 * The file is an empty SQLite database, because SQLite's locks are the operating system's: that of a process which was
 * killed is free at once, and there is no left-over to be told from a lock that is held.
 */
export function tryLock(path: string): Lock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  writeFileSync(holderPath(path), String(process.pid));
  return { release: () => database.close() };
}

/** Takes the lock at `path` as soon as no one else holds it. */
export async function waitForLock(path: string): Promise<Lock> {
  for (;;) {
    const lock = tryLock(path);
    if (lock !== undefined) return lock;
    await sleep(pollMs);
  }
}

/** Who holds the lock, in words for the person who waits for it. */
export function lockHolder(path: string): string {
  try {
    return `process ${readFileSync(holderPath(path), "utf8")}`;
  } catch {
    // It has the lock and is about to write its number.
    return "another process";
  }
}

const holderPath = (path: string): string => `${path}.holder`;

function isBusy(error: unknown): boolean {
  const sqliteBusy = 5;
  return error instanceof Error && "errcode" in error && error.errcode === sqliteBusy;
}
