import { expect, test } from "vitest";
import { dumpFlagsIn } from "./dump-flags.ts";

test.each<{ execArgv?: readonly string[]; options?: string; found: string | undefined }>([
  { execArgv: ["--max-semi-space-size=2", "--disable-sigusr1"], options: "--max-old-space-size=150", found: undefined },
  { options: "--heapsnapshot-signal=SIGUSR2", found: "--heapsnapshot-signal=SIGUSR2" },
  { options: " --max-old-space-size=1  --heapsnapshot_near_heap_limit=1", found: "--heapsnapshot-near-heap-limit=1" },
  { execArgv: ["--report-on-signal"], found: "--report-on-signal" },
  { execArgv: ["--abort-on-uncaught-exception"], found: "--abort-on-uncaught-exception" },
])("of $execArgv $options", ({ execArgv = [], options, found }) => {
  expect(dumpFlagsIn(execArgv, { NODE_OPTIONS: options })).toBe(found);
});
