import { apiGroup, apiVersion } from "../api/fields.ts";
import { fieldPaths } from "../api/field-paths.ts";
import { kinds, type Kind } from "../api/kinds.ts";
import type { Log } from "../std/log.ts";
import type { KubeTransport } from "./transport.ts";

/** How the definition of a kind that the API server has differs from the one that belongs to this version. */
export interface DefinitionDifference {
  /** Fields that the API server drops from whatever is written: those inside another one of these are left out. */
  readonly missing: readonly string[];
  /** Fields of `spec` that people can declare, and that this version passes over. */
  readonly unknown: readonly string[];
}

/**
 * Compares the definitions that the API server serves with those of this version, and says in the log which file to apply.
 * It asks for what every client may read (ClusterRole system:discovery), so it needs no rule of its own. One try: what the
 * API server does not answer changes nothing for the operator.
 */
export async function compareDefinitions(
  { transport, log }: { readonly transport: KubeTransport; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  const published = await transport.send({ method: "GET", path: publishedPath }, signal);
  if (!published.ok) {
    const { problem, message } = published.error;
    log.debug({ problem, message }, "the installed definitions could not be compared");
    return;
  }
  for (const kind of kinds) {
    const difference = differenceOf(published.value, kind);
    if (difference === undefined) continue;
    const { missing, unknown } = difference;
    const file = `crds/${kind.plural}.yaml`;
    if (missing.length > 0) {
      log.warn(
        { kind: kind.kind, fields: missing, file },
        "the installed definition is older than this operator, and these fields are dropped; apply the file of this version, or upgrade the chart of the definitions",
      );
    }
    if (unknown.length > 0) {
      log.warn(
        { kind: kind.kind, fields: unknown },
        "the installed definition is newer than this operator, which passes over these fields; upgrade the operator",
      );
    }
  }
}

const publishedPath = `/openapi/v3/apis/${apiGroup}/${apiVersion}`;

/** Undefined if nothing differs, or if the document does not have the kind: then its watch says so. */
export function differenceOf(published: unknown, { kind }: Kind): DefinitionDifference | undefined {
  const schema = Object.values(recordOf(at(published, "components", "schemas"))).find((candidate) => {
    const names = at(candidate, "x-kubernetes-group-version-kind");
    return Array.isArray(names) && names.some((name) => at(name, "kind") === kind && at(name, "group") === apiGroup);
  });
  if (schema === undefined) return undefined;
  const installed = new Set(
    (["spec", "status"] as const).flatMap((part) => below(at(schema, "properties", part), part)),
  );
  const own = new Set<string>(fieldPaths[kind as keyof typeof fieldPaths]);
  const missing = outermost([...own].filter((path) => !installed.has(path)));
  const unknown = outermost([...installed].filter((path) => path.startsWith("spec.") && !own.has(path)));
  return missing.length + unknown.length === 0 ? undefined : { missing, unknown };
}

function below(schema: unknown, path: string): readonly string[] {
  const items = at(schema, "items");
  if (items !== undefined) return below(items, `${path}[]`);
  return Object.entries(recordOf(at(schema, "properties"))).flatMap(([name, field]) => {
    const here = `${path}.${name}`;
    return [here, ...below(field, here)];
  });
}

const outermost = (paths: readonly string[]): readonly string[] =>
  paths.filter((path) => !paths.some((other) => path.startsWith(`${other}.`) || path.startsWith(`${other}[]`)));

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => recordOf(inner)[name], value);
