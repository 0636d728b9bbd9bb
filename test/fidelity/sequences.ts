import { isDeepStrictEqual } from "node:util";

/**
 * Plays a sequence from the beginning and gives all that was seen, as plain data.
 * @param wanted what the other side gave, for one that shows a part of it a little later.
 */
export type Side<Step> = (steps: readonly Step[], wanted: unknown) => Promise<unknown>;

export interface Sides<Step> {
  readonly model: Side<Step>;
  readonly real: Side<Step>;
}

/** Differences in full are for a few; more of them have the same cause. */
const mostReported = 3;

interface Difference<Step> {
  readonly steps: readonly Step[];
  readonly where: string;
}

/** Plays each sequence on both sides, and gives the differences: each of a sequence that no single step can be left out of. */
export async function runSequences<Step>(
  sequences: readonly (readonly Step[])[],
  sides: Sides<Step>,
  atOnce: number,
): Promise<readonly string[]> {
  const waiting = [...sequences];
  const differing: Difference<Step>[] = [];
  const worker = async (): Promise<void> => {
    for (let steps = waiting.shift(); steps !== undefined; steps = waiting.shift()) {
      const where = await differenceOf(steps, sides);
      if (where !== undefined) differing.push({ steps, where });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const reports: string[] = [];
  for (const difference of differing.slice(0, mostReported)) {
    const { steps, where } = await shrink(difference, sides);
    reports.push([...steps.map((step) => JSON.stringify(step)), where].join("\n"));
  }
  return differing.length > mostReported ? [...reports, `${differing.length} sequences differ`] : reports;
}

/** Leaves out each step that is not needed, last ones first. */
async function shrink<Step>(found: Difference<Step>, sides: Sides<Step>): Promise<Difference<Step>> {
  let least = found;
  for (let at = found.steps.length - 1; at >= 0; at -= 1) {
    const steps = least.steps.toSpliced(at, 1);
    const where = await differenceOf(steps, sides);
    if (where !== undefined) least = { steps, where };
  }
  return least;
}

async function differenceOf<Step>(steps: readonly Step[], { model, real }: Sides<Step>): Promise<string | undefined> {
  const inModel = await model(steps, undefined);
  const inReality = await real(steps, inModel);
  return isDeepStrictEqual(inModel, inReality) ? undefined : differencesAt("", inModel, inReality).join("\n");
}

/** Where two values differ, one line for each place. */
function differencesAt(path: string, model: unknown, real: unknown): readonly string[] {
  if (isDeepStrictEqual(model, real)) return [];
  const bothHold = [model, real].every((value) => typeof value === "object" && value !== null);
  if (!bothHold) return [`${path}: model ${JSON.stringify(model)}, real ${JSON.stringify(real)}`];
  const [inModel, inReality] = [model, real] as readonly Readonly<Record<string, unknown>>[];
  const names = new Set([...Object.keys(inModel ?? {}), ...Object.keys(inReality ?? {})]);
  return [...names].flatMap((name) => differencesAt(`${path}/${name}`, inModel?.[name], inReality?.[name]));
}
