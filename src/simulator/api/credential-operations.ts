import { ok, type Result } from "../../std/result.ts";
import { credentialRecord, credentials } from "../resources/credentials.ts";
import { fieldOf, secretInUrl } from "../resources/filter.ts";
import { readCollection, shown, type Answer } from "../resources/read.ts";
import { hrefOf, visibleSvm } from "../resources/resource.ts";
import { readableFields } from "../resources/select-fields.ts";
import { disagreement, noSuchSvm } from "../rules/resolve-svm.ts";
import {
  createCredential,
  deleteCredential,
  patchCredential,
  type AddressMode,
  type Written,
} from "../rules/write-credential.ts";
import { refuse, unexpectedArgument, type ApiError } from "../wire/api-error.ts";
import type { JsonObject } from "../wire/json.ts";
import { isTrue, readParameters, type Parameters, type ReservedName } from "../wire/parameters.ts";
import { deleteMatching, patchMatching } from "./bulk-by-query.ts";
import { createRecords, deleteRecords, patchRecords, readResults } from "./bulk-by-records.ts";
import { writeContext, type Context } from "./context.ts";
import { readBody, refuseBody } from "./read-body.ts";

/** GET of the collection, or of the results of a bulk operation. */
export function listCredentials(context: Context): Result<Answer, ApiError> {
  const job = context.target.parameters.find(({ name }) => name === "job_results_uuid")?.value;
  if (job !== undefined) return readResults(context, job);
  return readCollection(context.world, context, credentials, context.target);
}

/** POST. Synchronous: 201 with a Location, and an empty body unless `return_records=true`. */
export function postCredentials(context: Context): Result<Answer, ApiError> {
  const parameters = readParameters(context.target.parameters, [
    "return_records",
    "return_timeout",
    "pretty",
    "continue_on_failure",
    "serial_records",
  ]);
  if (!parameters.ok) return parameters;
  const attribute = noFilters(parameters.value, "POST");
  if (!attribute.ok) return attribute;
  const body = readBody(context.body);
  if (!body.ok) return body;
  if (body.value.kind === "records") return createRecords(context, body.value.records, parameters.value);
  const written = createCredential(writeContext(context), body.value.record);
  if (!written.ok) return written;
  const record = writtenRecord(context, written.value);
  const headers = { Location: hrefOf(context.world, credentials, record) };
  return ok({ status: 201, body: returned(context, parameters.value, [record]), headers });
}

/** PATCH of one credential. */
export function patchOne(context: Context, keys: readonly string[]): Result<Answer, ApiError> {
  const parameters = readParameters(context.target.parameters, [
    ...addressParameters(context),
    "return_records",
    "return_timeout",
    "pretty",
  ]);
  if (!parameters.ok) return parameters;
  const attribute = noFilters(parameters.value, "PATCH");
  if (!attribute.ok) return attribute;
  const mode = addressMode(parameters.value);
  if (!mode.ok) return mode;
  const body = readBody(context.body);
  if (!body.ok) return body;
  if (body.value.kind === "records") return refuse("262203", { target: "records", values: ["records"] });
  const path = readPath(context, keys);
  if (!path.ok) return path;
  const { svm, initiator } = path.value;
  const written = patchCredential(writeContext(context), svm, initiator, body.value.record, mode.value);
  if (!written.ok) return written;
  return ok({ status: 200, body: returned(context, parameters.value, [writtenRecord(context, written.value)]) });
}

/** DELETE of one credential. */
export function deleteOne(context: Context, keys: readonly string[]): Result<Answer, ApiError> {
  const parameters = readParameters(context.target.parameters, ["return_records", "return_timeout", "pretty"]);
  if (!parameters.ok) return parameters;
  const attribute = noFilters(parameters.value, "DELETE");
  if (!attribute.ok) return attribute;
  const body = refuseBody(context.body);
  if (!body.ok) return body;
  const path = readPath(context, keys);
  if (!path.ok) return path;
  const written = deleteCredential(writeContext(context), path.value.svm, path.value.initiator);
  return written.ok ? ok({ status: 200, body: {} }) : written;
}

/** PATCH of the collection: by records if the body lists some, else of everything the query matches. */
export function patchMany(context: Context): Result<Answer, ApiError> {
  const parameters = readBulkParameters(context);
  if (!parameters.ok) return parameters;
  const mode = addressMode(parameters.value);
  if (!mode.ok) return mode;
  const body = readBody(context.body);
  if (!body.ok) return body;
  if (body.value.kind === "records") return patchRecords(context, body.value.records, parameters.value, mode.value);
  return patchMatching(context, parameters.value, body.value.record, mode.value);
}

/** DELETE of the collection: by records if the body lists some, else of everything the query matches. */
export function deleteMany(context: Context): Result<Answer, ApiError> {
  const parameters = readBulkParameters(context);
  if (!parameters.ok) return parameters;
  const body = readBody(context.body);
  if (!body.ok) return body;
  if (body.value.kind === "records") return deleteRecords(context, body.value.records);
  const empty = refuseBody(context.body);
  return empty.ok ? deleteMatching(context, parameters.value) : empty;
}

function addressParameters({ world }: Context): readonly ReservedName[] {
  return world.dialect.addressParameters === "known" ? ["add_initiator_addresses", "remove_initiator_addresses"] : [];
}

function readBulkParameters(context: Context): Result<Parameters, ApiError> {
  return readParameters(context.target.parameters, [
    ...addressParameters(context),
    "return_records",
    "return_timeout",
    "max_records",
    "continue_on_failure",
    "serial_records",
    "pretty",
  ]);
}

/** The SVM of the path must agree with a tunnelling header (2621706), and exist for this login (2621462). */
function readPath(
  context: Context,
  [uuid = "", initiator = ""]: readonly string[],
): Result<Pick<Written, "svm"> & { readonly initiator: string }, ApiError> {
  const { world, scope } = context;
  const svm = visibleSvm(world, context, uuid);
  if (svm !== undefined) return ok({ svm, initiator });
  return scope !== undefined && !context.ownScope ? disagreement(uuid, scope.name) : noSuchSvm("svm.uuid", uuid);
}

/** Attributes have no place in the URL of these operations; a secret there is worse than any other. */
function noFilters(parameters: Parameters, method: string): Result<void, ApiError> {
  const name = parameters.attributes.keys().next().value ?? parameters.start.keys().next().value;
  if (name === undefined) return ok(undefined);
  const field = fieldOf(credentials, name);
  if (field === undefined) return unexpectedArgument(name);
  if (field.kind === "secret") return secretInUrl(name, method);
  if (method !== "POST") return unexpectedArgument(name);
  const message = `POST does not support filtering on "${name}". Attributes must be in the request body.`;
  return refuse("262211", { message, target: name, values: [name] });
}

function addressMode(parameters: Parameters): Result<AddressMode, ApiError> {
  const add = isTrue(parameters, "add_initiator_addresses");
  const remove = isTrue(parameters, "remove_initiator_addresses");
  if (add && remove) {
    const message = "add_initiator_addresses and remove_initiator_addresses cannot both be true.";
    return refuse("262186", { message, target: "remove_initiator_addresses" });
  }
  if (add) return ok("add");
  return ok(remove ? "remove" : "replace");
}

function writtenRecord({ world }: Context, { svm, credential }: Written): JsonObject {
  return credentialRecord(svm, credential, world.dialect);
}

function returned(context: Context, parameters: Parameters, records: readonly JsonObject[]): JsonObject {
  if (!isTrue(parameters, "return_records")) return {};
  const all = new Set(readableFields(credentials));
  return {
    num_records: records.length,
    records: records.map((record) => shown(context.world, credentials, record, all)),
  };
}
