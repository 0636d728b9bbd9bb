import { iscsiCredentialKind, ontapConnectionKind } from "../api/kinds.ts";
import { keyOf, type NamespacedName } from "../api/key.ts";
import { parseIscsiCredential, parseOntapConnection } from "../api/parse.ts";
import type { DataKind, DataReader } from "../api/ports.ts";
import { describeFailure, type ArrayFailure } from "../array/failure.ts";
import type { ArrayCredential } from "../array/credential.ts";
import type { OntapArray } from "../array/port.ts";
import { readAccess } from "../connection/access.ts";
import { createLogins } from "../connection/logins.ts";
import { meaningOfFailure } from "../connection/meaning.ts";
import type { ConnectionPolicy } from "../connection/policy.ts";
import { createDataCache } from "../kube/data-reader.ts";
import { objectPath } from "../kube/paths.ts";
import { createOpenArray } from "../ontap/open-array.ts";
import { createOpenTransport } from "../ontap/transport.ts";
import type { Clock } from "../std/clock.ts";
import { readOnly } from "../std/fence.ts";
import { formatIp } from "../std/ip.ts";
import type { Result } from "../std/result.ts";
import { version } from "../version.ts";
import { DeskError, type Desk } from "./desk.ts";
import type { FoundCredential } from "./import-manifests.ts";

/** Opens the array of an OntapConnection as the operator would, but for reading only. Throws a DeskError that says what is missing. */
export async function openConnected(
  desk: Desk,
  connection: NamespacedName,
  clock: Clock,
  signal: AbortSignal,
): Promise<OntapArray> {
  const path = objectPath(ontapConnectionKind, keyOf(connection));
  const object = parseOntapConnection(await desk.find({ method: "GET", path }));
  const title = `OntapConnection ${connection.namespace}/${connection.name}`;
  if (object === undefined) throw new DeskError(`${title} does not exist; create it and its login Secret first`);
  if (!object.spec.ok) throw new DeskError(`${title}: ${object.spec.error.join("; ")}`);
  const readers = { Secret: readerOf("Secret", desk, clock), ConfigMap: readerOf("ConfigMap", desk, clock) };
  const logins = createLogins({ clock, onVerdict: () => undefined });
  const deps = { readers, logins, policy: anything, namespaceLabels: () => ({}) };
  const read = await readAccess(object.spec.value, connection.namespace, deps, signal);
  if (!read.ok) throw new DeskError(`${title}: ${meaningOfFailure(read.error).verdict.message}`);
  const openTransport = createOpenTransport({ clock, version, instance: "cli", fence: readOnly });
  return createOpenArray({ clock, openTransport })(read.value.settings, { called: () => undefined });
}

/** The flags of the operator bind the operator. A person at a desk reads with their own rights. */
const anything: ConnectionPolicy = {
  allowedEndpoints: () => true,
  mayOwnConnections: () => true,
  forbidInsecureTls: false,
};

/** A command reads once, and watches nothing. */
const readerOf = (kind: DataKind, { transport }: Desk, clock: Clock): DataReader =>
  createDataCache({
    kind,
    transport,
    clock,
    isReferenced: () => true,
    referenced: () => [],
    onChange: () => undefined,
  });

export interface FoundCredentials {
  readonly found: readonly FoundCredential[];
  /** `svm initiator` of those that no manifest can describe, because a field of them is missing or unknown here. */
  readonly unreadable: readonly string[];
}

/** Every credential of every SVM that the login sees and `wanted` names, `default` among them. */
export async function credentialsOn(
  array: OntapArray,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<FoundCredentials> {
  const { svms } = valueOf(await array.svms(signal));
  const missing = wanted.find((name) => !svms.some((svm) => svm.name === name));
  if (missing !== undefined) {
    const seen = svms.map(({ name }) => name).toSorted();
    throw new DeskError(`--svm: the login sees no SVM ${missing}, only ${seen.join(", ")}`);
  }
  const found: FoundCredential[] = [];
  const unreadable: string[] = [];
  for (const { uuid, name } of svms) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const { credentials: held } = valueOf(await array.credentials(uuid, signal));
    for (const [initiator, credential] of held) {
      const described = foundOn(name, initiator, credential);
      if (described === undefined) unreadable.push(`${name} ${initiator}`);
      else found.push(described);
    }
  }
  return { found: found.toSorted((a, b) => (a.svm + a.initiator < b.svm + b.initiator ? -1 : 1)), unreadable };
}

function valueOf<T>(result: Result<T, ArrayFailure>): T {
  if (result.ok) return result.value;
  throw new DeskError(describeFailure(result.error));
}

function foundOn(
  svm: string,
  initiator: string,
  { authenticationType, inboundUser, outboundUser, addresses, unreadable }: ArrayCredential,
): FoundCredential | undefined {
  if (authenticationType === undefined || addresses === undefined || unreadable.length > 0) return undefined;
  const ranges = addresses.ranges.map(({ family, first, last }) => ({
    start: formatIp({ family, value: first }),
    end: formatIp({ family, value: last }),
  }));
  return { svm, initiator, authenticationType, inboundUser, outboundUser, ranges };
}

/** `svm initiator` of every credential that an object of the cluster, or of these namespaces, declares already. */
export async function declaredIn(desk: Desk, namespaces: readonly string[] | undefined): Promise<ReadonlySet<string>> {
  const objects = (await desk.list(iscsiCredentialKind, namespaces)).flatMap((raw) => parseIscsiCredential(raw) ?? []);
  return new Set(
    objects.flatMap(({ spec, status }) => {
      if (!spec.ok) return [];
      const { svm, initiator } = spec.value;
      return `${status?.svm?.name ?? svm.name ?? ""} ${initiator.toLowerCase()}`;
    }),
  );
}
