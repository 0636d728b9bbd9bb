import { Agent } from "undici";
import type { KubeFailure, KubeProblem } from "../api/failure.ts";
import { exchange, type HttpAnswer, type HttpFailure, type HttpQuestion } from "../http/exchange.ts";
import { fenced } from "../http/fenced.ts";
import { parseRetryAfterMs } from "../http/retry-after.ts";
import type { Clock } from "../std/clock.ts";
import { errorCodeOf } from "../std/error-code.ts";
import { noFence, type Fence } from "../std/fence.ts";
import { err, ok, type Result } from "../std/result.ts";
import type { SecretText } from "../std/secret-text.ts";
import type { ClusterAccess } from "./access.ts";
import { createConnector } from "./connector.ts";

export interface KubeRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: unknown;
}

/**
 * HTTP to the API server. Both come back with a failure instead of throwing, unless `signal` aborts.
 *
 * A request is sent a second time, at once and only once, where that can help and cannot harm: with a token read again after
 * 401; with the certificates read again after no connection could be made, if they have changed; and when the connection
 * ended before a single byte of the answer, as a reused one may at any time, if the request may be repeated: GET, and PATCH
 * and PUT, all of which name the resourceVersion that they change or set the same values again. If the first of two had
 * arrived after all, the second ends with `conflict`, and its caller reads again.
 */
export interface KubeTransport {
  /** A 2xx answer's JSON. */
  send(request: KubeRequest, signal: AbortSignal): Promise<Result<unknown, KubeFailure>>;
  /** A stream of bytes that ends when the server ends it, or fails while it is read. */
  stream(request: KubeRequest, signal: AbortSignal): Promise<Result<AsyncIterable<Uint8Array>, KubeFailure>>;
  close(): Promise<void>;
}

/** No answer of the API server to a single request takes longer, unless something is broken. */
const requestTimeoutMs = 30_000;
/** Sockets for requests; watches have an agent of their own, or they would use these up. */
const connections = 16;
/** A rotated token is on disk for minutes before the old one ends. */
const tokenLifeMs = 60_000;
/** A page of a list is asked for in smaller parts when it is larger; no single object is (etcd takes 1.5 MB). */
const mostBytes = 16 * 1024 * 1024;

export interface KubeTransportOptions {
  /** Who asks, for the audit log of the API server. */
  readonly userAgent?: string;
  /** Asked before each write. */
  readonly fence?: Fence;
}

/** Why there was no 2xx answer, and how far the request got. */
interface Failed {
  readonly failure: KubeFailure;
  readonly progress: HttpFailure["progress"];
  /** Whether the other side ended the connection. */
  readonly closed: boolean;
}

/** Throws an AccessError if the certificates cannot be read. */
export function createKubeTransport(
  access: ClusterAccess,
  clock: Clock,
  { userAgent = "ontap-iscsi-operator", fence = noFence }: KubeTransportOptions = {},
): KubeTransport {
  const { origin, pathname } = new URL(access.server);
  const prefix = pathname === "/" ? "" : pathname;
  const connector = createConnector(access);
  const common: Agent.Options = { connect: connector.connect, headersTimeout: requestTimeoutMs };
  const agent = new Agent({ ...common, connections, bodyTimeout: requestTimeoutMs });
  const requests = agent.compose(fenced(fence));
  // A watch may be silent for long; the reflector has a deadline of its own.
  const watchAgent = new Agent({ ...common, bodyTimeout: 0 });

  let token: { readonly value: SecretText | undefined; readonly untilMs: number } | undefined;
  async function authorization(): Promise<SecretText | undefined> {
    const nowMs = clock.monotonic();
    if (token === undefined || nowMs >= token.untilMs) {
      token = { value: await access.authorization(), untilMs: nowMs + tokenLifeMs };
    }
    return token.value;
  }

  async function questionOf(request: KubeRequest): Promise<HttpQuestion> {
    const { method, path, query, accept = "application/json", contentType = "application/json", body } = request;
    const header = await authorization();
    return {
      origin,
      path: `${prefix}${path}${query === undefined ? "" : `?${new URLSearchParams(query).toString()}`}`,
      method,
      headers: {
        accept,
        "user-agent": userAgent,
        ...(header === undefined ? {} : { authorization: header.reveal() }),
        ...(body === undefined ? {} : { "content-type": contentType }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    };
  }

  async function repeatIfUseful<T>(
    attempt: () => Promise<Result<T, Failed>>,
    { method }: KubeRequest,
  ): Promise<Result<T, KubeFailure>> {
    const hadToken = token !== undefined;
    const first = await attempt();
    if (first.ok) return first;
    const { failure, progress, closed } = first.error;
    const useful =
      (failure.problem === "unauthorized" && hadToken) ||
      (progress === "queued" && (await connector.refresh())) ||
      (progress === "sent" && closed && repeatable.has(method));
    const last = useful ? await attempt() : first;
    return last.ok ? last : err(last.error.failure);
  }

  async function ask(request: KubeRequest, signal: AbortSignal): Promise<Result<unknown, Failed>> {
    const question = await questionOf(request).catch((error: unknown) => noAnswer(request, error));
    if ("failure" in question) return err(question);
    const reply = await exchange(question, { dispatcher: requests, signal, mostBytes });
    if (!reply.ok) {
      const { kind, error, progress } = reply.error;
      return err(kind === "error" ? noAnswer(request, error, progress) : tooLarge(request));
    }
    const { status, headers, text } = reply.value;
    if (status >= 300) return err(refused(request, status, headers, text));
    const json = parseJson(text);
    return json === undefined ? err(noAnswer(request, new SyntaxError(), "answering")) : ok(json);
  }

  async function open(request: KubeRequest, signal: AbortSignal): Promise<Result<AsyncIterable<Uint8Array>, Failed>> {
    try {
      const reply = await watchAgent.request({ ...(await questionOf(request)), signal });
      if (reply.statusCode < 300) return ok(reply.body as AsyncIterable<Uint8Array>);
      return err(refused(request, reply.statusCode, reply.headers, await reply.body.text()));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      return err(noAnswer(request, error, isClosed(error) ? "sent" : "queued"));
    }
  }

  function refused(
    { method: verb, path }: KubeRequest,
    httpStatus: number,
    headers: HttpAnswer["headers"],
    text: string,
  ): Failed {
    if (httpStatus === 401) token = undefined;
    const failure: KubeFailure = {
      kind: "kube",
      verb,
      path,
      problem: problemOf(httpStatus),
      httpStatus,
      message: messageOf(text) ?? `HTTP ${httpStatus}`,
      retryAfterMs: parseRetryAfterMs(headers["retry-after"], clock.now()),
    };
    return { failure, progress: "answering", closed: false };
  }

  return {
    send: (request, signal) => repeatIfUseful(() => ask(request, signal), request),
    stream: (request, signal) => repeatIfUseful(() => open(request, signal), request),
    async close() {
      await Promise.all([agent.destroy(), watchAgent.destroy()]);
    },
  };
}

const repeatable: ReadonlySet<KubeRequest["method"]> = new Set(["GET", "PATCH", "PUT"]);

function noAnswer(
  { method: verb, path }: KubeRequest,
  error: unknown,
  progress: HttpFailure["progress"] = "answering",
): Failed {
  return { failure: { ...withoutStatus, verb, path, message: codeOf(error) }, progress, closed: isClosed(error) };
}

const tooLarge = ({ method: verb, path }: KubeRequest): Failed => ({
  failure: {
    ...withoutStatus,
    verb,
    path,
    problem: "too-large",
    message: `the answer is larger than ${mostBytes} bytes`,
  },
  progress: "answering",
  closed: false,
});

const withoutStatus = {
  kind: "kube",
  problem: "unreachable",
  httpStatus: undefined,
  retryAfterMs: undefined,
} as const;

const isClosed = (error: unknown): boolean =>
  ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes(errorCodeOf(error) ?? "");

const problems: Readonly<Record<number, KubeProblem>> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  409: "conflict",
  410: "gone",
  429: "throttled",
};

function problemOf(httpStatus: number): KubeProblem {
  return problems[httpStatus] ?? (httpStatus >= 500 ? "unavailable" : "invalid");
}

/** The API server's own sentence, out of a metav1.Status. */
function messageOf(text: string): string | undefined {
  const parsed = parseJson(text);
  if (typeof parsed !== "object" || parsed === null || !("message" in parsed)) return undefined;
  return typeof parsed.message === "string" ? parsed.message : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The library's code rather than its sentence, which may carry what was sent. */
const codeOf = (error: unknown): string => errorCodeOf(error) ?? (error instanceof Error ? error.name : "no answer");
