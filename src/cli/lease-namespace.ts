import * as z from "zod";
import type { KubeTransport } from "../kube/transport.ts";
import { err, ok, type Result } from "../std/result.ts";

/** Where `deploy/` installs the operator. */
export const installNamespace = "ontap-iscsi-operator";

const leases = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ namespace: z.string() }),
      spec: z.object({ holderIdentity: z.string().optional(), renewTime: z.string().optional() }).default({}),
    }),
  ),
});
type Listed = z.output<typeof leases>["items"][number];

/** A Lease that was renewed longer ago is one of a process that was killed; the clocks of two machines differ by less. */
const staleMs = 5 * 60_000;

/**
 * In which namespace a process that runs outside a pod stands for election, unless it is told: where an operator of this cluster
 * holds the Lease already, so that it waits instead of becoming a second writer; else where `deploy/` would put one, which is
 * also the answer if Leases may not be listed or the API server is away.
 */
export async function findLeaseNamespace(
  transport: KubeTransport,
  name: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<Result<string, string>> {
  const path = "/apis/coordination.k8s.io/v1/leases";
  const reply = await transport.send(
    { method: "GET", path, query: { fieldSelector: `metadata.name=${name}` } },
    signal,
  );
  const read = leases.safeParse(reply.ok ? reply.value : undefined);
  const held = (read.data?.items ?? []).filter(({ spec }) => isHeld(spec, nowMs));
  const namespaces = held.map(({ metadata }) => metadata.namespace);
  const [first = installNamespace, ...others] = namespaces;
  if (others.length === 0) return ok(first);
  return err(
    `--lease-namespace: Lease ${name} is held in namespaces ${namespaces.toSorted().join(", ")}; name the one of the operator that serves the same objects, or delete the Lease of one that no longer runs`,
  );
}

function isHeld({ holderIdentity = "", renewTime }: Listed["spec"], nowMs: number): boolean {
  const renewedMs = renewTime === undefined ? Number.NaN : Date.parse(renewTime);
  return holderIdentity !== "" && !(nowMs - renewedMs > staleMs);
}
