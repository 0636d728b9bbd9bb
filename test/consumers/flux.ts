import type { KubeObject } from "../../tools/harness/cluster.ts";
import { conditionIn, conditionsOf, statusOf } from "./status-of.ts";

/** Negative conditions, the weightiest first: Ready tells the first of them that is True. */
const negative = ["Stalled", "Conflicted", "Reconciling"];

/**
 * What fluxcd/pkg:runtime/conditions/check would fail, in words. The checker for objects in progress lets Ready be Unknown;
 * the full one, for objects that a controller has looked at, does not.
 */
export function fluxFaultsOf(object: KubeObject): readonly string[] {
  const { generation = 0 } = object.metadata;
  const { observedGeneration = 0 } = statusOf(object);
  const ready = conditionIn(object, "Ready");
  if (ready === undefined) return ["Ready is absent"];
  const seen = observedGeneration !== -1;
  const truths = negative.map((type) => conditionIn(object, type)).filter((condition) => condition !== undefined);
  const [first] = truths;
  const rules: Readonly<Record<string, boolean>> = {
    "a negative condition is there and not True": truths.every(({ status }) => status === "True"),
    "Reconciling and Stalled are both there":
      conditionIn(object, "Reconciling") === undefined || conditionIn(object, "Stalled") === undefined,
    "Ready is not False beside a negative condition": first === undefined || ready.status === "False",
    "Ready does not tell the first negative condition":
      first === undefined || (ready.reason === first.reason && ready.message === first.message),
    "Ready is Unknown although a controller has looked": !seen || ready.status !== "Unknown",
    "observedGeneration is above generation": observedGeneration <= generation,
    "Ready is True for an old generation": ready.status !== "True" || observedGeneration === generation,
    "a condition observed another generation than the root": conditionsOf(object).every(
      (condition) => !seen || condition.observedGeneration === observedGeneration,
    ),
  };
  return Object.keys(rules).filter((fault) => rules[fault] === false);
}
