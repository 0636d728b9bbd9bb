import { createSecureContext, type SecureContext } from "node:tls";
import { Agent, type Dispatcher } from "undici";
import type { KubeFailure, KubeProblem } from "../api/failure.ts";
import { fenced } from "../http/fenced.ts";
import { parseRetryAfterMs } from "../http/retry-after.ts";
import type { Clock } from "../std/clock.ts";
import { errorCodeOf } from "../std/error-code.ts";
import { noFence, type Fence } from "../std/fence.ts";
import { err, ok, type Result } from "../std/result.ts";
import type { SecretText } from "../std/secret-text.ts";
import { AccessError } from "./access-error.ts";
import type { ClusterAccess } from "./access.ts";

export interface KubeRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: unknown;
}

/** HTTP to the API server. Both come back with a failure instead of throwing, unless `signal` aborts. */
export interface KubeTransport {
  /** A 2xx answer's JSON. */
  send(request: KubeRequest, signal: AbortSignal): Promise<Result<unknown, KubeFailure>>;
  /** A stream of bytes that ends when the server ends it, or fails while it is read. */
  stream(request: KubeRequest, signal: AbortSignal): Promise<Result<AsyncIterable<Uint8Array>, KubeFailure>>;
  close(): Promise<void>;
}

/** No answer of the API server to a single request takes longer, unless something is broken. */
const requestTimeoutMs = 30_000;
const connectTimeoutMs = 10_000;
/** Sockets for requests; watches have an agent of their own, or they would use these up. */
const connections = 16;
/** A rotated token is on disk for minutes before the old one ends. */
const tokenLifeMs = 60_000;

export interface KubeTransportOptions {
  /** Who asks, for the audit log of the API server. */
  readonly userAgent?: string;
  /** Asked before each write. */
  readonly fence?: Fence;
}

/** Throws an AccessError if the certificates cannot be read. */
export function createKubeTransport(
  access: ClusterAccess,
  clock: Clock,
  { userAgent = "ontap-iscsi-operator", fence = noFence }: KubeTransportOptions = {},
): KubeTransport {
  const { tls } = access;
  // HTTP/1.1 on purpose: one lost HTTP/2 connection would take all watches and writes down together.
  const common: Agent.Options = {
    allowH2: false,
    connect: {
      timeout: connectTimeoutMs,
      rejectUnauthorized: !tls.skipVerify,
      secureContext: secureContextOf(tls),
      ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    },
  };
  const agent = new Agent({ ...common, connections, headersTimeout: requestTimeoutMs, bodyTimeout: requestTimeoutMs });
  const requests = agent.compose(fenced(fence));
  // A watch may be silent for long; the reflector has a deadline of its own.
  const watchAgent = new Agent({ ...common, headersTimeout: requestTimeoutMs, bodyTimeout: 0 });

  let token: { readonly value: SecretText | undefined; readonly untilMs: number } | undefined;
  async function authorization(): Promise<SecretText | undefined> {
    const nowMs = clock.monotonic();
    if (token === undefined || nowMs >= token.untilMs) {
      token = { value: await access.authorization(), untilMs: nowMs + tokenLifeMs };
    }
    return token.value;
  }

  /** A token that is refused may have been rotated since it was read: it is read again, and the request made once more. */
  async function open(
    dispatcher: Dispatcher,
    kubeRequest: KubeRequest,
    signal: AbortSignal,
  ): Promise<Result<Dispatcher.ResponseData, KubeFailure>> {
    const cached = token;
    const reply = await attempt(dispatcher, kubeRequest, signal);
    const refused = !reply.ok && reply.error.problem === "unauthorized";
    return refused && cached !== undefined ? attempt(dispatcher, kubeRequest, signal) : reply;
  }

  async function attempt(
    dispatcher: Dispatcher,
    { method, path, query, accept = "application/json", contentType = "application/json", body }: KubeRequest,
    signal: AbortSignal,
  ): Promise<Result<Dispatcher.ResponseData, KubeFailure>> {
    const about = { kind: "kube", verb: method, path } as const;
    try {
      const header = await authorization();
      const reply = await dispatcher.request({
        origin: access.server,
        path,
        method,
        signal,
        query: query ?? {},
        headers: {
          accept,
          "user-agent": userAgent,
          ...(header === undefined ? {} : { authorization: header.reveal() }),
          ...(body === undefined ? {} : { "content-type": contentType }),
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      if (reply.statusCode < 300) return ok(reply);
      const text = await reply.body.text();
      if (reply.statusCode === 401) token = undefined;
      return err({
        ...about,
        problem: problemOf(reply.statusCode),
        httpStatus: reply.statusCode,
        message: messageOf(text) ?? `HTTP ${reply.statusCode}`,
        retryAfterMs: parseRetryAfterMs(reply.headers["retry-after"], clock.now()),
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      return err({
        ...about,
        problem: "unreachable",
        httpStatus: undefined,
        message: codeOf(error),
        retryAfterMs: undefined,
      });
    }
  }

  return {
    async send(kubeRequest, signal) {
      const reply = await open(requests, kubeRequest, signal);
      if (!reply.ok) return reply;
      const { method: verb, path } = kubeRequest;
      try {
        return ok(await reply.value.body.json());
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        return err({
          kind: "kube",
          verb,
          path,
          problem: "unreachable",
          httpStatus: reply.value.statusCode,
          message: codeOf(error),
          retryAfterMs: undefined,
        });
      }
    },
    async stream(kubeRequest, signal) {
      const reply = await open(watchAgent, kubeRequest, signal);
      return reply.ok ? ok(reply.value.body as AsyncIterable<Uint8Array>) : reply;
    },
    async close() {
      await Promise.all([agent.destroy(), watchAgent.destroy()]);
    },
  };
}

/** What we trust and what we show, read once, so that no connection parses it again. */
function secureContextOf({ ca, cert, key }: ClusterAccess["tls"]): SecureContext {
  try {
    return createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
  } catch (error) {
    throw new AccessError(`the cluster's CA, or our own certificate and key, cannot be read (${codeOf(error)})`);
  }
}

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
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null || !("message" in parsed)) return undefined;
    return typeof parsed.message === "string" ? parsed.message : undefined;
  } catch {
    return undefined;
  }
}

/** The library's code rather than its sentence, which may carry what was sent. */
const codeOf = (error: unknown): string => errorCodeOf(error) ?? (error instanceof Error ? error.name : "no answer");
