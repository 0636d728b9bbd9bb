import { ok, type Result } from "../../std/result.ts";
import { refuse, type ApiError } from "../wire/api-error.ts";
import type { JsonObject } from "../wire/json.ts";
import { fieldOf } from "./filter.ts";
import { comparing, valuesAt, type Resource } from "./resource.ts";

type Comparison = (a: JsonObject, b: JsonObject) => number;

/** Reads `order_by`: `field [asc|desc],...`; what cannot be ordered by is 262268. Unset values come first. */
export function readOrder(text: string, resource: Resource): Result<Comparison, ApiError> {
  const comparisons: Comparison[] = [];
  for (const part of text.split(",")) {
    const [name = "", direction = "asc", ...rest] = part.trim().split(/\s+/);
    const field = fieldOf(resource, name);
    if (field === undefined || field.kind === "secret" || !/^(asc|desc)$/i.test(direction) || rest.length > 0) {
      const message = `The field "${name}" is not supported as an order_by= field.`;
      return refuse("262268", { message, target: "order_by", values: [name] });
    }
    const compare = comparing(field);
    const sign = direction.toLowerCase() === "desc" ? -1 : 1;
    comparisons.push((a, b) => {
      return sign * compare(valuesAt(a, name)[0] ?? "", valuesAt(b, name)[0] ?? "");
    });
  }
  return ok((a, b) => {
    for (const compare of comparisons) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return 0;
  });
}
