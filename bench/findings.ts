import { writeFile } from "node:fs/promises";

/** Collects figures, shows each as it is measured, and keeps them all. */
export interface Findings {
  /** A figure with a target. */
  row(figure: string, target: string, measured: string): void;
  /** What helps to read the others. */
  fact(what: string, value: string): void;
  /** Writes everything as JSON, if a file is named. */
  finish(path: string | undefined): Promise<void>;
}

export function createFindings(): Findings {
  const rows: { readonly figure: string; readonly target: string; readonly measured: string }[] = [];
  const facts: Record<string, string> = {};
  return {
    row(figure, target, measured) {
      rows.push({ figure, target, measured });
      process.stdout.write(`${figure.padEnd(64)} ${target.padEnd(20)} ${measured}\n`);
    },
    fact(what, value) {
      facts[what] = value;
      process.stdout.write(`  ${what}: ${value}\n`);
    },
    async finish(path) {
      if (path !== undefined) await writeFile(path, `${JSON.stringify({ facts, rows }, undefined, 2)}\n`);
    },
  };
}
