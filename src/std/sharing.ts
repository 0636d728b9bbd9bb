/** Gives one value for all that are equal as JSON. Values must not be changed afterwards. */
export type Share = <Value>(value: Value) => Value;

/**
 * Thousands of objects say the same in many places: what is equal is kept once. Beyond `most` different values what was met is
 * forgotten and sharing begins again, so that values which are all different cost no memory for long.
 */
export function createSharing(most: number): Share {
  let known = new Map<string, unknown>();
  return <Value>(value: Value): Value => {
    if (value === undefined) return value;
    const text = JSON.stringify(value);
    const same = known.get(text);
    if (same !== undefined) return same as Value;
    if (known.size >= most) known = new Map();
    known.set(text, value);
    return value;
  };
}
