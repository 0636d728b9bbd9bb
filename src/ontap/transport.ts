import { Agent, buildConnector, type Dispatcher } from "undici";

import type { Trouble } from "../array/catalogue/troubles.ts";
import type { ArrayAccess } from "../array/port.ts";
import { fenced } from "../http/fenced.ts";
import { parseRetryAfterMs } from "../http/retry-after.ts";
import type { Clock } from "../std/clock.ts";
import { startDeadline } from "../std/deadline.ts";
import { noFence, type Fence } from "../std/fence.ts";
import { err, ok, type Result } from "../std/result.ts";
import { authorizationOf } from "./authorization.ts";
import type { HttpReply, HttpRequest, NoReply, OpenTransport, Send, Transport } from "./send.ts";
import { secureContextOf } from "./tls.ts";
import { troubleOfError, wordsOfError } from "./trouble-of-error.ts";

/** A page of a thousand credentials with dozens of address ranges each stays well below. */
const largestReplyBytes = 16 * 1024 * 1024;

const longestConnectMs = 10_000;

/** ONTAP closes idle connections after `timeout=5`; to give ours up this much sooner keeps a request off a dying one. */
const keepAliveMarginMs = 2000;
const keepAliveWithoutHintMs = 3000;

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
  return (access) => {
    const opened = open(access);
    if (opened.ok) return transportOver(opened.value, access, deps);
    return { send: () => Promise.resolve(opened), close: () => Promise.resolve() };
  };
}

interface Opened {
  readonly agent: Agent;
  readonly authorization: Readonly<Record<string, string>>;
  /** Whether the error ended an attempt to connect, so that no request ever left. */
  readonly endedConnecting: (error: unknown) => boolean;
}

function open(access: ArrayAccess): Result<Opened, NoReply> {
  const authorization = authorizationOf(access.login);
  if (authorization === undefined) return noReply("login unusable", unsent);
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
  const agent = new Agent({
    connect: (options, callback) =>
      connect(options, (...ended) => {
        const [error, socket] = ended;
        if (error !== null) connectErrors.add(error);
        // With TLS 1.3 our certificate is judged after the handshake; left open, the socket's end would hide the verdict.
        else socket.on("error", () => socket.destroy());
        callback(...ended);
      }),
    connections: maxConcurrentRequests,
    keepAliveTimeout: keepAliveWithoutHintMs,
    keepAliveTimeoutThreshold: keepAliveMarginMs,
    maxResponseSize: largestReplyBytes,
    // The deadline of the whole request covers both, to the millisecond.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return ok({
    agent,
    authorization,
    endedConnecting: (error) => error instanceof Error && connectErrors.has(error),
  });
}

function transportOver(
  { agent, authorization, endedConnecting }: Opened,
  { endpoint, requestTimeoutMs }: ArrayAccess,
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

  const exchange = async ({ verb, path, body }: HttpRequest, signal: AbortSignal): Promise<HttpReply> => {
    const response = await dispatcher.request({
      origin: endpoint,
      path,
      method: verb,
      headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
      body: body?.reveal() ?? null,
      signal,
    });
    return {
      httpStatus: response.statusCode,
      retryAfterMs: parseRetryAfterMs(response.headers["retry-after"], clock.now()),
      text: await response.body.text(),
    };
  };

  const send: Send = async (request, signal) => {
    signal.throwIfAborted();
    using deadline = startDeadline(clock, requestTimeoutMs, signal);
    try {
      return ok(await exchange(request, deadline.signal));
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.passed()) {
        return noReply("timeout", { sent: true, detail: `no whole answer within ${requestTimeoutMs} ms` });
      }
      const trouble = troubleOfError(error);
      const sent = trouble !== "closed" && !endedConnecting(error);
      return noReply(trouble, { sent, detail: wordsOfError(error) });
    }
  };

  let closing: Promise<void> | undefined;
  return { send, close: () => (closing ??= agent.close()) };
}

const unsent = { sent: false, detail: undefined } as const;

function noReply(trouble: Trouble, more: Pick<NoReply, "sent" | "detail">): Result<never, NoReply> {
  return err({ trouble, ...more, retryAfterMs: undefined });
}
