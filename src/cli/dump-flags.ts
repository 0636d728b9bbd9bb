/** Flags with which Node writes its memory, environment or core to disk. None is on by itself. */
const dumps =
  /^--(heapsnapshot-signal|heapsnapshot-near-heap-limit|heap-prof|report-on-signal|report-on-fatalerror|report-uncaught-exception|abort-on-uncaught-exception)(=|$)/;

/** The first flag that would write secrets to disk, given on the command line or by NODE_OPTIONS. */
export function dumpFlagsIn(
  execArgv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const given = [...execArgv, ...(env["NODE_OPTIONS"] ?? "").split(/\s+/)].map((flag) => flag.replaceAll("_", "-"));
  return given.find((flag) => dumps.test(flag));
}
