import { readFile } from "node:fs/promises";

/** What a process holds, in megabytes of 10^6 bytes: resident, and the part that is its own alone. */
export interface Memory {
  readonly rss: number;
  readonly anonymous: number;
}

export async function memoryOf(pid: number): Promise<Memory> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  const megabytes = (field: string): number =>
    (Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(rollup)?.[1]) * 1024) / 1e6;
  return { rss: megabytes("Rss"), anonymous: megabytes("Anonymous") };
}

/** CPU time so far, user and system, in seconds. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const [, rest = ""] = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ");
  const fields = rest.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
