import type { ObjectKey } from "../api/key.ts";
import type { IscsiCredential } from "../api/parse.ts";
import { readyOf } from "../api/verdict.ts";
import { connectionKeyOf } from "./references.ts";

/** How many credentials of one connection stand alike. */
export interface VerdictCount {
  /** Undefined for those whose connection does not exist, or whose spec names none that can be understood. */
  readonly connection: ObjectKey | undefined;
  readonly ready: string;
  readonly reason: string;
  readonly count: number;
}

/** Counts credentials by connection and Ready. As many rows as connections times reasons at most, however many objects. */
export function countVerdicts(
  credentials: Iterable<IscsiCredential>,
  exists: (connection: ObjectKey) => boolean,
): readonly VerdictCount[] {
  const rows = new Map<string, { -readonly [K in keyof VerdictCount]: VerdictCount[K] }>();
  for (const { spec, meta, status } of credentials) {
    const named = spec.ok ? connectionKeyOf(spec.value, meta.namespace) : undefined;
    const connection = named !== undefined && exists(named) ? named : undefined;
    const { status: ready, reason } = readyOf(status?.conditions);
    const identity = `${connection ?? ""} ${ready} ${reason}`;
    const row = rows.get(identity);
    if (row === undefined) rows.set(identity, { connection, ready, reason, count: 1 });
    else row.count += 1;
  }
  return [...rows.values()];
}
