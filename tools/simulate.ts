import { parseArgs } from "node:util";
import { drawPlan } from "../test/simulation/plan.ts";
import { run } from "../test/simulation/run.ts";
import { shrink } from "../test/simulation/shrink.ts";

/**
 * Lets operators live through seeds: `npm run simulate -- --seeds 1000 --from 1`. Each seed is one life; one that violates
 * an invariant is repeated with as few steps as it takes, and told. `--seed N` plays one and prints all that happened.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    /** How many failures are shortened and printed; of the others, one line. */
    show: { type: "string", default: "3" },
    /** Ends at the first life that violates an invariant. */
    first: { type: "boolean", default: false },
  },
});

if (values.seed !== undefined) {
  const { trace, violation } = await run(drawPlan(Number(values.seed)));
  console.log(trace.join("\n"));
  process.exitCode = violation === undefined ? 0 : 1;
} else {
  const [seeds, from, show] = [Number(values.seeds), Number(values.from), Number(values.show)];
  const startedMs = performance.now();
  const failures = new Map<string, number[]>();
  let virtualMs = 0;
  for (let seed = from; seed < from + seeds; seed += 1) {
    const life = await run(drawPlan(seed));
    virtualMs += life.virtualMs;
    const { violation } = life;
    if (violation === undefined) continue;
    const alike = failures.get(violation.invariant) ?? [];
    failures.set(violation.invariant, [...alike, seed]);
    console.log(`seed ${seed}: ${violation.invariant}: ${violation.seen}`);
    if (values.first) break;
    if (alike.length >= show) continue;
    const shortest = await shrink(life);
    console.log(`  with ${shortest.plan.steps.length} of ${life.plan.steps.length} steps:`);
    for (const line of shortest.trace.slice(-60)) console.log(`  ${line}`);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const hours = Math.round(virtualMs / 3_600_000);
  console.log(
    `${seeds} seeds in ${seconds.toFixed(1)} s, ${Math.round((seeds * 60) / seconds)} a minute, ${hours} hours of life`,
  );
  for (const [invariant, failing] of failures)
    console.log(`${invariant}: ${failing.length} seeds: ${failing.slice(0, 20).join(" ")}`);
  process.exitCode = failures.size === 0 ? 0 : 1;
}
