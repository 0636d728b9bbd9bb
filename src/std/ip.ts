import { isIPv4, isIPv6 } from "node:net";

/** An address as a number with its family: 32 bits for IPv4, 128 for IPv6. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

export const ipBits = { 4: 32, 6: 128 } as const;

/**
 * Reads an IPv4 or IPv6 address; `undefined` for anything else. Zones (`fe80::1%eth0`) and IPv4-mapped IPv6
 * (`::ffff:10.0.0.1`) are refused, as Kubernetes' CEL function `isIP` refuses them.
 */
export function parseIp(text: string): IpAddress | undefined {
  if (isIPv4(text)) return { family: 4, value: ipv4Value(text) };
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const value = ipv6Value(text);
  return value >> 32n === 0xffffn ? undefined : { family: 6, value };
}

/** A network by its first and last address. */
export interface IpNetwork {
  readonly family: IpAddress["family"];
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * Reads a network such as `10.20.0.0/16`; `undefined` for anything else. Bits of the address beyond the length do not
 * count, as for Kubernetes' CEL function `isCIDR`.
 */
export function parseCidr(text: string): IpNetwork | undefined {
  const [, ip = "", length = ""] = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/.exec(text) ?? [];
  const address = parseIp(ip);
  if (address === undefined || Number(length) > ipBits[address.family]) return undefined;
  const { family, value } = address;
  const hostBits = BigInt(ipBits[family] - Number(length));
  const first = (value >> hostBits) << hostBits;
  return { family, first, last: first + (1n << hostBits) - 1n };
}

function ipv4Value(text: string): bigint {
  return text.split(".").reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

function ipv6Value(text: string): bigint {
  const [head = "", tail] = text.split("::");
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => 0n);
  return [...left, ...zeros, ...right].reduce((value, group) => (value << 16n) | group, 0n);
}

function groupsOf(text: string): readonly bigint[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [BigInt(`0x${group}`)];
    const value = ipv4Value(group);
    return [value >> 16n, value & 0xffffn];
  });
}

/** The canonical spelling: dotted for IPv4, RFC 5952 for IPv6. */
export function formatIp({ family, value }: IpAddress): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - 16 * index)) & 0xffffn));
  const { start, length } = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}
