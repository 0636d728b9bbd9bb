/** How many of the lines hold one of the secrets, as it is or in base64, at whatever place of a longer text. */
export function countLeaks(lines: readonly string[], secrets: readonly string[]): number {
  const traces = secrets.flatMap((secret) => [secret, ...[0, 1, 2].map((offset) => base64Within(secret, offset))]);
  return lines.filter((line) => traces.some((trace) => line.includes(trace))).length;
}

/** The characters of base64 that the secret alone decides when so many bytes stand before it. */
function base64Within(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const bits = { from: offset * 8, to: bytes.length * 8 };
  return bytes.toString("base64").slice(Math.ceil(bits.from / 6), Math.floor(bits.to / 6));
}
