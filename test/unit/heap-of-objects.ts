import { withSharedParts } from "../../src/api/shared-parts.ts";
import { parseIscsiCredential } from "../../src/api/parse.ts";
import { createSharing } from "../../src/std/sharing.ts";
import { settledCredential } from "../harness/settled-credential.ts";

/** Prints how many bytes of heap a settled credential takes in the cache, of ten thousand; needs --expose-gc. */

const count = 10_000;
const { gc } = globalThis as unknown as { readonly gc: () => void };
const share = createSharing(4096);
const keep = (n: number) => {
  const parsed = parseIscsiCredential(
    JSON.parse(JSON.stringify(settledCredential(n))) as Readonly<Record<string, unknown>>,
  );
  if (parsed === undefined) throw new Error("the object does not parse");
  return withSharedParts(parsed, share);
};
// What is compiled on the way is no object's.
for (let n = 0; n < 200; n += 1) keep(n);
gc();
const before = process.memoryUsage().heapUsed;
const kept = Array.from({ length: count }, (_, n) => keep(n));
gc();
process.stdout.write(`${Math.round((process.memoryUsage().heapUsed - before) / kept.length)}\n`);
