import { judgeWrite } from "./array-writes.ts";
import {
  defects,
  falselyReady,
  invariants,
  leftBehind,
  shownSecrets,
  touchedForeign,
  twoWriters,
  unfinished,
  writesOf,
  type Violation,
} from "./invariants.ts";
import { createPerformer } from "./perform.ts";
import type { Plan } from "./plan.ts";
import { createStage, type Stage } from "./stage.ts";

export interface Run {
  readonly plan: Plan;
  /** Undefined if everything held. */
  readonly violation: Violation | undefined;
  /** What happened, one line each; for people. */
  readonly trace: readonly string[];
  readonly virtualMs: number;
}

/** So often the supervisor looks whether its processes are there, and what must always hold is checked. */
const tickMs = 1000;
/** Longer than the longest backoff of an attempt. */
const longestRepairMs = 30 * 60_000;
const settledMs = 3 * 60_000;

/**
 * Plays a plan from the beginning to a quiet end, or to the first thing that must not be.
 * @param sabotage spoils the world before it begins, so that a test can see whether that is noticed.
 */
export async function run(plan: Plan, sabotage: (stage: Stage) => void = () => {}): Promise<Run> {
  const stage = await createStage(plan);
  sabotage(stage);
  const violation = await play(stage);
  if (violation !== undefined)
    stage.tell(`VIOLATION ${violation.invariant}: ${violation.seen} (${invariants[violation.invariant]})`);
  return { plan, violation, trace: stage.trace, virtualMs: stage.world.clock.monotonic() };
}

async function play(stage: Stage): Promise<Violation | undefined> {
  const { plan, world } = stage;
  const { clock } = world;
  const performer = createPerformer(stage);
  traceCluster(stage);
  const wrong: Violation[] = [];
  stage.onArrayWrite = (write) => void wrong.push(...judgeWrite(stage, write));

  function supervise(): void {
    const wanted = plan.elects ? 2 : 1;
    for (let alive = stage.operators.filter((each) => each.alive()).length; alive < wanted; alive += 1) {
      stage.tell(`${stage.startOperator().name} starts`);
    }
  }

  async function until(ms: number): Promise<Violation | undefined> {
    while (clock.monotonic() < ms) {
      await clock.advance(Math.min(tickMs, ms - clock.monotonic()));
      supervise();
      const [violation] = [...defects(stage), ...touchedForeign(stage), ...wrong];
      if (violation !== undefined) return violation;
    }
    return undefined;
  }

  supervise();
  const moments = [
    ...plan.steps.map((step) => ({ atMs: step.atMs, meet: () => performer.perform(step).then(() => undefined) })),
    ...plan.calmMs.map((atMs) => ({ atMs, meet: async () => falselyReady(stage)[0] ?? twoWriters(stage)[0] })),
  ].toSorted((a, b) => a.atMs - b.atMs);
  for (const { atMs, meet } of moments) {
    const violation = (await until(atMs)) ?? (await meet());
    if (violation !== undefined) return violation;
  }

  await performer.repair();
  const endMs = clock.monotonic() + longestRepairMs;
  let late = await until(clock.monotonic() + 10_000);
  for (;;) {
    if (late !== undefined) return late;
    const [unready] = unfinished(stage);
    if (unready === undefined) break;
    if (clock.monotonic() > endMs) return unready;
    late = await until(clock.monotonic() + 10_000);
  }
  // Events may still wait for the work to be over.
  const settling = await until(clock.monotonic() + 60_000);
  if (settling !== undefined) return settling;
  const before = writesOf(stage).length;
  const settled = await until(clock.monotonic() + settledMs);
  if (settled !== undefined) return settled;
  const written = writesOf(stage).slice(before);
  if (written.length > 0)
    return { invariant: "quiet-when-settled", seen: `${written.length} writes, first ${written[0]}` };
  return unfinished(stage)[0] ?? leftBehind(stage)[0] ?? twoWriters(stage)[0] ?? shownSecrets(stage)[0];
}

/** Tells of each write to the API server, in one line. */
function traceCluster(stage: Stage): void {
  stage.world.cluster.onWrite(({ who, request, status }) => {
    if (who === "people" || who.endsWith("(lease)")) return;
    const { method, path, body } = request;
    stage.tell(
      `  ${who} ${method} ${path.replace(/^\/apis\/[^/]+\/[^/]+\/namespaces\//, "")}: ${status} ${gistOf(body)}`,
    );
  });
}

/** Of a status, what Ready says; of an Event, its reason. */
function gistOf(body: unknown): string {
  const text = JSON.stringify(body);
  const ready = /"type":"Ready"[^}]*/.exec(text)?.[0] ?? "";
  const field = (name: string): string =>
    new RegExp(`"${name}":"([^"]*)"`).exec(ready === "" ? text : ready)?.[1] ?? "";
  return text.includes('"finalizers"')
    ? `finalizers ${/"finalizers":(\[[^\]]*\])/.exec(text)?.[1] ?? ""}`
    : `${field("status")} ${field("reason")}`;
}
