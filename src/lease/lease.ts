import * as z from "zod";
import { objectMeta } from "../api/fields.ts";
import { keyOf, type ObjectKey } from "../api/key.ts";
import type { RawObject } from "../kube/watch-events.ts";
import { microTime } from "../kube/writes.ts";

/** A Lease of coordination.k8s.io/v1 as read. */
export interface Lease {
  readonly key: ObjectKey;
  readonly meta: { readonly uid: string; readonly resourceVersion: string };
  /** Empty when it was released. */
  readonly holder: string;
  /** How long it is held after each renewal. */
  readonly durationMs: number;
  readonly transitions: number;
  /** Changes with every renewal, and with nothing else: labels and the like do not prolong a Lease. */
  readonly record: string;
  /** The whole object, so that a write keeps what is not ours to change. */
  readonly raw: RawObject;
}

const leaseSpec = z.object({
  holderIdentity: z.string().default(""),
  leaseDurationSeconds: z.number().default(0),
  leaseTransitions: z.number().default(0),
});

/** Undefined for what is not a Lease. */
export function parseLease(raw: RawObject): Lease | undefined {
  const meta = objectMeta.safeParse(raw["metadata"]);
  const spec = leaseSpec.safeParse(raw["spec"] ?? {});
  if (!meta.success || !spec.success) return undefined;
  return {
    key: keyOf(meta.data),
    meta: meta.data,
    holder: spec.data.holderIdentity,
    durationMs: spec.data.leaseDurationSeconds * 1000,
    transitions: spec.data.leaseTransitions,
    record: JSON.stringify(raw["spec"] ?? {}),
    raw,
  };
}

/** A Lease that was never held before. */
export function newLease(namespace: string, name: string, holder: string, durationMs: number, nowMs: number): object {
  const time = microTime(nowMs);
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: durationMs / 1000,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: 0,
    },
  };
}

/** The Lease held by `holder` from now on: renewed, or taken over. */
export function heldLease({ raw, ...before }: Lease, holder: string, durationMs: number, nowMs: number): object {
  const time = microTime(nowMs);
  const change =
    before.holder === holder
      ? {}
      : { holderIdentity: holder, acquireTime: time, leaseTransitions: before.transitions + 1 };
  return withSpec(raw, { ...change, leaseDurationSeconds: durationMs / 1000, renewTime: time });
}

/** As client-go releases it: no holder, and one second for a client that does not look at the holder. */
export function releasedLease({ raw }: Lease, nowMs: number): object {
  return withSpec(raw, { holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime(nowMs) });
}

const withSpec = (raw: RawObject, change: object): object => ({
  ...raw,
  spec: { ...(raw["spec"] as object | undefined), ...change },
});
