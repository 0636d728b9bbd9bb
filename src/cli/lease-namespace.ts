import * as z from "zod";
import { leasesPath } from "../kube/paths.ts";
import type { KubeTransport } from "../kube/transport.ts";
import { err, ok, type Result } from "../std/result.ts";

/** Where `deploy/` installs the operator. */
export const installNamespace = "ontap-iscsi-operator";

const leaseList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ namespace: z.string(), name: z.string() }),
      spec: z.object({ holderIdentity: z.string().optional(), renewTime: z.string().optional() }).default({}),
    }),
  ),
});

export interface ListedLease {
  readonly namespace: string;
  readonly name: string;
  /** Empty if it was given back. */
  readonly holder: string;
  /** In epoch milliseconds by the holder's clock; NaN if it never was. */
  readonly renewedMs: number;
}

/** None of what is not a list of Leases. */
export function parseLeases(raw: unknown): readonly ListedLease[] {
  return (leaseList.safeParse(raw).data?.items ?? []).map(({ metadata, spec }) => ({
    ...metadata,
    holder: spec.holderIdentity ?? "",
    renewedMs: Date.parse(spec.renewTime ?? ""),
  }));
}

interface LeaseSearch {
  readonly name: string;
  /** Of the kubeconfig's context. */
  readonly ownNamespace: string;
  readonly nowMs: number;
}

/** A Lease that was renewed longer ago is one of a process that was killed; the clocks of two machines differ by less. */
const staleMs = 5 * 60_000;

/**
 * In which namespace a process that runs outside a pod stands for election, unless it is told. Where an operator of this cluster
 * holds the Lease already: so it waits instead of becoming a second writer. Else where `deploy/` installs one, which is also the
 * answer if Leases may not be listed or the API server is away. Where nothing is installed, in the kubeconfig's own.
 */
export async function findLeaseNamespace(
  transport: KubeTransport,
  { name, ownNamespace, nowMs }: LeaseSearch,
  signal: AbortSignal,
): Promise<Result<string, string>> {
  const reply = await transport.send(
    { method: "GET", path: leasesPath(), query: { fieldSelector: `metadata.name=${name}` } },
    signal,
  );
  const held = parseLeases(reply.ok ? reply.value : undefined).filter((lease) => isHeld(lease, nowMs));
  const namespaces = held.map(({ namespace }) => namespace);
  const [first, ...others] = namespaces;
  if (first === undefined) return ok((await isInstalled(transport, signal)) ? installNamespace : ownNamespace);
  if (others.length === 0) return ok(first);
  return err(
    `--lease-namespace: Lease ${name} is held in namespaces ${namespaces.toSorted().join(", ")}; name the one of the operator that serves the same objects, or delete the Lease of one that no longer runs`,
  );
}

/** Whether a process holds it that may still run. One that says no time is taken for one that does. */
export const isHeld = ({ holder, renewedMs }: ListedLease, nowMs: number): boolean =>
  holder !== "" && !(nowMs - renewedMs > staleMs);

async function isInstalled(transport: KubeTransport, signal: AbortSignal): Promise<boolean> {
  const reply = await transport.send({ method: "GET", path: `/api/v1/namespaces/${installNamespace}` }, signal);
  return reply.ok || reply.error.problem !== "not-found";
}
