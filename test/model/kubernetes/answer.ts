import type { KubeObject } from "./object.ts";
import type { Resource } from "./resources.ts";

/** What the API server answers: the JSON of a success, or a metav1.Status that says why not. */
export type Answer =
  | { readonly status: 200 | 201; readonly body: object }
  | {
      readonly status: number;
      readonly reason: Reason;
      readonly message: string;
      readonly retryAfterSeconds?: number;
    };

/** metav1.StatusReason, as far as one of these requests can meet it. */
export type Reason =
  | "BadRequest"
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "AlreadyExists"
  | "Conflict"
  | "Expired"
  | "Invalid"
  | "TooManyRequests"
  | "InternalError"
  | "ServiceUnavailable";

export const isSuccess = (answer: Answer): answer is Extract<Answer, { body: object }> => "body" in answer;

export const done = (object: object, status: 200 | 201 = 200): Answer => ({ status, body: object });

/** `leases.coordination.k8s.io`, or `secrets` of the core group. */
export const qualified = ({ apiVersion, plural }: Resource): string =>
  apiVersion.includes("/") ? `${plural}.${apiVersion.split("/")[0]}` : plural;

const kindOf = ({ apiVersion, kind }: Resource): string =>
  apiVersion.includes("/") ? `${kind}.${apiVersion.split("/")[0]}` : kind;

export const notFound = (resource: Resource, name: string): Answer => ({
  status: 404,
  reason: "NotFound",
  message: `${qualified(resource)} "${name}" not found`,
});

export function alreadyExists(resource: Resource, { metadata }: KubeObject): Answer {
  const message = `${qualified(resource)} "${metadata.name}" already exists`;
  const isGoing = metadata.deletionTimestamp !== undefined;
  return { status: 409, reason: "AlreadyExists", message: isGoing ? `object is being deleted: ${message}` : message };
}

export const modified = (resource: Resource, name: string): Answer => ({
  status: 409,
  reason: "Conflict",
  message: `Operation cannot be fulfilled on ${qualified(resource)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
});

export const otherUid = (resource: Resource, wanted: string, { metadata }: KubeObject): Answer => ({
  status: 409,
  reason: "Conflict",
  message: `Operation cannot be fulfilled on ${qualified(resource)} "${metadata.name}": Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${metadata.uid ?? ""}`,
});

export const invalid = (resource: Resource, name: string, problems: readonly string[]): Answer => ({
  status: 422,
  reason: "Invalid",
  message: `${kindOf(resource)} "${name}" is invalid: ${problems.length === 1 ? problems.join("") : `[${problems.join(", ")}]`}`,
});

export const badRequest = (message: string): Answer => ({ status: 400, reason: "BadRequest", message });

export const expired: Answer = {
  status: 410,
  reason: "Expired",
  message: "The resourceVersion for the provided watch is too old.",
};

const reasons: Readonly<Record<number, Reason>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
};

/** A refusal that no rule of this model asks for: a webhook's, a quota's, an overloaded server's. */
export const refusal = (status: number, retryAfterSeconds?: number, message = `refused with ${status}`): Answer => ({
  status,
  reason: reasons[status] ?? "ServiceUnavailable",
  message,
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});
