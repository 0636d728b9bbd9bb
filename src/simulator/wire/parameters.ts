import { ok, type Result } from "../../std/result.ts";
import { invalidValue, refuse, unexpectedArgument, type ApiError } from "./api-error.ts";
import type { Parameter } from "./request-target.ts";

type Kind = "text" | "boolean" | { readonly least: number; readonly most: number };

/** The parameters that are not attributes; bounds from the reference ("return_timeout=<0..120 seconds>"). */
const reserved = {
  fields: "text",
  ignore_unknown_fields: "boolean",
  return_records: "boolean",
  return_timeout: { least: 0, most: 120 },
  max_records: { least: 1, most: 2 ** 31 - 1 },
  offset: { least: 0, most: 2 ** 31 - 1 },
  order_by: "text",
  pretty: "boolean",
  query: "text",
  query_fields: "text",
  continue_on_failure: "boolean",
  serial_records: "boolean",
  job_results_uuid: "text",
  add_initiator_addresses: "boolean",
  remove_initiator_addresses: "boolean",
} as const satisfies Record<string, Kind>;

export type ReservedName = keyof typeof reserved;

const isReserved = (name: string): name is ReservedName => Object.hasOwn(reserved, name);

/** Checked parameters: `values` by reserved name, `attributes` as they came, `start` the place to go on from. */
export interface Parameters {
  readonly values: ReadonlyMap<ReservedName, string>;
  readonly attributes: ReadonlyMap<string, string>;
  readonly start: ReadonlyMap<string, string>;
}

/**
 * Checks names and forms: no `=` is 262248, no value 262177 (but an empty `fields` counts as none), one name twice 262188, a bad boolean 262185, a number out
 * of bounds 262197, `query` outside GET 262277, a reserved name that this operation does not take 262179.
 */
export function readParameters(
  parameters: readonly Parameter[],
  allowed: readonly ReservedName[],
): Result<Parameters, ApiError> {
  const values = new Map<ReservedName, string>();
  const attributes = new Map<string, string>();
  const start = new Map<string, string>();
  const seen = new Set<string>();
  for (const parameter of parameters) {
    const name = parameter.name === "$orderBy" ? "order_by" : parameter.name;
    // Every Trident backend sends `fields=` to production arrays first, and gets what it would get without.
    if (name === "fields" && parameter.value === "" && allowed.includes(name)) continue;
    const value = checkForm(name, parameter.value);
    if (!value.ok) return value;
    if (seen.has(name)) {
      const message = `Field "${name}" was specified twice in the query.`;
      return refuse("262188", { message, target: name, values: [name] });
    }
    seen.add(name);
    if (name.startsWith("start.")) start.set(name.slice("start.".length), value.value);
    else if (!isReserved(name)) attributes.set(name, value.value);
    else if (allowed.includes(name)) values.set(name, value.value);
    else if (name === "query" || name === "query_fields") return refuse("262277", { target: name });
    else return unexpectedArgument(name);
  }
  return ok({ values, attributes, start });
}

function checkForm(name: string, value: string | undefined): Result<string, ApiError> {
  if (value === undefined) {
    const message = `The value "${name}" is missing an assignment operator.`;
    return refuse("262248", { message, target: name, values: [name] });
  }
  // Empty cross-field queries have codes of their own.
  if (value === "" && name !== "query" && name !== "query_fields") {
    return refuse("262177", { message: `Missing value for "${name}".`, target: name, values: [name] });
  }
  const kind: Kind = isReserved(name) ? reserved[name] : "text";
  if (kind === "boolean" && !/^(true|false)$/i.test(value)) {
    return refuse("262185", { message: `Invalid value: "${value}".`, target: name, values: [value] });
  }
  if (typeof kind === "object") {
    const number = /^[0-9]{1,10}$/.test(value) ? Number(value) : Number.NaN;
    const inBounds = number >= kind.least && number <= kind.most;
    if (!inBounds) return invalidValue(name, value, `${kind.least}..${kind.most}`);
  }
  return ok(value);
}

export function isTrue(parameters: Parameters, name: ReservedName, otherwise = false): boolean {
  const value = parameters.values.get(name);
  return value === undefined ? otherwise : value.toLowerCase() === "true";
}

export function numberOf(parameters: Parameters, name: ReservedName): number | undefined {
  const value = parameters.values.get(name);
  return value === undefined ? undefined : Number(value);
}
