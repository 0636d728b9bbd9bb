import { expect, test } from "vitest";
import { leakyFlagIn } from "./leaky-flags.ts";

interface Case {
  readonly execArgv?: readonly string[];
  readonly options?: string;
}

test.each<Case>([
  { execArgv: ["--max-semi-space-size=2", "--disable-sigusr1"], options: "--max-old-space-size=150" },
  { options: "--dns-result-order=ipv4first --use-openssl-ca --enable-fips --no-warnings" },
  // A person who writes the command line could as well run another program.
  { execArgv: ["--import=file:///x.mjs"] },
])("$execArgv $options is harmless", ({ execArgv = [], options }) => {
  expect(leakyFlagIn(execArgv, { NODE_OPTIONS: options })).toBeUndefined();
});

test.each<Case & { readonly says: string }>([
  { options: "--heapsnapshot-signal=SIGUSR2", says: "--heapsnapshot-signal writes memory to disk" },
  {
    options: " --max-old-space-size=1  --heapsnapshot_near_heap_limit=1",
    says: "--heapsnapshot-near-heap-limit writes",
  },
  { options: "--heap-prof", says: "--heap-prof writes memory" },
  { execArgv: ["--report-on-signal"], says: "--report-on-signal writes memory or the environment" },
  { execArgv: ["--abort-on-uncaught-exception"], says: "--abort-on-uncaught-exception writes memory" },
  { options: "--cpu-prof-dir=/tmp", says: "--cpu-prof-dir writes a trace" },
  { options: "--trace-event-categories node.http", says: "--trace-event-categories writes a trace" },
  { options: "--tls-keylog=/tmp/keys", says: "--tls-keylog shows the keys or bytes of TLS" },
  { options: "--trace-tls", says: "--trace-tls shows the keys or bytes of TLS" },
  { execArgv: ["--trace"], says: "--trace prints values" },
  { options: "--inspect", says: "--inspect opens a debugger" },
  { options: "--inspect-brk=0.0.0.0:9229", says: "--inspect-brk opens a debugger" },
  { options: "--require /otel/auto.js", says: "--require in NODE_OPTIONS loads code" },
  { options: "-r /otel/auto.js", says: "-r in NODE_OPTIONS loads code" },
  { options: "--import=file:///x.mjs", says: "--import in NODE_OPTIONS loads code" },
  { options: "--experimental-loader ./x.mjs", says: "--experimental-loader in NODE_OPTIONS loads code" },
])("$execArgv $options: $says", ({ execArgv = [], options, says }) => {
  expect(leakyFlagIn(execArgv, { NODE_OPTIONS: options })).toContain(`Node's flag ${says}`);
});
