import type { Row } from "./entry.ts";
import { remedies } from "./remedies.ts";

/**
 * What an HTTP status means when no known code says more: a proxy's page, or a code of ONTAP's that stands in none of
 * the tables. A status alone is never `input`: ONTAP has thousands of codes, and to stop for good needs a known one.
 */

const rfc =
  "RFC 9110; NetAppDocs/ontap-restapi: getting_started_with_the_ontap_rest_api.adoc, section HTTP status codes";

const environment = { class: "environment", verbs: [], source: rfc } as const;
const soon = { ...environment, pace: "soon" } as const;
const slow = { ...environment, pace: "slow" } as const;

export const statuses = {
  "401": {
    class: "permission",
    pace: "slow",
    verbs: [],
    reason: "LoginRefused",
    sentence: "The array refuses the login (HTTP 401).",
    remedy: remedies.login,
    source: rfc,
  },
  "403": {
    class: "permission",
    pace: "slow",
    verbs: [],
    reason: "PermissionDenied",
    sentence: "The array does not allow this call to the login (HTTP 403).",
    remedy: remedies.role,
    source: rfc,
  },
  "404": {
    ...slow,
    reason: "NothingThere",
    sentence: "The endpoint has nothing at this path (HTTP 404), and the answer is not ONTAP's for an absent entry.",
    remedy: remedies.endpoint,
  },
  "405": {
    ...slow,
    reason: "MethodRefused",
    sentence: "The kind of request is not allowed there (HTTP 405).",
    remedy: remedies.endpoint,
  },
  "408": {
    ...soon,
    reason: "RequestTimedOut",
    sentence: "The other side gave up waiting for the request (HTTP 408).",
    remedy: "Wait; the operator tries again. If it lasts, look at the network between the operator and the array.",
  },
  "409": {
    ...soon,
    reason: "ConflictOnArray",
    sentence: "Something else on the array is in the way (HTTP 409).",
    remedy: "Read ONTAP's message in status.ontapError and remove what it names; the operator tries again by itself.",
  },
  "429": {
    ...soon,
    reason: "TooManyRequests",
    sentence: "The array has more requests than it takes (HTTP 429).",
    remedy: remedies.throttle,
  },
  "500": {
    ...soon,
    reason: "ServerError",
    sentence: "The array failed internally (HTTP 500).",
    remedy: remedies.waitOrSupport,
  },
  "502": {
    ...soon,
    reason: "BadGateway",
    sentence: "ONTAP's REST service is unreachable behind its front end (HTTP 502).",
    remedy: remedies.waitOrNodes,
  },
  "503": {
    ...soon,
    reason: "ServiceUnavailable",
    sentence: "The array is overloaded or starting (HTTP 503).",
    remedy:
      "Wait; the operator keeps to the pause that ONTAP asks for. If it lasts, ask the storage administrator to check the nodes (`cluster show`).",
  },
  "504": {
    ...soon,
    reason: "GatewayTimeout",
    sentence: "Something between the operator and ONTAP gave up waiting (HTTP 504).",
    remedy: "Wait; the operator tries again. If it lasts, look at the proxy or load balancer in between.",
  },
  redirect: {
    ...slow,
    reason: "Redirected",
    sentence: "The answer is a redirect, and the operator takes its login nowhere but to spec.endpoint.",
    remedy: "Set spec.endpoint of the connection to the array itself.",
  },
  "other refusal": {
    ...slow,
    reason: "UnknownRefusal",
    sentence: "The array refuses the call for a reason that the catalogue does not know.",
    remedy: "Act on ONTAP's message; the operator tries again by itself, up to ten minutes apart.",
  },
  "other server error": {
    ...soon,
    reason: "UnknownServerError",
    sentence: "The array failed in a way that the catalogue does not know.",
    remedy: "Act on ONTAP's message; the operator tries again by itself.",
  },
} as const satisfies Readonly<Record<string, Row>>;

/** The row of an HTTP status. A 403 with a code other than 6 is a refusal of its own kind: no role would change it. */
export function rowOfStatus(httpStatus: number, hasCode: boolean): keyof typeof statuses {
  const exact = String(httpStatus);
  if (httpStatus === 403 && hasCode) return "other refusal";
  if (Object.hasOwn(statuses, exact)) return exact as keyof typeof statuses;
  if (httpStatus >= 300 && httpStatus < 400) return "redirect";
  return httpStatus >= 500 ? "other server error" : "other refusal";
}
