/**
 * Whether `a` is newer than `b`. Kubernetes' resourceVersions are comparable as decimal numbers of any length
 * (KEP-5504); of anything else only equality can be told, and then the later arrival counts as the newer.
 */
export function isNewer(a: string, b: string): boolean {
  if (!/^[0-9]+$/.test(a) || !/^[0-9]+$/.test(b)) return a !== b;
  return a.length === b.length ? a > b : a.length > b.length;
}
