import { ok, type Result } from "../../std/result.ts";
import { authenticate } from "../auth/authenticate.ts";
import { authorize } from "../auth/authorize.ts";
import { copyCredentials, restoreCredentials, type Login } from "../model/cluster.ts";
import type { World } from "../model/world.ts";
import { withoutLinks, type Answer } from "../resources/read.ts";
import { errorBody, refuse, type ApiError } from "../wire/api-error.ts";
import type { ErrorCode } from "../wire/error-codes.ts";
import { printJson } from "../wire/json.ts";
import { parseTarget } from "../wire/request-target.ts";
import type { Distortion } from "./distortion.ts";
import { refuseBody } from "./read-body.ts";
import type { ApiRequest } from "./request.ts";
import { allowedMethods, findRoute, type Route } from "./routes.ts";
import { readScope } from "./scope.ts";
import { statusOf } from "./status-of.ts";

/** A whole answer, ready for HTTP. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Who asked, as far as that was found out, and the error code: for the request log. */
  readonly user: string | undefined;
  readonly code: ErrorCode | undefined;
}

/** Answers one request. Takes no time and always gives an answer; what happens on the wire is the server's business. */
export function handle(world: World, request: ApiRequest, distortion: Distortion): ApiResponse {
  const { instead } = distortion;
  if (instead !== undefined && !instead.applied) return refusal(world, request, instead.error, distortion, undefined);
  const login = authenticate(world, {
    authorization: request.headers["authorization"],
    certificateUser: request.certificateUser,
  });
  const user = login.ok ? login.value.user : undefined;
  const answer = login.ok ? treat(world, request, login.value, distortion) : login;
  if (instead !== undefined) return refusal(world, request, instead.error, distortion, user);
  if (!answer.ok) return refusal(world, request, answer.error, distortion, user);
  return success(request, answer.value, user);
}

/** Does what is asked, or what a fault makes of it. */
function treat(world: World, request: ApiRequest, login: Login, distortion: Distortion): Result<Answer, ApiError> {
  const { ignored, approval } = distortion;
  if (approval !== undefined) return ok(approvalPending(approval));
  if (!ignored) return operate(world, request, login, distortion);
  const before = copyCredentials(world.cluster);
  const answer = operate(world, request, login, distortion);
  restoreCredentials(world.cluster, before);
  return answer;
}

/** NetApp support, NetApp/trident#1141: 202 with the id of the request. The body is not documented; this one is a guess. */
function approvalPending(index: number): Answer {
  const href = `/api/security/multi-admin-verify/requests/${index}`;
  return { status: 202, body: { index, _links: { self: { href } } }, headers: { Location: href } };
}

function operate(world: World, request: ApiRequest, login: Login, { lagMs }: Distortion): Result<Answer, ApiError> {
  const parsed = parseTarget(request.target);
  if (!parsed.ok) return parsed;
  const target = parsed.value;
  const route = target && findRoute(target.segments);
  if (target === undefined || route === undefined) return refuse("3", { message: "API not found" });
  const isOptions = request.method === "OPTIONS";
  const operation = route.operations[request.method === "HEAD" ? "GET" : request.method];
  if (operation === undefined && !isOptions) return notSupported(request.method, route);
  const authorized = authorize(world.cluster, login, request.method, `/api/${target.segments.join("/")}`);
  if (!authorized.ok) return authorized;
  if (operation === undefined) return ok({ status: 200, body: {}, headers: { Allow: allowedMethods(route) } });
  if (request.method === "GET" || request.method === "HEAD") {
    const body = refuseBody(request.body);
    if (!body.ok) return body;
  }
  const scope = readScope(world, login, request);
  if (!scope.ok) return scope;
  const context = {
    world,
    scope: scope.value,
    ownScope: login.svmUuid !== undefined,
    target,
    body: request.body,
    lagMs,
  };
  return operation(context, target.segments.slice(route.path.length));
}

function notSupported(method: string, route: Route): Result<never, ApiError> {
  return refuse("3", { message: `The operation is not supported: ${method}.`, values: [allowedMethods(route)] });
}

function success(request: ApiRequest, answer: Answer, user: string | undefined): ApiResponse {
  const plain = request.headers["accept"] === "application/json";
  const body = plain ? withoutLinks(answer.body) : answer.body;
  const code = errorCodeIn(answer);
  return {
    status: answer.status,
    headers: { "Content-Type": plain ? "application/json" : "application/hal+json", ...answer.headers },
    body: printJson(body, isPretty(request)),
    user,
    code,
  };
}

/** A bulk operation may fail in part: then the error stands in an otherwise successful body. */
function errorCodeIn({ body }: Answer): ErrorCode | undefined {
  const error = body["error"] as { readonly code: ErrorCode } | undefined;
  return error?.code;
}

function refusal(
  world: World,
  request: ApiRequest,
  error: ApiError,
  { numericCode, instead }: Distortion,
  user: string | undefined,
): ApiResponse {
  const withArguments =
    world.dialect.errorArguments === "always" || request.headers["x-dot-error-arguments"]?.toLowerCase() === "true";
  const plain = request.headers["accept"] === "application/json";
  const headers: Record<string, string> = { "Content-Type": plain ? "application/json" : "application/hal+json" };
  if (instead?.retryAfterSeconds !== undefined) headers["Retry-After"] = String(instead.retryAfterSeconds);
  return {
    status: instead?.status ?? statusOf(world.dialect, error.code),
    headers,
    body: printJson(errorBody(error, { withArguments, numericCode }), isPretty(request)),
    user,
    code: error.code,
  };
}

const isPretty = (request: ApiRequest): boolean => !/[?&]pretty=false(&|$)/i.test(request.target);
