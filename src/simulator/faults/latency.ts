import * as z from "zod";

import type { Random } from "../../std/random.ts";
import { err, ok, type Result } from "../../std/result.ts";
import { unreachable } from "../../std/unreachable.ts";

const ms = z.number().min(0).max(600_000);

/** How long a request takes before it is looked at. `log-normal` has the long tail of real systems; sigma 0.5 is mild. */
export const latencySchema = z.discriminatedUnion("shape", [
  z.strictObject({ shape: z.literal("fixed"), ms }),
  z.strictObject({ shape: z.literal("uniform"), fromMs: ms, toMs: ms }),
  z.strictObject({ shape: z.literal("log-normal"), medianMs: ms, sigma: z.number().min(0).max(5) }),
]);

export type Latency = Readonly<z.infer<typeof latencySchema>>;

export const noLatency: Latency = { shape: "fixed", ms: 0 };

export function drawLatencyMs(latency: Latency, random: Random): number {
  switch (latency.shape) {
    case "fixed":
      return latency.ms;
    case "uniform":
      return latency.fromMs + random() * (latency.toMs - latency.fromMs);
    case "log-normal":
      return latency.medianMs * Math.exp(latency.sigma * standardNormal(random));
    default:
      return unreachable(latency);
  }
}

/** Box and Muller's transform; 1 - random() is never 0, which has no logarithm. */
function standardNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** `40ms`, `10ms..80ms` or `log-normal:40ms:0.5`, as on the command line. */
export function parseLatency(text: string): Result<Latency, string> {
  const number = "([0-9]+(?:\\.[0-9]+)?)";
  const match = new RegExp(`^(?:${number}ms|${number}ms\\.\\.${number}ms|log-normal:${number}ms:${number})$`).exec(
    text,
  );
  if (match === null) return err(`"${text}" is not a latency; write 40ms, 10ms..80ms or log-normal:40ms:0.5`);
  const [fixed, from, to, median, sigma] = match.slice(1);
  const latency =
    fixed !== undefined
      ? { shape: "fixed", ms: Number(fixed) }
      : from !== undefined
        ? { shape: "uniform", fromMs: Number(from), toMs: Number(to) }
        : { shape: "log-normal", medianMs: Number(median), sigma: Number(sigma) };
  const parsed = latencySchema.safeParse(latency);
  return parsed.success ? ok(parsed.data) : err(`"${text}" is not a latency: ${parsed.error.issues[0]?.message ?? ""}`);
}
