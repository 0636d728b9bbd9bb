import { Agent, buildConnector, type Dispatcher } from "undici";

import type { Trouble } from "../array/catalogue/troubles.ts";
import type { ArrayAccess } from "../array/port.ts";
import type { Verb } from "../array/verb.ts";
import { exchange, type HttpAnswer, type HttpFailure } from "../http/exchange.ts";
import { fenced } from "../http/fenced.ts";
import { parseRetryAfterMs } from "../http/retry-after.ts";
import { createByteBudget, type ByteBudget } from "../std/byte-budget.ts";
import type { Clock } from "../std/clock.ts";
import { startDeadline } from "../std/deadline.ts";
import { noFence, type Fence } from "../std/fence.ts";
import { err, ok, type Result } from "../std/result.ts";
import { authorizationOf } from "./authorization.ts";
import type { HttpReply, HttpRequest, NoReply, OpenTransport, Send, Transport } from "./send.ts";
import { secureContextOf } from "./tls.ts";
import { troubleOfError, wordsOfError } from "./trouble-of-error.ts";

/** A page of 500 credentials with dozens of address ranges each stays well below. */
const largestReplyBytes = 2 * 1024 * 1024;

/** What the answers of all arrays together may hold while they are being read. */
const mostBytesAtOnce = 16 * 1024 * 1024;

const longestConnectMs = 10_000;

/** ONTAP closes idle connections after `timeout=5`; to give ours up this much sooner keeps a request off a dying one. */
const keepAliveMarginMs = 2000;
const keepAliveWithoutHintMs = 3000;

/** Requests that do no harm when the array gets them twice. */
const repeatable: ReadonlySet<Verb> = new Set(["GET", "PATCH"]);

export interface OpenTransportDeps {
  readonly clock: Clock;
  readonly version: string;
  /** Which process asks, for the audit log of the array: the pod's name. */
  readonly instance: string;
  /** Asked before each write. */
  readonly fence?: Fence;
}

/**
 * HTTPS to one array, by HTTP/1.1, with a pool of its own. It follows no redirect, uses no proxy, and trusts and shows
 * what `access` says and nothing else. Other settings or another login need another transport.
 */
export function createOpenTransport(deps: OpenTransportDeps): OpenTransport {
  const budget = createByteBudget(mostBytesAtOnce);
  return (access) => {
    const opened = open(access);
    if (opened.ok) return transportOver(opened.value, access, budget, deps);
    return { send: () => Promise.resolve(opened), close: () => Promise.resolve() };
  };
}

interface Opened {
  readonly agent: Agent;
  readonly authorization: Readonly<Record<string, string>>;
  /** Whether the error ended an attempt to connect, so that no request ever left. */
  readonly endedConnecting: (error: unknown) => boolean;
  /** Whether the error ended a connection that had served before. */
  readonly endedReused: (error: unknown) => boolean;
}

function open(access: ArrayAccess): Result<Opened, NoReply> {
  const authorization = authorizationOf(access.login);
  if (authorization === undefined) return noReply("login unusable", unsent);
  if (!URL.canParse(access.endpoint)) return noReply("endpoint unusable", unsent);
  const secureContext = secureContextOf(access);
  if (!secureContext.ok) return noReply(secureContext.error, unsent);
  const { trust, requestTimeoutMs, maxConcurrentRequests } = access;
  const connect = buildConnector({
    secureContext: secureContext.value,
    rejectUnauthorized: !trust.insecureSkipVerify,
    ...(trust.serverName === undefined ? {} : { servername: trust.serverName }),
    timeout: Math.min(longestConnectMs, requestTimeoutMs / 2),
    allowH2: false,
  });
  const connectErrors = new WeakSet<Error>();
  const reuseErrors = new WeakSet<Error>();
  const agent = new Agent({
    connect: (options, callback) =>
      connect(options, (...ended) => {
        const [error, socket] = ended;
        if (error !== null) connectErrors.add(error);
        else {
          socket.on("error", (death: Error) => {
            if (socket.bytesRead > 0) reuseErrors.add(death);
            // With TLS 1.3 our certificate is judged after the handshake; left open, the socket's end would hide the verdict.
            socket.destroy();
          });
        }
        callback(...ended);
      }),
    connections: maxConcurrentRequests,
    keepAliveTimeout: keepAliveWithoutHintMs,
    keepAliveTimeoutThreshold: keepAliveMarginMs,
    // The deadline of the whole request covers both, to the millisecond.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return ok({
    agent,
    authorization,
    endedConnecting: (error) => error instanceof Error && connectErrors.has(error),
    endedReused: (error) => error instanceof Error && (reuseErrors.has(error) || hadBeenRead(error)),
  });
}

/** undici's own error for a connection that ended without one tells how much had come over it. */
function hadBeenRead(error: Error): boolean {
  const socket = "socket" in error ? (error.socket as { readonly bytesRead?: number } | undefined) : undefined;
  return (socket?.bytesRead ?? 0) > 0;
}

function transportOver(
  { agent, authorization, endedConnecting, endedReused }: Opened,
  { endpoint, requestTimeoutMs }: ArrayAccess,
  budget: ByteBudget,
  { clock, version, instance, fence = noFence }: OpenTransportDeps,
): Transport {
  const dispatcher: Dispatcher = agent.compose(fenced(fence));
  const headers = {
    accept: "application/json",
    // ONTAP's statistics and limits per application go by this name.
    "x-dot-client-app": `ontap-iscsi-operator/${version}`,
    "user-agent": `ontap-iscsi-operator/${version} (${instance})`,
    ...authorization,
  };

  const ask = ({ verb, path, body }: HttpRequest, signal: AbortSignal): ReturnType<typeof exchange> =>
    exchange(
      {
        origin: endpoint,
        path,
        method: verb,
        headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
        body: body?.reveal() ?? null,
      },
      { dispatcher, signal, mostBytes: largestReplyBytes, budget },
    );

  /** The array may close a connection in the moment in which we use it again; that says nothing about the array. */
  const askAgainIfStale = async (request: HttpRequest, signal: AbortSignal): ReturnType<typeof exchange> => {
    const asked = await ask(request, signal);
    const stale = !asked.ok && asked.error.progress === "sent" && endedReused(asked.error.error);
    return stale && repeatable.has(request.verb) ? ask(request, signal) : asked;
  };

  const send: Send = async (request, signal) => {
    signal.throwIfAborted();
    using deadline = startDeadline(clock, requestTimeoutMs, signal);
    try {
      const asked = await askAgainIfStale(request, deadline.signal);
      signal.throwIfAborted();
      return asked.ok ? ok(replyOf(asked.value, clock)) : failureOf(asked.error);
    } catch (error) {
      signal.throwIfAborted();
      if (!deadline.passed()) throw error;
      return noReply("timeout", { sent: true, detail: `no whole answer within ${requestTimeoutMs} ms` });
    }
  };

  const failureOf = ({ kind, error, progress }: HttpFailure): Result<never, NoReply> => {
    if (kind === "too-large")
      return noReply("too large", { sent: true, detail: `more than ${largestReplyBytes} bytes` });
    if (kind === "crowded-out") return noReply("crowded out", { sent: true, detail: undefined });
    const trouble = troubleOfError(error);
    const sent = progress !== "queued" && trouble !== "closed" && !endedConnecting(error);
    return noReply(trouble, { sent, detail: wordsOfError(error) });
  };

  let closing: Promise<void> | undefined;
  return { send, close: () => (closing ??= agent.close()) };
}

function replyOf({ status, headers, text }: HttpAnswer, clock: Clock): HttpReply {
  return {
    httpStatus: status,
    retryAfterMs: parseRetryAfterMs(headers["retry-after"], clock.now()),
    location: headers.location,
    text,
  };
}

const unsent = { sent: false, detail: undefined } as const;

function noReply(trouble: Trouble, more: Pick<NoReply, "sent" | "detail">): Result<never, NoReply> {
  return err({ trouble, ...more, retryAfterMs: undefined });
}
