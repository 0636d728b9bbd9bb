import { ok, type Result } from "../../std/result.ts";
import { credentialShape, type CredentialBody } from "../rules/credential-body.ts";
import { refuse, type ApiError } from "../wire/api-error.ts";
import { readShape } from "../wire/body-shape.ts";
import { isJsonObject, type Json } from "../wire/json.ts";
import { parseJson } from "../wire/parse-json.ts";

/** A body is one record, or several in `records`. */
export type Body =
  | { readonly kind: "record"; readonly record: CredentialBody }
  | { readonly kind: "records"; readonly records: readonly CredentialBody[] };

/** Reads the body of a POST or PATCH. No bytes at all are an empty object; the content type does not matter. */
export function readBody(bytes: Uint8Array): Result<Body, ApiError> {
  const json = bytes.length === 0 ? ok({}) : parseJson(bytes);
  if (!json.ok) return json;
  const records = isJsonObject(json.value) ? json.value["records"] : undefined;
  if (records === undefined) {
    const record = readRecord(json.value);
    return record.ok ? ok({ kind: "record", record: record.value }) : record;
  }
  const listed = readShape(json.value, { kind: "object", fields: { records: { kind: "list", of: credentialShape } } });
  if (!listed.ok) return listed;
  return ok({ kind: "records", records: listed.value["records"] as unknown as readonly CredentialBody[] });
}

function readRecord(json: Json): Result<CredentialBody, ApiError> {
  const record = readShape(json, credentialShape);
  return record.ok ? ok(record.value as CredentialBody) : record;
}

/** "A request body is not allowed on GET, HEAD, and DELETE"; NetApp's Python client sends `{}` with DELETE all the same. */
export function refuseBody(bytes: Uint8Array): Result<void, ApiError> {
  if (bytes.length === 0) return ok(undefined);
  const json = parseJson(bytes);
  const isEmpty = json.ok && isJsonObject(json.value) && Object.keys(json.value).length === 0;
  return isEmpty ? ok(undefined) : refuse("262198");
}
