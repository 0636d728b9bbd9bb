import { createArrayNetwork, type ArrayNetwork } from "./array.ts";
import { createChance, createVirtualClock, type Chance, type VirtualClock } from "./clock.ts";
import { createModelCluster, type ModelCluster } from "./kubernetes/cluster.ts";
import type { KubeObject } from "./kubernetes/object.ts";
import { startOperator, type OperatorOptions, type OperatorProcess } from "./operator.ts";
import { createSimulatedArray, type SimulatedArray } from "./simulated-array.ts";

/** A cluster, its arrays and the network between them, in memory and in virtual time, from one seed. */
export interface ModelWorld {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly cluster: ModelCluster;
  readonly arrays: ArrayNetwork;
  /** An array at these endpoints, with svm1 and svm2. */
  addArray(...endpoints: readonly string[]): SimulatedArray;
  start(options: OperatorOptions): OperatorProcess;
}

export interface WorldOptions {
  readonly seed: number;
  readonly kubeLatencyMs?: { readonly from: number; readonly to: number };
  readonly watchLagMs?: { readonly from: number; readonly to: number };
  readonly arrayLatencyMs?: { readonly from: number; readonly to: number };
}

export const arrayLogin = { user: "k8s", password: "array-login-canary" } as const;

export function createModelWorld({
  seed,
  kubeLatencyMs = { from: 1, to: 8 },
  watchLagMs = { from: 1, to: 20 },
  arrayLatencyMs = { from: 2, to: 20 },
}: WorldOptions): ModelWorld {
  const clock = createVirtualClock();
  const chance = createChance(seed);
  const cluster = createModelCluster({ clock, chance: chance.fork(), latencyMs: kubeLatencyMs, watchLagMs });
  const arrays = createArrayNetwork({ clock, chance: chance.fork(), latencyMs: arrayLatencyMs });
  let count = 0;
  return {
    clock,
    chance,
    cluster,
    arrays,
    addArray(...endpoints) {
      const array = createSimulatedArray({ clock, seed: ++count, svms: ["svm1", "svm2"], login: arrayLogin });
      for (const endpoint of endpoints) arrays.listen(endpoint, array);
      return array;
    },
    start: (options) => startOperator({ clock, chance, cluster, arrays }, options),
  };
}

/** A manifest of one of our kinds. */
export const manifest = (kind: string, namespace: string, name: string, rest: object): KubeObject => ({
  apiVersion: kind === "Secret" || kind === "ConfigMap" ? "v1" : "ontap-iscsi.dev/v1alpha1",
  kind,
  metadata: { name, namespace },
  ...rest,
});
