import { version } from "./version.ts";
import type { CommandIo } from "./cli/io.ts";

/** The real world: arguments, signals, standard streams. Commands are loaded when asked for. */

const endWithinMs = 5000;

type Command = (args: readonly string[], io: CommandIo) => Promise<number>;

const commands: Readonly<Record<string, { readonly summary: string; load(): Promise<Command> }>> = {
  run: { summary: "run the operator", load: async () => (await import("./cli/run.ts")).runCommand },
  simulator: {
    summary: "run an ONTAP simulator for tests and trials",
    load: async () => (await import("./cli/simulator.ts")).simulatorCommand,
  },
  explain: {
    summary: "say what an ONTAP error code, a reason or a condition means",
    load: async () => (await import("./cli/explain.ts")).explainCommand,
  },
  import: {
    summary: "write manifests of what an array holds already",
    load: async () => (await import("./cli/import.ts")).importCommand,
  },
  doctor: {
    summary: "say what is wrong in the cluster, and what to do",
    load: async () => (await import("./cli/doctor.ts")).doctorCommand,
  },
  uninstall: {
    summary: "delete every object of the operator in the right order",
    load: async () => (await import("./cli/uninstall.ts")).uninstallCommand,
  },
};

const usage = `ontap-iscsi-operator ${version}: keeps the iSCSI credentials of ONTAP arrays equal to what is declared

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(16)}${summary}`)
  .join("\n")}

  help [COMMAND]  say more about a command, as COMMAND --help does
  version         print the version`;

async function main([name, ...args]: readonly string[]): Promise<number> {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort(new Error(signal)));
  const io: CommandIo = {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    signal: stop.signal,
  };
  if (name === "--version" || name === "version") {
    io.out(version);
    return 0;
  }
  if (name === "help" && args[0] !== undefined) return main([args[0], "--help"]);
  const asksForHelp = name === "--help" || name === "-h" || name === "help";
  if (asksForHelp) {
    io.out(usage);
    return 0;
  }
  const command = name === undefined ? undefined : commands[name];
  if (command !== undefined) return (await command.load())(args, io);
  io.err(name === undefined ? usage : `no command ${name}; there are ${Object.keys(commands).join(", ")}`);
  return 2;
}

for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => {
    // The message of an unexpected error may quote a secret; its stack frames do not.
    const place =
      error instanceof Error ? `${error.name}\n${(error.stack ?? "").split("\n").slice(1).join("\n")}` : typeof error;
    process.stderr.write(`fatal ${event}: ${place}\n`);
    process.exit(1);
  });
}

process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
  // `explain --list | head` has read all that it wanted.
  if (code === "EPIPE") process.exit(0);
  process.stderr.write(`standard output cannot be written (${code})\n`);
  process.exit(1);
});
// Nothing can be said about what cannot be said.
process.stderr.on("error", () => undefined);

process.exitCode = await main(process.argv.slice(2));
// Nothing that is forgotten somewhere may keep a process alive that is done: above all one that has lost its Lease.
setTimeout(() => process.exit(), endWithinMs).unref();
