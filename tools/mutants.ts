import { execFile, type ExecFileException } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { defects, type Defect } from "../test/mutants/defects.ts";

/**
 * Plants each defect of test/mutants into a copy of the sources and asks who sees it: the simulation first, then the tests,
 * project by project. `--only TEXT` takes those whose name contains it; all of them take more than an hour on two
 * cores, and write test/mutants/table.md. Fails if nothing sees a defect.
 */
const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    /** Lives that the simulation gets for each. */
    seeds: { type: "string", default: "60" },
  },
});

const root = new URL("../", import.meta.url).pathname;
const copy = join(root, "build", "mutants");
const execute = promisify(execFile);
const longestMs = 5 * 60_000;

/** The quick ones first, and those over HTTPS last. */
const projects = ["pass", "campaign", "unit", "simulator"] as const;

interface Seen {
  readonly by: "simulation" | (typeof projects)[number];
  /** The seed and the invariant, or the first test. */
  readonly as: string;
}

/** What a command printed; undefined if it succeeded. */
async function failureOf(args: readonly string[]): Promise<string | undefined> {
  try {
    await execute(process.execPath, args, { cwd: copy, timeout: longestMs, maxBuffer: 2 ** 26 });
    return undefined;
  } catch (error) {
    const { stdout, stderr } = error as ExecFileException;
    return `${stdout ?? ""}\n${stderr ?? ""}`;
  }
}

async function seenBySimulation(): Promise<Seen | undefined> {
  const output = await failureOf(["tools/simulate.ts", "--seeds", values.seeds, "--first"]);
  if (output === undefined) return undefined;
  const [, seed = "", invariant = ""] = /^seed (\d+): ([\w-]+):/m.exec(output) ?? [];
  return { by: "simulation", as: seed === "" ? lastLineOf(output) : `seed ${seed}: ${invariant}` };
}

async function seenByTests(project: (typeof projects)[number]): Promise<Seen | undefined> {
  const report = join(copy, "report.json");
  // That each defect fits the code is a test as well, and sees every one.
  const apart = ["--exclude", "test/unit/mutants.test.ts"];
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--project", project, ...apart, "--bail", "1"];
  const output = await failureOf([...vitest, "--reporter", "json", "--outputFile", report]);
  if (output === undefined) return undefined;
  return { by: project, as: (await firstFailureIn(report)) ?? lastLineOf(output) };
}

async function firstFailureIn(report: string): Promise<string | undefined> {
  const { testResults } = JSON.parse(await readFile(report, "utf8")) as {
    readonly testResults: readonly {
      readonly name: string;
      readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
    }[];
  };
  for (const { name, assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === "failed");
    if (failed !== undefined) return `${name.slice(copy.length + 1)}: ${failed.title}`;
  }
  return undefined;
}

const lastLineOf = (output: string): string => output.trim().split("\n").at(-1)?.slice(0, 120) ?? "";

async function whoSees({ file, find, replace }: Defect): Promise<Seen | undefined> {
  const path = join(copy, file);
  const sound = await readFile(path, "utf8");
  await writeFile(
    path,
    sound.replace(find, () => replace),
  );
  try {
    let seen = await seenBySimulation();
    for (const project of projects) seen ??= await seenByTests(project);
    return seen;
  } finally {
    await writeFile(path, sound);
  }
}

await rm(copy, { recursive: true, force: true });
// What is committed or staged, and nothing else.
await execute("git", ["checkout-index", "--all", `--prefix=${copy}/`], { cwd: root });
await execute("cp", ["-al", join(root, "node_modules"), copy]);

const rows: string[] = [];
const unseen: string[] = [];
const wanted = defects.filter(({ name }) => name.includes(values.only));
const counts = new Map<string, number>();
for (const defect of wanted) {
  const seen = await whoSees(defect);
  const by = seen?.by ?? "nothing";
  counts.set(by, (counts.get(by) ?? 0) + 1);
  if (seen === undefined) unseen.push(defect.name);
  const cells = [defect.name, `\`${defect.file}\``, by, seen?.as ?? ""];
  rows.push(`| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`);
  console.log(`${by}: ${defect.name}${seen === undefined ? "" : ` (${seen.as})`}`);
}
const summary = [...counts].map(([by, count]) => `${by}: ${count}`).join(", ");
console.log(`${wanted.length} defects planted; seen by ${summary}`);
if (values.only === "") await writeFile(join(root, "test", "mutants", "table.md"), tableOf(rows, summary));
await rm(copy, { recursive: true, force: true });
process.exitCode = unseen.length === 0 ? 0 : 1;

function tableOf(lines: readonly string[], total: string): string {
  return `# Which test sees which defect

Written by \`make mutants\`, which asks the simulation first (${values.seeds} lives), then the tests, project by project.
${lines.length} defects; seen by ${total}.

| defect | planted in | seen by | as |
| --- | --- | --- | --- |
${lines.join("\n")}
`;
}
