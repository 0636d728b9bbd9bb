/** JSON as it travels; an `undefined` member is not printed. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Prints as ONTAP does: two spaces, and an empty object or array on two lines (an empty body has three bytes).
 * Facts: ontap-restapi, example of POST /api/security/roles; ansible-collections/netapp.ontap#213, a raw log.
 */
export function printJson(value: Json, pretty: boolean): string {
  return pretty ? printAt(value, "\n") : JSON.stringify(value);
}

function printAt(value: Json, newline: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${newline}  `;
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => inner + printAt(item, inner));
    return `[${items.join(",")}${newline}]`;
  }
  const members: string[] = [];
  for (const [name, member] of Object.entries(value as JsonObject)) {
    if (member !== undefined) members.push(`${inner}${JSON.stringify(name)}: ${printAt(member, inner)}`);
  }
  return `{${members.join(",")}${newline}}`;
}
