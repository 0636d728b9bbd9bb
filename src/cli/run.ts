import { hostname } from "node:os";
import { parseArgs } from "node:util";
import * as z from "zod";
import { startHealthServer, type Page } from "../health/server.ts";
import { AccessError, loadClusterAccess } from "../kube/access.ts";
import { createKubeTransport } from "../kube/transport.ts";
import { createMetrics } from "../metrics/metrics.ts";
import { createOpenArray } from "../ontap/open-array.ts";
import { createOpenTransport } from "../ontap/transport.ts";
import { createOperator } from "../operator.ts";
import { systemClock } from "../std/clock.ts";
import { defined } from "../std/defined.ts";
import type { Log } from "../std/log.ts";
import { placeOf } from "../std/place.ts";
import { version } from "../version.ts";
import type { CommandIo } from "./io.ts";
import { optionalEndpoint, type ListenOn } from "./endpoint.ts";
import { createLog, logFormats, logLevels } from "./log.ts";
import { pagesOf } from "./pages.ts";
import { usageErrorOf } from "./usage.ts";

export const runHelp = `ontap-iscsi-operator run [--listen [HOST]:PORT] [--log-level debug|info|warn|error] [--log-format auto|json|text]

Runs the operator until SIGTERM or SIGINT. In a pod it uses the pod's ServiceAccount; elsewhere the kubeconfig
that KUBECONFIG names, or ~/.kube/config.

  --listen [HOST]:PORT  where to serve /livez, /readyz and /metrics as plain HTTP; default :8080, port 0 takes a free
                        one, and an empty value turns it off; or LISTEN
  --log-level LEVEL     what to log, on standard output; default info; or LOG_LEVEL
  --log-format FORMAT   json, text for people, or auto: text on a terminal; default auto; or LOG_FORMAT
  --help                this text`;

const settingsSchema = z.object({
  "log-level": z.enum(logLevels, { error: `must be one of ${logLevels.join(", ")}` }).default("info"),
  "log-format": z.enum(logFormats, { error: `must be one of ${logFormats.join(", ")}` }).default("auto"),
  listen: optionalEndpoint.prefault(":8080"),
});

/** How long passes under way may take to end after SIGTERM; Kubernetes kills after 30 s. */
const drainMs = 8000;

/** Resolves to the exit code: 0 after a stop, 1 when the cluster cannot be used, 2 for a bad flag or an address in use. */
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
  const log = createLog(asked.settings["log-level"], asked.settings["log-format"]);
  const access = await loadClusterAccess(process.env).catch((error: unknown) => error);
  if (access instanceof AccessError) {
    io.err(`ontap-iscsi-operator run: ${access.message}`);
    return 1;
  }
  if (access instanceof Error) throw access;
  const clock = systemClock;
  const transport = createKubeTransport(access as Awaited<ReturnType<typeof loadClusterAccess>>, clock);
  const metrics = createMetrics({ clock, version });
  const operator = createOperator({
    clock,
    random: Math.random,
    log,
    kube: transport,
    openArray: createOpenArray({ clock, openTransport: createOpenTransport({ clock, version }) }),
    meters: metrics.meters,
    instance: process.env["POD_NAME"] ?? hostname(),
  });
  const served = await serve(asked.settings.listen, pagesOf(operator, metrics, { clock, stop: io.signal }), log);
  if (typeof served === "string") {
    io.err(`ontap-iscsi-operator run: ${served}`);
    return 2;
  }
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
  await Promise.all([served.close(), transport.close()]);
  return 0;
}

/** Opens the pages to probes and scrapes; a sentence if it cannot. */
async function serve(
  listen: ListenOn | undefined,
  pages: Readonly<Record<string, Page>>,
  log: Log,
): Promise<{ close(): Promise<void> } | string> {
  if (listen === undefined) return { close: () => Promise.resolve() };
  const onDefect = (page: string, error: unknown): void =>
    log.error({ page, place: placeOf(error) }, "a page could not be made");
  try {
    const server = await startHealthServer({ ...listen, pages, onDefect });
    log.info({ address: server.address }, "serving livez, readyz and metrics");
    return server;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    const why = code === "EADDRINUSE" ? "is in use" : `cannot be listened on (${code})`;
    return `--listen ${listen.host ?? ""}:${listen.port} ${why}; name another address, or nothing to turn it off`;
  }
}

type Asked =
  | { readonly kind: "help" }
  | { readonly kind: "misuse"; readonly sentence: string }
  | { readonly kind: "run"; readonly settings: z.output<typeof settingsSchema> };

function parseSettings(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Asked {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        listen: { type: "string" },
        "log-level": { type: "string" },
        "log-format": { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help === true) return { kind: "help" };
    const fromEnv = defined({
      listen: env["LISTEN"],
      "log-level": env["LOG_LEVEL"],
      "log-format": env["LOG_FORMAT"],
    });
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
