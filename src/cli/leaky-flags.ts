/** Flags with which Node itself writes or shows what is in memory or on the wire. None is on by default. */
const leaks: readonly { readonly flag: RegExp; readonly because: string }[] = [
  { flag: /^--(heapsnapshot-.+|heap-prof.*|track-heap-objects|build-snapshot.*)$/, because: "writes memory to disk" },
  { flag: /^--(report-.+|abort-on-uncaught-exception)$/, because: "writes memory or the environment to disk" },
  { flag: /^--(cpu-prof.*|prof|trace-event-.+)$/, because: "writes a trace to disk" },
  { flag: /^--(tls-keylog|trace-tls)$/, because: "shows the keys or bytes of TLS connections" },
  { flag: /^--(trace|trace-env|trace-uncaught|trace-promises)$/, because: "prints values" },
  { flag: /^--(inspect.*|debug-port|experimental-network-inspection)$/, because: "opens a debugger" },
];

/**
 * Flags that load other code into the process, which then sees every secret: what injects tracing into all pods of a
 * namespace sets them, unasked. Only in NODE_OPTIONS: a person who writes the command line could as well run another program.
 */
const loads =
  /^(-r|--(require|import|loader|experimental-loader|experimental-config-file|experimental-default-config-file))$/;

type Environment = Readonly<Record<string, string | undefined>>;

/** The first flag on Node's command line or in NODE_OPTIONS that would give secrets away, in a sentence; undefined if none. */
export function leakyFlagIn(execArgv: readonly string[], env: Environment): string | undefined {
  const inherited = flagsOf((env["NODE_OPTIONS"] ?? "").split(/\s+/));
  for (const flag of [...flagsOf(execArgv), ...inherited]) {
    const leak = leaks.find((each) => each.flag.test(flag));
    if (leak !== undefined)
      return `Node's flag ${flag} ${leak.because}; remove it from NODE_OPTIONS or the command line`;
  }
  const loaded = inherited.find((flag) => loads.test(flag));
  if (loaded === undefined) return undefined;
  return `Node's flag ${loaded} in NODE_OPTIONS loads code that can read every secret; remove it`;
}

/** Names of flags as Node reads them: without values, and an underscore is a dash. */
function flagsOf(given: readonly string[]): readonly string[] {
  return given.filter((word) => word.startsWith("-")).map((word) => word.replace(/=.*/s, "").replaceAll("_", "-"));
}
