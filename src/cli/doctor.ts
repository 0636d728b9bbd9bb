import { parseArgs } from "node:util";
import { iscsiCredentialKind, kinds, ontapConnectionKind } from "../api/kinds.ts";
import { parseIscsiCredential, parseOntapConnection } from "../api/parse.ts";
import { groupPath, leasesPath } from "../kube/paths.ts";
import { systemClock as clock } from "../std/clock.ts";
import { atDesk, type Desk } from "./desk.ts";
import { diagnose, type ClusterFacts, type Finding } from "./diagnosis.ts";
import type { CommandIo } from "./io.ts";
import { installNamespace, parseLeases } from "./lease-namespace.ts";
import { namespacesHelp, namespacesIn } from "./namespace-list.ts";
import { usageErrorOf } from "./usage.ts";

export const doctorHelp = `ontap-iscsi-operator doctor [--namespaces NAMES] [--lease-namespace NAME]

Looks at the operator, its connections and credentials in the cluster, and says what is wrong and what to do. It asks the API
server only, and changes nothing. Exit codes: 0 when all is well, 1 when something is wrong, 2 when it could not look.

${namespacesHelp}
  --lease-namespace NAME
                      where the operator is installed; default anywhere, and ${installNamespace} with --namespaces
  -h, --help          this text`;

/** Where to look; undefined: everywhere. */
interface Wanted {
  readonly namespaces: readonly string[] | undefined;
  readonly leaseNamespace: string | undefined;
}

/** Resolves to the exit code. */
export async function doctorCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const wanted = parseWanted(args);
  if (wanted === "help") {
    io.out(doctorHelp);
    return 0;
  }
  const complain = (message: string): void => io.err(`ontap-iscsi-operator doctor: ${message}`);
  if (typeof wanted === "string") {
    complain(wanted);
    return 2;
  }
  return atDesk({ env: process.env, clock, signal: io.signal, complain }, async (desk) => {
    const findings = diagnose(await factsIn(desk, wanted));
    for (const finding of findings) io.out(lineOf(finding));
    return findings.some(({ wrong }) => wrong) ? 1 : 0;
  });
}

/** "help", a sentence about what is wrong with the arguments, or what is wanted. */
function parseWanted(args: readonly string[]): Wanted | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        namespaces: { type: "string" },
        "lease-namespace": { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help === true) return "help";
    const namespaces = namespacesIn(values.namespaces);
    const leaseNamespace = values["lease-namespace"] ?? (namespaces === undefined ? undefined : installNamespace);
    return { namespaces, leaseNamespace };
  } catch (error) {
    return usageErrorOf("doctor", error);
  }
}

async function factsIn(desk: Desk, { namespaces, leaseNamespace }: Wanted): Promise<ClusterFacts> {
  const version = (await desk.send({ method: "GET", path: "/version" })) as { readonly gitVersion?: string };
  const served = await servedKinds(desk);
  const leases = await desk.find({ method: "GET", path: leasesPath(leaseNamespace) });
  return {
    nowMs: clock.now(),
    version: version.gitVersion ?? "unknown",
    missingKinds: kinds.map(({ kind }) => kind).filter((kind) => !served.has(kind)),
    leases: parseLeases(leases).filter(({ name }) => /^ontap-iscsi-operator(-|$)/.test(name)),
    connections: (await desk.list(ontapConnectionKind, namespaces)).flatMap((raw) => parseOntapConnection(raw) ?? []),
    credentials: (await desk.list(iscsiCredentialKind, namespaces)).flatMap((raw) => parseIscsiCredential(raw) ?? []),
  };
}

/** As the API server tells everyone, also a person who may list a single namespace only. */
async function servedKinds(desk: Desk): Promise<ReadonlySet<string>> {
  const found = (await desk.find({ method: "GET", path: groupPath })) as
    | { readonly resources?: readonly { readonly kind: string }[] }
    | undefined;
  return new Set(found?.resources?.map(({ kind }) => kind));
}

const lineOf = ({ wrong, what, fix }: Finding): string =>
  `${wrong ? "[-]" : "[+]"} ${what}${fix === undefined ? "" : `\n      ${fix}`}`;
