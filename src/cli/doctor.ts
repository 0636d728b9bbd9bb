import { parseArgs } from "node:util";
import { iscsiCredentialKind, ontapConnectionKind } from "../api/kinds.ts";
import { parseIscsiCredential, parseOntapConnection } from "../api/parse.ts";
import { systemClock as clock } from "../std/clock.ts";
import { atDesk, type Desk } from "./desk.ts";
import { diagnose, type ClusterFacts, type Finding } from "./diagnosis.ts";
import type { CommandIo } from "./io.ts";
import { parseLeases } from "./lease-namespace.ts";
import { usageErrorOf } from "./usage.ts";

export const doctorHelp = `ontap-iscsi-operator doctor

Looks at the operator, its connections and credentials in the cluster, and says what is wrong and what to do. It asks the API
server only, and changes nothing. Exit codes: 0 when all is well, 1 when something is wrong, 2 when it could not look.

  -h, --help          this text`;

/** Resolves to the exit code. */
export async function doctorCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const complain = (message: string): void => io.err(`ontap-iscsi-operator doctor: ${message}`);
  try {
    const options = { help: { type: "boolean", short: "h" } } as const;
    if (parseArgs({ args: [...args], options }).values.help === true) {
      io.out(doctorHelp);
      return 0;
    }
  } catch (error) {
    complain(usageErrorOf("doctor", error));
    return 2;
  }
  return atDesk({ env: process.env, clock, signal: io.signal, complain }, async (desk) => {
    const findings = diagnose(await factsIn(desk));
    for (const finding of findings) io.out(lineOf(finding));
    return findings.some(({ wrong }) => wrong) ? 1 : 0;
  });
}

async function factsIn(desk: Desk): Promise<ClusterFacts> {
  const version = (await desk.send({ method: "GET", path: "/version" })) as { readonly gitVersion?: string };
  const definition = (plural: string): Promise<unknown> =>
    desk.find({ method: "GET", path: `/apis/ontap-iscsi.dev/v1alpha1/${plural}`, query: { limit: "1" } });
  const kinds = [iscsiCredentialKind, ontapConnectionKind];
  const served = await Promise.all(kinds.map(async (kind) => (await definition(kind.plural)) !== undefined));
  const leases = await desk.find({ method: "GET", path: "/apis/coordination.k8s.io/v1/leases" });
  return {
    nowMs: clock.now(),
    version: version.gitVersion ?? "unknown",
    missingKinds: kinds.filter((_, index) => served[index] === false).map(({ kind }) => kind),
    leases: parseLeases(leases).filter(({ name }) => /^ontap-iscsi-operator(-|$)/.test(name)),
    connections: (await desk.list(ontapConnectionKind)).flatMap((raw) => parseOntapConnection(raw) ?? []),
    credentials: (await desk.list(iscsiCredentialKind)).flatMap((raw) => parseIscsiCredential(raw) ?? []),
  };
}

const lineOf = ({ wrong, what, fix }: Finding): string =>
  `${wrong ? "[-]" : "[+]"} ${what}${fix === undefined ? "" : `\n      ${fix}`}`;
