import { ok, type Result } from "../../std/result.ts";
import { initiatorKey, type Svm } from "../model/cluster.ts";
import { credentials } from "../resources/credentials.ts";
import { readFilters } from "../resources/filter.ts";
import { collectionHref, nextHref, pageOf, type Answer } from "../resources/read.ts";
import { valuesAt } from "../resources/resource.ts";
import type { CredentialBody } from "../rules/credential-body.ts";
import { deleteCredential, patchCredential, type AddressMode } from "../rules/write-credential.ts";
import { errorBody, refuse, type ApiError } from "../wire/api-error.ts";
import type { JsonObject } from "../wire/json.ts";
import { isTrue, type Parameters } from "../wire/parameters.ts";
import { writeContext, type Context } from "./context.ts";
import { statusOf } from "./status-of.ts";

type Change = (svm: Svm, initiator: string) => Result<unknown, ApiError>;

/** The same PATCH to every credential that the query matches: `?initiator=default` meets every SVM. */
export function patchMatching(
  context: Context,
  parameters: Parameters,
  body: CredentialBody,
  mode: AddressMode,
): Result<Answer, ApiError> {
  return changeMatching(context, parameters, "PATCH", (svm, initiator) =>
    patchCredential(writeContext(context), svm, initiator, body, mode),
  );
}

/** DELETE of every credential that the query matches. */
export function deleteMatching(context: Context, parameters: Parameters): Result<Answer, ApiError> {
  return changeMatching(context, parameters, "DELETE", (svm, initiator) =>
    deleteCredential(writeContext(context), svm, initiator),
  );
}

/**
 * "Equivalent to a query-based GET, followed by a serial PATCH or DELETE of each matching record, as long as at least one
 * field is specified in the query." Stops at the first failure unless `continue_on_failure`, and after `max_records`
 * with a link to go on. How failures are told is known from the command-line passthrough only: a count and an error.
 */
function changeMatching(
  context: Context,
  parameters: Parameters,
  method: "PATCH" | "DELETE",
  change: Change,
): Result<Answer, ApiError> {
  const { world, target } = context;
  if (parameters.attributes.size === 0) {
    return refuse("262212", { message: `A ${method} of the collection needs at least one field in the query.` });
  }
  const filter = readFilters(parameters.attributes, credentials, method);
  if (!filter.ok) return filter;
  const page = pageOf(credentials.records(world, context).filter(filter.value), parameters, credentials);
  const failures: ApiError[] = [];
  let changed = 0;
  for (const record of page.records) {
    const svm = world.cluster.svms.get(valuesAt(record, "svm.uuid")[0] ?? "");
    if (svm === undefined) continue;
    const result = change(svm, initiatorKey(valuesAt(record, "initiator")[0] ?? ""));
    if (result.ok) changed += 1;
    else failures.push(result.error);
    if (!result.ok && !isTrue(parameters, "continue_on_failure")) break;
  }
  const next = page.more ? nextHref(target, parameters, credentials, page) : undefined;
  const body: JsonObject = {
    num_records: changed,
    _links: { self: { href: collectionHref(credentials, target.rawQuery) }, next: next && { href: next } },
  };
  const [failure] = failures;
  if (failure === undefined) return ok({ status: 200, body });
  const error = errorBody(failure, { withArguments: false, numericCode: false });
  return ok({ status: statusOf(world.dialect, failure.code), body: { ...body, ...error } });
}
