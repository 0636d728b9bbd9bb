import { expect, test } from "vitest";
import { drawPlan } from "../simulation/plan.ts";
import { run } from "../simulation/run.ts";

/** Lives beyond the few of every check: as many as a minute or so takes, always the same. `make simulate` plays any others. */

const seeds = { from: 10_000, count: 400 };

test(`${seeds.count} lives violate nothing`, async () => {
  const violations: string[] = [];
  let virtualMs = 0;
  const beganMs = performance.now();
  for (let seed = seeds.from; seed < seeds.from + seeds.count; seed += 1) {
    // oxlint-disable-next-line no-await-in-loop
    const life = await run(drawPlan(seed));
    virtualMs += life.virtualMs;
    if (life.violation !== undefined) violations.push(`seed ${seed}: ${life.violation.invariant}`);
  }
  const perMinute = Math.round((seeds.count * 60_000) / (performance.now() - beganMs));
  const hours = Math.round(virtualMs / 3_600_000);
  process.stdout.write(`simulation: ${seeds.count} lives, ${hours} hours, ${perMinute} lives a minute\n`);
  expect(violations).toEqual([]);
});
