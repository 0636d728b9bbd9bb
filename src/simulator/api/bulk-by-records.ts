import { ok, type Result } from "../../std/result.ts";
import { uuidFor } from "../faults/seeded-random.ts";
import { copyCredentials, restoreCredentials } from "../model/cluster.ts";
import type { Job, World } from "../model/world.ts";
import { credentialRecord, credentials } from "../resources/credentials.ts";
import { collectionHref, shown, type Answer } from "../resources/read.ts";
import { readableFields } from "../resources/select-fields.ts";
import type { CredentialBody } from "../rules/credential-body.ts";
import { resolveSvm } from "../rules/resolve-svm.ts";
import {
  createCredential,
  deleteCredential,
  patchCredential,
  type AddressMode,
  type Written,
} from "../rules/write-credential.ts";
import { refuse, type ApiError } from "../wire/api-error.ts";
import type { JsonObject } from "../wire/json.ts";
import { isTrue, type Parameters } from "../wire/parameters.ts";
import { writeContext, type Context } from "./context.ts";

type Method = "POST" | "PATCH" | "DELETE";
type Change = (record: CredentialBody) => Result<Written, ApiError>;

/** POST of `records`: rolled back as a whole when one fails, unless `continue_on_failure`. */
export function createRecords(
  context: Context,
  records: readonly CredentialBody[],
  parameters: Parameters,
): Result<Answer, ApiError> {
  const atomic = !isTrue(parameters, "continue_on_failure");
  return runJob(context, "POST", records, atomic, (record) => createCredential(writeContext(context), record));
}

/** PATCH of `records`, whose keys are in the body; rolled back like POST. */
export function patchRecords(
  context: Context,
  records: readonly CredentialBody[],
  parameters: Parameters,
  mode: AddressMode,
): Result<Answer, ApiError> {
  const keys = requireKeys(context, records);
  if (!keys.ok) return keys;
  const atomic = !isTrue(parameters, "continue_on_failure");
  return runJob(context, "PATCH", records, atomic, ({ svm: reference, initiator = "", ...changes }) => {
    const svm = resolveSvm(context.world.cluster, context.scope, reference);
    return svm.ok ? patchCredential(writeContext(context), svm.value, initiator, changes, mode) : svm;
  });
}

/** DELETE of `records`: "does not attempt to roll back failures and always operates in continue_on_failure mode". */
export function deleteRecords(context: Context, records: readonly CredentialBody[]): Result<Answer, ApiError> {
  const keys = requireKeys(context, records);
  if (!keys.ok) return keys;
  return runJob(context, "DELETE", records, false, ({ svm: reference, initiator = "" }) => {
    const svm = resolveSvm(context.world.cluster, context.scope, reference);
    return svm.ok ? deleteCredential(writeContext(context), svm.value, initiator) : svm;
  });
}

/** "Any unique identifiers not included in the URI must be included in the JSON body of each record." */
function requireKeys({ scope }: Context, records: readonly CredentialBody[]): Result<void, ApiError> {
  for (const { svm, initiator } of records) {
    const hasSvm = scope !== undefined || svm?.uuid !== undefined || svm?.name !== undefined;
    if (!hasSvm) return refuse("2621707", { target: "records.svm" });
    if (initiator === undefined) {
      return refuse("262212", { message: 'Field "initiator" is required.', target: "records.initiator" });
    }
  }
  return ok(undefined);
}

function runJob(
  context: Context,
  method: Method,
  records: readonly CredentialBody[],
  atomic: boolean,
  change: Change,
): Result<Answer, ApiError> {
  const { world } = context;
  const before = atomic ? copyCredentials(world.cluster) : undefined;
  const done: Written[] = [];
  const errors: JsonObject[] = [];
  for (const record of records) {
    const result = change(record);
    if (result.ok) done.push(result.value);
    else errors.push(failureOf(method, record, result.error));
    if (!result.ok && atomic) break;
  }
  const rolledBack = before !== undefined && errors.length > 0;
  if (rolledBack) restoreCredentials(world.cluster, before);
  const job = recordJob(world, method, rolledBack || method === "DELETE" ? [] : done, errors);
  const results = job.results["_links"];
  const href = `/api/cluster/jobs/${job.uuid}`;
  return ok({
    status: 202,
    body: { job: { uuid: job.uuid, _links: { self: { href }, results: selfOf(results) } } },
    headers: { Location: collectionHref(credentials, `job_results_uuid=${job.uuid}`) },
  });
}

const selfOf = (links: JsonObject[string]): JsonObject[string] => (links as { readonly self: JsonObject }).self;

function recordJob(world: World, method: Method, done: readonly Written[], errors: readonly JsonObject[]): Job {
  const uuid = uuidFor(world.seed, `job ${world.jobs.size + 1}`);
  const all = new Set(readableFields(credentials));
  const records = done.map(({ svm, credential }) => {
    return shown(world, credentials, credentialRecord(svm, credential, world.dialect), all);
  });
  const job: Job = {
    uuid,
    description: `${method} ${collectionHref(credentials, "")}`,
    state: errors.length === 0 ? "success" : "failure",
    message: errors.length === 0 ? "success" : "The records operation was partially completed.",
    resourcePath: credentials.path.join("/"),
    results: {
      records,
      num_records: records.length,
      errors: errors.length === 0 ? undefined : errors,
      _links: { self: { href: collectionHref(credentials, `job_results_uuid=${uuid}`) } },
    },
  };
  world.jobs.set(uuid, job);
  return job;
}

/** The documented wording: POST of record "svm.name: svm1, name: /vol/vol1/lun2" failed. Reason: Volume offline. */
function failureOf(method: Method, { svm, initiator }: CredentialBody, error: ApiError): JsonObject {
  const keys = [
    ["svm.uuid", svm?.uuid] as const,
    ["svm.name", svm?.name] as const,
    ["initiator", initiator] as const,
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  const message = `${method} of record "${keys.join(", ")}" failed. Reason: ${error.message}`;
  return { message, code: "262287" };
}

/** GET with `job_results_uuid`: the results of a bulk operation on this resource, else 262294. */
export function readResults({ world }: Context, uuid: string): Result<Answer, ApiError> {
  const job = world.jobs.get(uuid);
  if (job === undefined || job.resourcePath !== credentials.path.join("/")) {
    return refuse("262294", { target: "job_results_uuid", values: [uuid] });
  }
  return ok({ status: 200, body: job.results });
}
