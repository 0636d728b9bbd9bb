import type { KubeObject } from "../../tools/harness/cluster.ts";

/** A condition as any tool reads it. */
export interface ReadCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

export interface ReadStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly ReadCondition[];
  readonly history?: readonly object[];
}

export const statusOf = ({ status }: KubeObject): ReadStatus => status ?? {};

export const conditionsOf = (object: KubeObject): readonly ReadCondition[] => statusOf(object).conditions ?? [];

export const conditionIn = (object: KubeObject, type: string): ReadCondition | undefined =>
  conditionsOf(object).find((condition) => condition.type === type);
