import { parseArgs } from "node:util";
import { iscsiCredentialKind, ontapConnectionKind, type Kind } from "../api/kinds.ts";
import type { ObjectKey } from "../api/key.ts";
import {
  parseIscsiCredential,
  parseOntapConnection,
  type IscsiCredential,
  type OntapConnection,
} from "../api/parse.ts";
import { readyOf } from "../api/verdict.ts";
import { systemClock as clock } from "../std/clock.ts";
import { atDesk, type Desk } from "./desk.ts";
import { deskWrites, isOurs } from "./desk-writes.ts";
import type { CommandIo } from "./io.ts";
import { namespacesHelp, namespacesIn } from "./namespace-list.ts";
import { usageErrorOf } from "./usage.ts";

export const uninstallHelp = `ontap-iscsi-operator uninstall --retain|--delete [--dry-run] [--namespaces NAMES]
ontap-iscsi-operator uninstall --retain --release [--namespaces NAMES]
ontap-iscsi-operator uninstall --check [--namespaces NAMES]

Deletes every IscsiCredential and then every OntapConnection of the cluster, while the operator still runs: it takes its
finalizers off. Afterwards the operator and the definitions can be deleted. A tool that applies objects from Git brings
them back: stop it first.

  --retain            leave everything on the arrays as it is
  --delete            do what the deletionPolicy of each object says
  --release           with --retain: take the operator's finalizers off here, for when no operator runs any more
  --dry-run           say what would become of each credential, and change nothing
  --check             exit 1 while objects have a finalizer that only a running operator takes off, and name them
${namespacesHelp}
  -h, --help          this text`;

interface Wanted {
  readonly check: boolean;
  readonly retain: boolean;
  readonly release: boolean;
  readonly dryRun: boolean;
  /** Undefined: the whole cluster. */
  readonly namespaces: readonly string[] | undefined;
}

/** If no object goes for so long, no operator takes finalizers off. */
const patienceMs = 30_000;
const lookEveryMs = 500;

/** Resolves to the exit code: 0 when all are gone, 1 when some stay, 2 for a bad flag or a cluster that refuses. */
export async function uninstallCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const wanted = parseWanted(args);
  if (wanted === "help") {
    io.out(uninstallHelp);
    return 0;
  }
  const complain = (message: string): void => io.err(`ontap-iscsi-operator uninstall: ${message}`);
  if (typeof wanted === "string") {
    complain(wanted);
    return 2;
  }
  return atDesk({ env: process.env, clock, signal: io.signal, complain }, async (desk) => {
    if (wanted.check) return check(desk, wanted, io);
    const { namespaces } = wanted;
    const credentials = await credentialsIn(desk, namespaces);
    for (const credential of credentials) io.out(lineOf(credential, wanted));
    for (const { key } of await connectionsIn(desk, namespaces)) io.out(`OntapConnection ${key}`);
    if (wanted.dryRun) return 0;
    const gone =
      (await removeAll(desk, iscsiCredentialKind, wanted, io, () => credentialsIn(desk, namespaces))) &&
      (await removeAll(desk, ontapConnectionKind, wanted, io, () => connectionsIn(desk, namespaces)));
    if (!gone) return 1;
    io.out(
      namespaces === undefined
        ? "All are gone. Now delete the operator, then its definitions: kubectl delete -k deploy && kubectl delete -k crds"
        : "All are gone. Now take the namespaces out of the operator's --namespaces, then delete its Roles there.",
    );
    return 0;
  });
}

/** "help", a sentence about what is wrong with the arguments, or what is wanted. */
function parseWanted(args: readonly string[]): Wanted | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        check: { type: "boolean", default: false },
        retain: { type: "boolean", default: false },
        delete: { type: "boolean", default: false },
        release: { type: "boolean", default: false },
        "dry-run": { type: "boolean", default: false },
        namespaces: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help === true) return "help";
    const help = "see ontap-iscsi-operator uninstall --help";
    const { check, retain, release, "dry-run": dryRun } = values;
    const namespaces = namespacesIn(values.namespaces);
    if (check) {
      if (retain || release || dryRun || values.delete) return `--check changes nothing and stands alone; ${help}`;
      return { check, retain, release, dryRun, namespaces };
    }
    if (retain === values.delete) return `give one of --retain and --delete; ${help}`;
    if (release && !retain) return `--release needs --retain: it writes to no array; ${help}`;
    return { check, retain, release, dryRun, namespaces };
  } catch (error) {
    return usageErrorOf("uninstall", error);
  }
}

type Listed = IscsiCredential | OntapConnection;

const credentialsIn = async (desk: Desk, namespaces: Wanted["namespaces"]): Promise<readonly IscsiCredential[]> =>
  (await desk.list(iscsiCredentialKind, namespaces)).flatMap((raw) => parseIscsiCredential(raw) ?? []);

const connectionsIn = async (desk: Desk, namespaces: Wanted["namespaces"]): Promise<readonly OntapConnection[]> =>
  (await desk.list(ontapConnectionKind, namespaces)).flatMap((raw) => parseOntapConnection(raw) ?? []);

function lineOf({ key, spec, status }: IscsiCredential, { retain }: Wanted): string {
  if (!spec.ok) return `IscsiCredential ${key}: its spec is invalid; the array is left as it is`;
  const { initiator, mode, deletionPolicy } = spec.value;
  const svm = status?.svm?.name ?? spec.value.svm.name ?? spec.value.svm.uuid ?? "";
  const policy = retain || mode === "Plan" ? "Retain" : deletionPolicy;
  return `IscsiCredential ${key}: ${initiator} on ${svm} ${ends[policy]}`;
}

const ends = {
  Retain: "stays on the array as it is",
  Delete: "is deleted from the array, and falls back to the SVM's default credential",
  Deny: "stays on the array with type deny",
} as const;

/** The log of the Job that runs this is read by a person. */
const mostListed = 20;

/** Names the objects that could not be deleted without an operator; resolves to the exit code. */
async function check(desk: Desk, { namespaces }: Wanted, io: CommandIo): Promise<number> {
  const held = [
    ...(await credentialsIn(desk, namespaces)).filter(isHeld).map(({ key }) => `${iscsiCredentialKind.kind} ${key}`),
    ...(await connectionsIn(desk, namespaces)).filter(isHeld).map(({ key }) => `${ontapConnectionKind.kind} ${key}`),
  ];
  if (held.length === 0) return 0;
  for (const name of held.slice(0, mostListed)) io.err(`${name} has a finalizer of the operator`);
  if (held.length > mostListed) io.err(`and ${held.length - mostListed} more`);
  io.err("Without an operator they cannot be deleted. Delete them first: uninstall --retain, or uninstall --delete.");
  return 1;
}

const isHeld = ({ meta }: Listed): boolean => meta.finalizers.some(isOurs);

/** Deletes all of a kind and waits until they are gone; false when some stay. */
async function removeAll(
  desk: Desk,
  kind: Kind,
  { retain, release }: Wanted,
  io: CommandIo,
  list: () => Promise<readonly Listed[]>,
): Promise<boolean> {
  for (const object of await list()) {
    const { key, meta } = object;
    if (retain && kind === iscsiCredentialKind && !isRetained(object)) await desk.find(deskWrites.retain(kind, key));
    if (meta.deletionTimestamp === undefined) await desk.find(deskWrites.remove(kind, key));
  }
  let left = await list();
  for (let progressMs = clock.monotonic(); left.length > 0;) {
    if (release) await releaseAll(desk, kind, left);
    else await clock.sleep(lookEveryMs, io.signal);
    const now = await list();
    if (now.length < left.length) progressMs = clock.monotonic();
    left = now;
    if (clock.monotonic() - progressMs > patienceMs) {
      for (const object of left) io.err(whyStill(kind, object));
      io.err(hint(retain));
      return false;
    }
  }
  return true;
}

const isRetained = ({ spec }: Listed): boolean =>
  spec.ok && "deletionPolicy" in spec.value && spec.value.deletionPolicy === "Retain";

async function releaseAll(desk: Desk, kind: Kind, objects: readonly Listed[]): Promise<void> {
  for (const { key, meta } of objects) {
    await desk.find(deskWrites.release(kind, key, meta.finalizers, meta.resourceVersion));
  }
}

function whyStill(
  { kind }: Kind,
  { key, status }: { readonly key: ObjectKey; readonly status: Listed["status"] },
): string {
  const { reason, message } = readyOf(status?.conditions);
  return `${kind} ${key} is still there: ${reason}: ${message}`;
}

const hint = (retain: boolean): string =>
  retain
    ? "If no operator runs any more, run this again with --retain --release."
    : "See that the operator runs and reaches its arrays, and run this again; or leave the arrays as they are: --retain.";
