import { type ChartValues, defaults } from "../chart/values.ts";
import { type Fields, fromValues, type Slot, type Tree, value } from "./tree.ts";

/** The paths of a chart's values: `replicas`, `image.pullPolicy`. */
type PathOf<T> = {
  [K in keyof T & string]: T[K] extends readonly unknown[] ? K : T[K] extends object ? K | `${K}.${PathOf<T[K]>}` : K;
}[keyof T & string];

/** What a chart takes from the value at `path`, and a plain manifest from that value's default. */
export function fromChart(path: PathOf<ChartValues>): Slot {
  const found = path.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], defaults) as Tree;
  const expression = `$.Values.${path}`;
  if (typeof found === "object") return fromValues(expression, found as Fields | readonly Tree[]);
  return value(found, `{{ ${expression} }}`);
}
