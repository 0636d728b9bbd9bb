import { createHash } from "node:crypto";

import type { Random } from "../../std/random.ts";

/** The mulberry32 generator: small, and the same numbers for the same seed everywhere. Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The UUID that stands for a name under a seed: the same in every run, different for every name. */
export function uuidFor(seed: number, name: string): string {
  const hex = createHash("sha256").update(`${seed}/${name}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
