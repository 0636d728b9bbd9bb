import { ok, type Result } from "../../std/result.ts";
import { addAddresses, removeAddresses, type AddressEntry } from "../model/addresses.ts";
import {
  authenticationTypes,
  defaultInitiator,
  initiatorKey,
  storeCredential,
  type AuthenticationType,
  type Cluster,
  type Credential,
  type Svm,
} from "../model/cluster.ts";
import type { Dialect } from "../model/dialect.ts";
import { clearingOf } from "../model/release.ts";
import { isNamed } from "../model/spelling.ts";
import { invalidValue, refuse, type ApiError } from "../wire/api-error.ts";
import { applyChap, mentionsChap } from "./chap.ts";
import type { CredentialBody } from "./credential-body.ts";
import { parseInitiator } from "./initiator-name.ts";
import { readAddresses } from "./read-addresses.ts";
import { checkWritable, resolveSvm } from "./resolve-svm.ts";

/** Everything a write depends on besides its own words. `lagMs` is how long readers keep seeing the old state. */
export interface WriteContext {
  readonly cluster: Cluster;
  readonly dialect: Dialect;
  /** The SVM of an SVM login or of a tunnelling header. */
  readonly scope: Svm | undefined;
  readonly nowMs: number;
  readonly lagMs: number;
}

export interface Written {
  readonly svm: Svm;
  readonly credential: Credential;
}

/** POST: all checks first, then the one change. */
export function createCredential(context: WriteContext, body: CredentialBody): Result<Written, ApiError> {
  const svm = resolveSvm(context.cluster, context.scope, body.svm);
  if (!svm.ok) return svm;
  if (body.initiator === undefined) return missing("initiator");
  if (body.authentication_type === undefined) return missing("authentication_type");
  const written = body.initiator;
  const initiator = parseInitiator(written, context.dialect);
  if (!initiator.ok) return initiator;
  const type = readType(body.authentication_type);
  if (!type.ok) return type;
  const clearing = clearingOf(context.cluster.version, context.dialect);
  const chap = applyChap(type.value, body.chap, {}, "POST", clearing);
  if (!chap.ok) return chap;
  const addresses = readAddresses(body.initiator_address ?? {});
  if (!addresses.ok) return addresses;
  const writable = checkWritable(svm.value);
  if (!writable.ok) return writable;
  if (svm.value.service === undefined) return refuse("5374078", { values: [svm.value.name] });
  if (svm.value.credentials.has(initiatorKey(initiator.value))) return refuse("5374142", { target: "initiator" });
  return store(context, svm.value, {
    initiator: initiatorKey(initiator.value),
    written,
    authenticationType: type.value,
    chap: chap.value,
    addresses: addresses.value,
  });
}

/** What a PATCH does with the addresses of its body. */
export type AddressMode = "replace" | "add" | "remove";

/** PATCH of one credential: all checks first, then the one change. */
export function patchCredential(
  context: WriteContext,
  svm: Svm,
  initiator: string,
  body: CredentialBody,
  mode: AddressMode,
): Result<Written, ApiError> {
  const keys = checkKeys(body, context.dialect);
  if (!keys.ok) return keys;
  const stored = findCredential(context, svm, initiator);
  if (!stored.ok) return stored;
  if (!changesAnything(body)) return refuse("262190");
  const type = patchedType(body, stored.value, context.dialect);
  if (!type.ok) return type;
  const clearing = clearingOf(context.cluster.version, context.dialect);
  const chap = applyChap(type.value, body.chap, stored.value.chap, "PATCH", clearing);
  if (!chap.ok) return chap;
  const addresses = patchedAddresses(body, stored.value, mode);
  if (!addresses.ok) return addresses;
  const writable = checkWritable(svm);
  if (!writable.ok) return writable;
  const keepsChap = type.value === "chap" || context.dialect.chapAfterTypeChange === "kept";
  return store(context, svm, {
    initiator: stored.value.initiator,
    written: stored.value.written,
    authenticationType: type.value,
    chap: keepsChap ? chap.value : {},
    addresses: addresses.value,
  });
}

/** DELETE of one credential; the initiator falls back to `default`, which itself cannot be deleted. */
export function deleteCredential(context: WriteContext, svm: Svm, initiator: string): Result<Written, ApiError> {
  const stored = findCredential(context, svm, initiator);
  if (!stored.ok) return stored;
  if (stored.value.initiator === defaultInitiator) return refuse("5374148", { target: "initiator" });
  const writable = checkWritable(svm);
  if (!writable.ok) return writable;
  storeCredential(svm, initiator, undefined, context);
  return ok({ svm, credential: stored.value });
}

function store(context: WriteContext, svm: Svm, credential: Credential): Result<Written, ApiError> {
  storeCredential(svm, credential.initiator, credential, context);
  return ok({ svm, credential });
}

function findCredential({ dialect }: WriteContext, svm: Svm, initiator: string): Result<Credential, ApiError> {
  const credential = svm.credentials.get(initiatorKey(initiator));
  return credential === undefined || !isNamed(credential, initiator, dialect)
    ? refuse("5374895", { target: "initiator", values: [initiator, svm.name] })
    : ok(credential);
}

/** `svm` and `initiator` are the record's keys: readCreate in the specification, never patched. */
function checkKeys(body: CredentialBody, dialect: Dialect): Result<void, ApiError> {
  const key = [
    ["initiator", body.initiator] as const,
    ["svm.uuid", body.svm?.uuid] as const,
    ["svm.name", body.svm?.name] as const,
  ].find(([, value]) => value !== undefined)?.[0];
  if (key === undefined) return ok(undefined);
  const message = {
    "262196": `Field "${key}" cannot be set in this operation`,
    "262203": `Field "${key}" is not supported in the body of PATCH request.`,
  }[dialect.keyInPatch];
  return refuse(dialect.keyInPatch, { message, target: key, values: [key] });
}

function changesAnything(body: CredentialBody): boolean {
  const list = body.initiator_address;
  return (
    body.authentication_type !== undefined ||
    mentionsChap(body.chap) ||
    list?.ranges !== undefined ||
    list?.masks !== undefined
  );
}

function patchedType(body: CredentialBody, stored: Credential, dialect: Dialect): Result<AuthenticationType, ApiError> {
  if (body.authentication_type !== undefined) return readType(body.authentication_type);
  if (!mentionsChap(body.chap) || dialect.chapWithoutType === "accepted") return ok(stored.authenticationType);
  return refuse(dialect.chapWithoutType, { target: "authentication_type" });
}

function patchedAddresses(
  body: CredentialBody,
  stored: Credential,
  mode: AddressMode,
): Result<readonly AddressEntry[], ApiError> {
  if (body.initiator_address === undefined) return ok(stored.addresses);
  if (stored.initiator === defaultInitiator) return refuse("5374155", { target: "initiator_address" });
  const given = readAddresses(body.initiator_address);
  if (!given.ok || mode === "replace") return given;
  const combine = { add: addAddresses, remove: removeAddresses }[mode];
  return ok(combine(stored.addresses, given.value));
}

/** Any case is accepted: the page's own POST example and Trident's PATCH send CHAP. */
function readType(text: string): Result<AuthenticationType, ApiError> {
  const type = authenticationTypes.find((type) => type === text.toLowerCase());
  return type === undefined ? invalidValue("authentication_type", text, authenticationTypes.join("|")) : ok(type);
}

function missing(field: string): Result<never, ApiError> {
  return refuse("262212", { message: `Field "${field}" is required.`, target: field, values: [field] });
}
