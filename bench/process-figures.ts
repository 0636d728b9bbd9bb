import { readFile } from "node:fs/promises";

/** What Linux says of a process. */
export interface Memory {
  readonly rssMb: number;
  /** Without the pages of files, such as Node's own, that processes share and the kernel can drop. */
  readonly anonymousMb: number;
}

export async function memoryOf(pid: number): Promise<Memory> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  const megabytes = (field: string): number => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(rollup)?.[1]) / 1000;
  return { rssMb: megabytes("Rss"), anonymousMb: megabytes("Anonymous") };
}

export const memoryNote = (what: string, { rssMb, anonymousMb }: Memory): string =>
  `${what}: RSS ${rssMb.toFixed(0)} MB, of it anonymous ${anonymousMb.toFixed(0)} MB`;

const ticksPerSecond = 100;

/** User and system time since it was started. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const [, rest = ""] = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ");
  const fields = rest.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
