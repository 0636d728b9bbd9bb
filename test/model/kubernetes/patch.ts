import { err, ok, type Result } from "../../../src/std/result.ts";

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** RFC 7386: objects are merged, null removes, anything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Json = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}

export interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

/** RFC 6902, as far as the operator uses it: add, replace, remove and test of members of objects. */
export function jsonPatch(target: object, operations: readonly PatchOperation[]): Result<unknown, string> {
  let patched: Result<unknown, string> = ok(target);
  for (const operation of operations) {
    if (!patched.ok) break;
    const path = operation.path.split("/").slice(1).map(unescape);
    patched = applyAt(patched.value, path, operation);
  }
  return patched;
}

function applyAt(
  target: unknown,
  [name, ...rest]: readonly string[],
  operation: PatchOperation,
): Result<unknown, string> {
  if (name === undefined || !isObject(target)) return err(`${operation.path} is not a member of an object`);
  if (rest.length > 0) {
    const inner = applyAt(target[name], rest, operation);
    return inner.ok ? ok({ ...target, [name]: inner.value }) : inner;
  }
  if (operation.op !== "add" && !(name in target)) return err(`${operation.path} does not exist`);
  switch (operation.op) {
    case "add":
    case "replace":
      return ok({ ...target, [name]: operation.value });
    case "remove": {
      const { [name]: _removed, ...others } = target;
      return ok(others);
    }
    case "test": {
      const equal = JSON.stringify(target[name]) === JSON.stringify(operation.value);
      return equal ? ok(target) : err(`${operation.path} has another value`);
    }
    default:
      return err(`${operation.op} is not modelled`);
  }
}

const unescape = (part: string): string => part.replaceAll("~1", "/").replaceAll("~0", "~");
