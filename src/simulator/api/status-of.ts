import type { Dialect } from "../model/dialect.ts";
import { errorCodes, type ErrorCode } from "../wire/error-codes.ts";

/** The status of a code: the dialect's for exactly this code, then for a pattern such as `5374*`, then the table's. */
export function statusOf({ statuses }: Dialect, code: ErrorCode): number {
  const pattern = Object.keys(statuses).find((key) => key.endsWith("*") && code.startsWith(key.slice(0, -1)));
  return statuses[code] ?? (pattern === undefined ? undefined : statuses[pattern]) ?? errorCodes[code].status;
}
