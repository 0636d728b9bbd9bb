import { parseIp, type IpAddress } from "../../std/ip.ts";
import { ok, type Result } from "../../std/result.ts";
import { familyName, type AddressEntry } from "../model/addresses.ts";
import { invalidValue, refuse, type ApiError } from "../wire/api-error.ts";
import type { AddressBody } from "./credential-body.ts";

/**
 * `initiator_address` of a body. 5374856 and 5374855 are the documented refusals of a range; a missing or bad address
 * or mask gets the common codes.
 */
export function readAddresses(body: AddressBody): Result<readonly AddressEntry[], ApiError> {
  const entries: AddressEntry[] = [];
  for (const range of body.ranges ?? []) {
    const entry = readRange(range);
    if (!entry.ok) return entry;
    entries.push(entry.value);
  }
  for (const mask of body.masks ?? []) {
    const entry = readMask(mask);
    if (!entry.ok) return entry;
    entries.push(entry.value);
  }
  return ok(entries);
}

type Item<List extends keyof AddressBody> = NonNullable<AddressBody[List]>[number];

function readRange(range: Item<"ranges">): Result<AddressEntry, ApiError> {
  const start = readIp("initiator_address.ranges.start", range.start);
  if (!start.ok) return start;
  const end = readIp("initiator_address.ranges.end", range.end);
  if (!end.ok) return end;
  const target = "initiator_address.ranges.start";
  const { family } = start.value;
  if (family !== end.value.family) return refuse("5374856", { target });
  if (start.value.value > end.value.value) return refuse("5374855", { target });
  const agrees = checkFamily("initiator_address.ranges.family", range.family, start.value);
  if (!agrees.ok) return agrees;
  const written = { start: range.start ?? "", end: range.end ?? "" };
  return ok({ kind: "range", family, start: start.value.value, end: end.value.value, written });
}

function readMask(mask: Item<"masks">): Result<AddressEntry, ApiError> {
  const address = readIp("initiator_address.masks.address", mask.address);
  if (!address.ok) return address;
  const length = readNetmask(mask.netmask, address.value);
  if (!length.ok) return length;
  const agrees = checkFamily("initiator_address.masks.family", mask.family, address.value);
  if (!agrees.ok) return agrees;
  const { family, value } = address.value;
  return ok({ kind: "mask", family, address: value, length: length.value, written: { address: mask.address ?? "" } });
}

function readIp(field: string, text: string | undefined): Result<IpAddress, ApiError> {
  if (text === undefined) return missing(field);
  const address = parseIp(text);
  return address === undefined ? invalidValue(field, text, "ip-address") : ok(address);
}

/** "Input as netmask length (16) or IPv4 mask (255.255.0.0). For IPv6, the default value is 64 with a valid range of 1 to 127." */
function readNetmask(text: string | undefined, { family }: IpAddress): Result<number, ApiError> {
  const field = "initiator_address.masks.netmask";
  if (text === undefined) return family === 6 ? ok(64) : missing(field);
  const longest = family === 6 ? 127 : 32;
  const length = /^[0-9]{1,3}$/.test(text) ? Number(text) : dottedLength(text, family);
  if (length !== undefined && length >= 1 && length <= longest) return ok(length);
  const message = `The value "${text}" is invalid for field "${field}": a length from 1 to ${longest} is expected.`;
  return refuse("262245", { message, target: field, values: [text, field] });
}

/** 255.255.0.0 is 16; undefined for a mask with holes and for IPv6. */
function dottedLength(text: string, family: IpAddress["family"]): number | undefined {
  const mask = parseIp(text);
  if (mask?.family !== 4 || family !== 4) return undefined;
  const bits = mask.value.toString(2).padStart(32, "0");
  return /^1*0*$/.test(bits) ? bits.lastIndexOf("1") + 1 : undefined;
}

/** Read-modify-write sends `family` back, so it is accepted where it is true. */
function checkFamily(field: string, text: string | undefined, { family }: IpAddress): Result<void, ApiError> {
  if (text === undefined || text.toLowerCase() === familyName(family)) return ok(undefined);
  const message = `Field "${field}" does not agree with the address.`;
  return refuse("262186", { message, target: field, values: [field] });
}

function missing(field: string): Result<never, ApiError> {
  return refuse("262212", { message: `Field "${field}" is required.`, target: field, values: [field] });
}
