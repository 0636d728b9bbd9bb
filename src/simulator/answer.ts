import { handle, type ApiResponse } from "./api/handle.ts";
import type { ApiRequest } from "./api/request.ts";
import { claimedUser } from "./auth/authenticate.ts";
import { drawLatencyMs } from "./faults/latency.ts";
import { planOf, type Delivery } from "./faults/plan.ts";
import type { World } from "./model/world.ts";
import { printJson } from "./wire/json.ts";
import { errorBody, apiError } from "./wire/api-error.ts";
import { unreachable } from "../std/unreachable.ts";

/** What comes back to the client, whatever carries it. */
export type Carried =
  | { readonly kind: "whole"; readonly answer: CarriedAnswer }
  /** The headers promise everything, the body ends after so many bytes. */
  | { readonly kind: "truncated"; readonly answer: CarriedAnswer; readonly bytes: number }
  | { readonly kind: "dripping"; readonly answer: CarriedAnswer; readonly bytesPerSecond: number }
  /** The connection ends without an answer. */
  | { readonly kind: "reset" }
  /** No answer ever; the connection stays open. */
  | { readonly kind: "silence" };

export interface CarriedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface AnswerOptions {
  /** Over which connection the request came, counted from 1. */
  readonly connection: number;
  /** Aborted when the simulator stops. */
  readonly signal: AbortSignal;
}

/**
 * The one implementation of ONTAP's rules: waits as latency and faults want it, answers, and logs. HTTPS and the
 * in-memory simulator carry what comes of it. Undefined when the simulator stops meanwhile.
 */
export async function answer(
  world: World,
  request: ApiRequest,
  { connection, signal }: AnswerOptions,
): Promise<Carried | undefined> {
  const path = request.target.split("?", 1)[0] ?? "";
  const { certificateUser } = request;
  const user = claimedUser(world, { authorization: request.headers["authorization"], certificateUser });
  const plan = planOf(world.faults.strike({ method: request.method, path, user }), world.random);
  const delayMs = drawLatencyMs(world.latency, world.random) + plan.delayMs;
  if (delayMs > 0) await world.clock.sleep(delayMs, signal).catch(() => undefined);
  if (signal.aborted) return undefined;
  const isApplied = !("applied" in plan.delivery) || plan.delivery.applied;
  const response = isApplied ? responseOf(world, request, plan.distortion) : undefined;
  log(world, request, path, response, plan.delivery, user, connection);
  return carriedBy(plan.delivery, response);
}

/** A defect of the simulator costs this one request, is told, and looks like ONTAP's own unexpected exception. */
function responseOf(world: World, request: ApiRequest, distortion: Parameters<typeof handle>[2]): ApiResponse {
  try {
    return handle(world, request, distortion);
  } catch (error) {
    world.onProblem(
      `a defect of the simulator: ${error instanceof Error ? (error.stack ?? error.message) : "unknown"}`,
    );
    const failure = apiError("262145");
    return {
      status: 500,
      headers: { "Content-Type": "application/hal+json" },
      body: printJson(errorBody(failure, { withArguments: false, numericCode: false }), true),
      user: undefined,
      code: failure.code,
    };
  }
}

function carriedBy(delivery: Delivery, response: ApiResponse | undefined): Carried {
  switch (delivery.kind) {
    case "reset":
      return { kind: "reset" };
    case "hang":
      return { kind: "silence" };
    case "body": {
      const { status, contentType, text } = delivery;
      return { kind: "whole", answer: { status, headers: { "Content-Type": contentType }, body: text } };
    }
    case "truncate": {
      const answer = fullAnswer(response);
      // One that is no longer than that is whole.
      const isCut = delivery.bytes < Buffer.byteLength(answer.body);
      return isCut ? { kind: "truncated", answer, bytes: delivery.bytes } : { kind: "whole", answer };
    }
    case "drip":
      return { kind: "dripping", answer: fullAnswer(response), bytesPerSecond: delivery.bytesPerSecond };
    case "honest":
      return { kind: "whole", answer: fullAnswer(response) };
    default:
      return unreachable(delivery);
  }
}

/** As in the reference's example of an answer. */
const commonHeaders = {
  Server: "libzapid-httpd",
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "no-cache,no-store,must-revalidate",
  "Content-Security-Policy":
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors: 'self'",
  Vary: "Accept-Encoding",
} as const;

function fullAnswer(response: ApiResponse | undefined): CarriedAnswer {
  if (response === undefined) throw new Error("an answer was to be carried that was never made");
  const { status, headers, body } = response;
  return { status, headers: { ...commonHeaders, ...headers }, body };
}

function log(
  world: World,
  request: ApiRequest,
  path: string,
  response: ApiResponse | undefined,
  delivery: Delivery,
  claimed: string | undefined,
  connection: number,
): void {
  const question = request.target.indexOf("?");
  const isSilent = delivery.kind === "reset" || delivery.kind === "hang";
  const isReplaced = delivery.kind === "body";
  world.requests.add({
    atMs: world.clock.now(),
    method: request.method,
    path,
    query: question < 0 ? "" : request.target.slice(question + 1),
    user: response?.user ?? claimed,
    status: isSilent ? undefined : isReplaced ? delivery.status : response?.status,
    code: isSilent || isReplaced ? undefined : response?.code,
    client: request.headers["x-dot-client-app"] ?? request.headers["user-agent"],
    userAgent: request.headers["user-agent"],
    connection,
  });
}
