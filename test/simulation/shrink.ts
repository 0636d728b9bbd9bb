import type { Plan } from "./plan.ts";
import { run, type Run } from "./run.ts";
import { actors } from "./step.ts";

/** The same violation with as little as it takes: whole actors are left out first, then halves, then single steps. */
export async function shrink(failed: Run, play: (plan: Plan) => Promise<Run> = run): Promise<Run> {
  let least = failed;

  async function tryWithout(steps: Plan["steps"]): Promise<boolean> {
    if (steps.length === least.plan.steps.length) return false;
    const again = await play({ ...least.plan, steps });
    if (again.violation?.invariant !== failed.violation?.invariant) return false;
    least = again;
    return true;
  }

  for (const actor of actors) await tryWithout(least.plan.steps.filter((step) => step.actor !== actor));
  for (let size = Math.ceil(least.plan.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < least.plan.steps.length;) {
      const fewer = least.plan.steps.toSpliced(from, size);
      if (!(await tryWithout(fewer))) from += size;
    }
  }
  return least;
}
