import { hostname } from "node:os";
import { parseArgs } from "node:util";
import * as z from "zod";
import { AccessError, loadClusterAccess } from "../kube/access.ts";
import { createKubeTransport } from "../kube/transport.ts";
import { createOpenArray } from "../ontap/open-array.ts";
import { createOpenTransport } from "../ontap/transport.ts";
import { createOperator } from "../operator.ts";
import { systemClock } from "../std/clock.ts";
import { version } from "../version.ts";
import type { CommandIo } from "./io.ts";
import { createLog, logLevels } from "./log.ts";
import { usageErrorOf } from "./usage.ts";

export const runHelp = `ontap-iscsi-operator run [--log-level debug|info|warn|error]

Runs the operator until SIGTERM or SIGINT. In a pod it uses the pod's ServiceAccount; elsewhere the kubeconfig
that KUBECONFIG names, or ~/.kube/config.

  --log-level LEVEL   what to log, on standard output as JSON lines; default info; or LOG_LEVEL
  --help              this text`;

const settingsSchema = z.object({
  "log-level": z.enum(logLevels, { error: `must be one of ${logLevels.join(", ")}` }).default("info"),
});

/** How long passes under way may take to end after SIGTERM; Kubernetes kills after 30 s. */
const drainMs = 8000;

/** Resolves to the exit code: 0 after a stop, 1 when the cluster cannot be used, 2 for a bad flag. */
export async function runCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const asked = parseSettings(args, process.env);
  if (asked.kind === "help") {
    io.out(runHelp);
    return 0;
  }
  if (asked.kind === "misuse") {
    io.err(asked.sentence);
    return 2;
  }
  const log = createLog(asked.settings["log-level"]);
  const access = await loadClusterAccess(process.env).catch((error: unknown) => error);
  if (access instanceof AccessError) {
    io.err(`ontap-iscsi-operator run: ${access.message}`);
    return 1;
  }
  if (access instanceof Error) throw access;
  const clock = systemClock;
  const transport = createKubeTransport(access as Awaited<ReturnType<typeof loadClusterAccess>>, clock);
  const operator = createOperator({
    clock,
    random: Math.random,
    log,
    kube: transport,
    openArray: createOpenArray({ clock, openTransport: createOpenTransport({ clock, version }) }),
    instance: process.env["POD_NAME"] ?? hostname(),
  });
  log.info({ version, node: process.version }, "starting");
  const abandon = new AbortController();
  const running = operator.run(io.signal, abandon.signal);
  await Promise.race([running, aborted(io.signal)]);
  const drained = await Promise.race([
    running.then(() => true),
    clock.sleep(drainMs, abandon.signal).then(
      () => false,
      () => true,
    ),
  ]);
  abandon.abort();
  log.info({ drained }, "stopped");
  await transport.close();
  return 0;
}

type Asked =
  | { readonly kind: "help" }
  | { readonly kind: "misuse"; readonly sentence: string }
  | { readonly kind: "run"; readonly settings: z.output<typeof settingsSchema> };

function parseSettings(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Asked {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { "log-level": { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help === true) return { kind: "help" };
    const fromEnv = env["LOG_LEVEL"] === undefined ? {} : { "log-level": env["LOG_LEVEL"] };
    return { kind: "run", settings: settingsSchema.parse({ ...fromEnv, ...values }) };
  } catch (error) {
    return { kind: "misuse", sentence: usageErrorOf("run", error) };
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
