import { parseArgs } from "node:util";
import * as z from "zod";
import type { Switches } from "../operator/switches.ts";
import { parseDurationMs } from "../std/duration.ts";
import { listsEndpoint, parseEndpointList } from "../std/endpoint-list.ts";
import { asksNameOnly, matchesLabels, parseLabelSelector } from "../std/label-selector.ts";
import { err, ok, type Result } from "../std/result.ts";
import { optionalEndpoint } from "./endpoint.ts";
import { installNamespace } from "./lease-namespace.ts";
import { logFormats, logLevels } from "./log.ts";
import { parseNamespaces } from "./namespace-list.ts";
import { usageErrorOf } from "./usage.ts";

/** Whole hours, minutes and seconds, as everywhere in our API; in milliseconds. */
const duration = parsedBy(parseDurationMs);
const onOff = z.enum(["true", "false"], { error: "must be true or false" }).transform((text) => text === "true");
const dnsLabel = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/, {
  error: "must be 1 to 30 lower case letters, digits and dashes, such as site-a",
});

/** Everything that can be set: by flag, else by environment, else the default. `--help` is made of this. */
const settings = {
  "log-level": {
    env: "LOG_LEVEL",
    value: "LEVEL",
    fallback: "info",
    help: `what to log, on standard output: ${logLevels.join(", ")}`,
    schema: z.enum(logLevels, { error: `must be one of ${logLevels.join(", ")}` }),
  },
  "log-format": {
    env: "LOG_FORMAT",
    value: "FORMAT",
    fallback: "auto",
    help: "json; text for people; or auto: text on a terminal, else json",
    schema: z.enum(logFormats, { error: `must be one of ${logFormats.join(", ")}` }),
  },
  listen: {
    env: "LISTEN",
    value: "[HOST]:PORT",
    fallback: ":8080",
    help: "where to serve /livez, /readyz and /metrics as plain HTTP; port 0 takes a free one, --listen= turns it off",
    schema: optionalEndpoint,
  },
  "metrics-auth": {
    env: "ONTAP_ISCSI_METRICS_AUTH",
    value: undefined,
    fallback: "false",
    help: "serve /metrics only to bearer tokens whose user may get the nonResourceURL /metrics, as TokenReview and SubjectAccessReview say; probes stay open",
    schema: onOff,
  },
  "dry-run": {
    env: "ONTAP_ISCSI_DRY_RUN",
    value: undefined,
    fallback: "false",
    help: "write nothing to any array: every object behaves as if its mode were Plan, and shows status.plan",
    schema: onOff,
  },
  "allowed-endpoints": {
    env: "ONTAP_ISCSI_ALLOWED_ENDPOINTS",
    value: "HOSTS",
    fallback: undefined,
    help: "the only endpoints that OntapConnections may name, such as cluster1.example.com,*.storage.example.com:8443; port 443 unless given",
    schema: parsedBy(parseEndpointList).optional(),
  },
  "connection-namespaces": {
    env: "ONTAP_ISCSI_CONNECTION_NAMESPACES",
    value: "LABELS",
    fallback: undefined,
    help: "which namespaces may own OntapConnections, by their labels, such as storage-admin=true; default every namespace",
    schema: parsedBy(parseLabelSelector).optional(),
  },
  "forbid-insecure-tls": {
    env: "ONTAP_ISCSI_FORBID_INSECURE_TLS",
    value: undefined,
    fallback: "false",
    help: "no OntapConnection may set insecureSkipVerify",
    schema: onOff,
  },
  namespaces: {
    env: "ONTAP_ISCSI_NAMESPACES",
    value: "NAMES",
    fallback: undefined,
    help: "read and serve only these namespaces, separated by commas, with a Role in each instead of a ClusterRole; default the whole cluster",
    schema: parsedBy(parseNamespaces).optional(),
  },
  "leader-elect": {
    env: "ONTAP_ISCSI_LEADER_ELECT",
    value: undefined,
    fallback: "true",
    help: "write only while holding a Lease, so that of several instances one writes; --leader-elect=false for one that is alone",
    schema: onOff,
  },
  "lease-namespace": {
    env: "ONTAP_ISCSI_LEASE_NAMESPACE",
    value: "NAME",
    fallback: undefined,
    help: `where the Lease is; default the pod's namespace; outside a pod the one where an operator of this cluster holds it, else ${installNamespace} if that exists, else that of the kubeconfig's context`,
    schema: z.string().optional(),
  },
  "lease-duration": {
    env: "ONTAP_ISCSI_LEASE_DURATION",
    value: "TIME",
    fallback: "15s",
    help: "how long after the last renewal that it saw another instance takes over from one that was killed",
    schema: duration,
  },
  "renew-deadline": {
    env: "ONTAP_ISCSI_RENEW_DEADLINE",
    value: "TIME",
    fallback: "10s",
    help: "how long after its last renewal an instance still writes; then it ends with exit code 1",
    schema: duration,
  },
  "retry-period": {
    env: "ONTAP_ISCSI_RETRY_PERIOD",
    value: "TIME",
    fallback: "2s",
    help: "how often the Lease is renewed, and looked at",
    schema: duration,
  },
  "connection-selector": {
    env: "ONTAP_ISCSI_CONNECTION_SELECTOR",
    value: "LABELS",
    fallback: undefined,
    help: "serve only OntapConnections with these labels, such as site=a or '!site', and their credentials; with --shard",
    schema: parsedBy(parseLabelSelector).optional(),
  },
  shard: {
    env: "ONTAP_ISCSI_SHARD",
    value: "NAME",
    fallback: undefined,
    help: "the name of this shard, which has a Lease of its own: ontap-iscsi-operator-NAME; with --connection-selector",
    schema: dnsLabel.optional(),
  },
} as const satisfies Readonly<Record<string, Setting>>;

interface Setting {
  readonly env: string;
  /** What stands for its value in the help; undefined for a switch, which needs none. */
  readonly value: string | undefined;
  readonly fallback: string | undefined;
  readonly help: string;
  readonly schema: z.ZodType;
}

/** What objects may do, as the flags say. */
export function switchesOf(all: Settings): Switches {
  const endpoints = all["allowed-endpoints"];
  const owners = all["connection-namespaces"];
  return {
    allowedEndpoints: (endpoint) => endpoints === undefined || listsEndpoint(endpoints, endpoint),
    mayOwnConnections: (labels) => owners === undefined || matchesLabels(owners, labels),
    forbidInsecureTls: all["forbid-insecure-tls"],
    namespaces: all.namespaces,
  };
}

type Flag = keyof typeof settings;
export type Settings = { readonly [F in Flag]: z.output<(typeof settings)[F]["schema"]> };

const flags = Object.keys(settings) as readonly Flag[];

export const runHelp = `ontap-iscsi-operator run [FLAGS]

Runs the operator until SIGTERM or SIGINT. In a pod it uses the pod's ServiceAccount, from the folder that
ONTAP_ISCSI_SERVICE_ACCOUNT_FOLDER names if it is not kubelet's usual one; elsewhere the kubeconfig that KUBECONFIG
names, or ~/.kube/config. Exit codes: 0 after a stop, 1 when the Lease was lost, standard output cannot be
written, or a defect ended it, 2 for what only a person can fix. A flag wins over the environment.

${flags.map((flag) => helpOf(flag)).join("\n")}
  -h, --help
      this text`;

function helpOf(flag: Flag): string {
  const { env, value, fallback, help } = settings[flag];
  const shown = value === undefined ? `[=true|false]` : ` ${value}`;
  return `  --${flag}${shown}\n      ${help}${fallback === undefined ? "" : `; default ${fallback}`}; or ${env}`;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** "help", the settings, or one line that names the flag or variable at fault and what it must be. */
export function parseSettings(args: readonly string[], env: Environment): Result<Settings | "help", string> {
  const given = parseFlags(args);
  if (!given.ok || given.value === "help") return given as Result<"help", string>;
  const parsed: Partial<Record<Flag, unknown>> = {};
  for (const flag of flags) {
    const { schema, fallback } = settings[flag];
    const { text, from } = sourceOf(flag, given.value, env);
    const value = schema.safeParse(text ?? fallback);
    if (!value.success) return err(misuse(from, value.error.issues[0]?.message ?? "invalid"));
    parsed[flag] = value.data;
  }
  return contradictionIn(parsed as Settings) ?? ok(parsed as Settings);
}

type Given = Readonly<Partial<Record<Flag, string>>>;

function parseFlags(args: readonly string[]): Result<Given | "help", string> {
  const switches = new Set(flags.filter((flag) => settings[flag].value === undefined).map((flag) => `--${flag}`));
  try {
    const { values } = parseArgs({
      args: args.map((arg) => (switches.has(arg) ? `${arg}=true` : arg)),
      options: {
        ...Object.fromEntries(flags.map((flag) => [flag, { type: "string" as const }])),
        help: { type: "boolean", short: "h" },
      },
    });
    return ok(values["help"] === true ? "help" : (values as Given));
  } catch (error) {
    return err(usageErrorOf("run", error));
  }
}

/** Where a setting comes from. A variable that is empty says nothing. */
function sourceOf(flag: Flag, given: Given, env: Environment): { text: string | undefined; from: string } {
  const variable = settings[flag].env;
  if (given[flag] === undefined && (env[variable] ?? "") !== "") return { text: env[variable], from: variable };
  return { text: given[flag], from: `--${flag}` };
}

/** client-go's JitterFactor: the candidate that looks last must still be in time. */
const jitter = 1.2;

function contradictionIn(all: Settings): Result<never, string> | undefined {
  if (all["lease-duration"] <= all["renew-deadline"]) {
    return err(misuse("--lease-duration", "must be longer than --renew-deadline"));
  }
  if (all["renew-deadline"] <= jitter * all["retry-period"] || all["retry-period"] === 0) {
    return err(misuse("--renew-deadline", `must be longer than ${jitter} times --retry-period, and that at least 1s`));
  }
  if (all.shard !== undefined && all["connection-selector"] === undefined) {
    return err(misuse("--shard", "needs --connection-selector, which says which connections are this shard's"));
  }
  if (all["connection-selector"] !== undefined && all["leader-elect"] && all.shard === undefined) {
    return err(misuse("--connection-selector", "needs --shard NAME, so that each shard has a Lease of its own"));
  }
  return all.namespaces === undefined ? undefined : clusterWideNeedIn(all);
}

/** What cannot be had from Roles in single namespaces. */
function clusterWideNeedIn(all: Settings): Result<never, string> | undefined {
  if (all["metrics-auth"]) {
    return err(
      misuse(
        "--metrics-auth",
        "has tokens reviewed, which no Role in a namespace allows; leave it out with --namespaces, and say in a NetworkPolicy who may read /metrics",
      ),
    );
  }
  const owners = all["connection-namespaces"];
  if (owners !== undefined && !asksNameOnly(owners)) {
    return err(
      misuse(
        "--connection-namespaces",
        "asks for labels of namespaces, which --namespaces does not read; select by name, such as 'kubernetes.io/metadata.name in (storage)'",
      ),
    );
  }
  return undefined;
}

const misuse = (from: string, sentence: string): string => `${from}: ${sentence}; see ontap-iscsi-operator run --help`;

/** A string of which a parser makes something, or says what is wrong. */
function parsedBy<T>(parse: (text: string) => Result<T, string>) {
  return z.string().transform((text, context): T => {
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    context.addIssue(parsed.error);
    return z.NEVER;
  });
}
