import type { Login } from "../../src/array/port.ts";
import { parseRetryAfterMs } from "../../src/http/retry-after.ts";
import type { HttpReply, HttpRequest, NoReply, OpenTransport } from "../../src/ontap/send.ts";
import type { Clock } from "../../src/std/clock.ts";
import { startDeadline } from "../../src/std/deadline.ts";
import { noFence, type Fence } from "../../src/std/fence.ts";
import { err, ok, type Result } from "../../src/std/result.ts";
import type { Trouble } from "../../src/array/catalogue/troubles.ts";
import { unlessAborted, type Chance } from "./clock.ts";
import type { ArrayReply, ArrayRequest } from "./simulated-array.ts";

/** What answers at an endpoint: a simulated array, or a script that is hostile on purpose. */
export interface Listener {
  send(request: ArrayRequest): Promise<ArrayReply>;
}

/**
 * The network between operators and arrays, in virtual time. An array may listen at several endpoints, as a cluster LIF and an
 * SVM LIF lead to one array. What has left arrives, although its sender may have given up or be dead by then; an answer may be
 * lost or late.
 *
 * Not modelled: TLS (who is believed is tested over HTTPS), and pools of connections: each request finds one, and none is asked again on another.
 */
export interface ArrayNetwork {
  listen(endpoint: string, listener: Listener): void;
  /** A process's way to its arrays, as src/ontap/transport.ts is one. */
  transportOf(process: {
    readonly clock: Clock;
    readonly fence?: Fence;
    /** Shows as the user agent in the array's log. */
    readonly name: string;
  }): OpenTransport;
  /** So likely an answer, or a request, is lost from now on. */
  losing: { readonly requests: number; readonly answers: number };
}

export interface ArrayNetworkOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  /** One way. */
  readonly latencyMs: { readonly from: number; readonly to: number };
}

export function createArrayNetwork({ clock: network, chance, latencyMs }: ArrayNetworkOptions): ArrayNetwork {
  const listeners = new Map<string, Listener>();
  const latency = (): number => latencyMs.from + chance.random() * (latencyMs.to - latencyMs.from);

  const arrays: ArrayNetwork = {
    losing: { requests: 0, answers: 0 },
    listen: (endpoint, listener) => void listeners.set(endpoint, listener),
    transportOf:
      ({ clock, fence = noFence, name }) =>
      (access) => {
        const headers = headersOf(access.login, name);
        const closed = new AbortController();

        /** Undefined: lost on the way. */
        async function carry(request: HttpRequest, signal: AbortSignal): Promise<ArrayReply | undefined> {
          const listener = listeners.get(access.endpoint);
          if (listener === undefined) return { kind: "refused" };
          await clock.sleep(latency(), signal);
          if (closed.signal.aborted) return { kind: "refused" };
          if (request.verb !== "GET") fence();
          const lost = {
            request: chance.happens(arrays.losing.requests),
            answer: chance.happens(arrays.losing.answers),
          };
          const { promise, resolve } = Promise.withResolvers<ArrayReply | undefined>();
          network.after(latency(), () => {
            if (lost.request) resolve(undefined);
            else void listener.send(arrayRequest(request, headers ?? {})).then(resolve);
          });
          const reply = await unlessAborted(promise, signal);
          await clock.sleep(latency(), signal);
          return lost.answer ? undefined : reply;
        }

        return {
          async send(request, signal) {
            signal.throwIfAborted();
            if (headers === undefined) return noReply("login unusable", false);
            if (closed.signal.aborted) return noReply("closed", false);
            using deadline = startDeadline(clock, access.requestTimeoutMs, signal);
            try {
              return resultOf(await carry(request, deadline.signal), access.endpoint, clock.now());
            } catch (error) {
              signal.throwIfAborted();
              if (deadline.passed()) {
                return noReply("timeout", true, `no whole answer within ${access.requestTimeoutMs} ms`);
              }
              throw error;
            }
          },
          async close() {
            closed.abort();
          },
        };
      },
  };
  return arrays;
}

/** Undefined for a login that HTTP cannot carry. */
function headersOf(login: Login, name: string): Readonly<Record<string, string>> | undefined {
  const common = { accept: "application/json", "x-dot-client-app": "ontap-iscsi-operator", "user-agent": name };
  switch (login.method) {
    case "basic": {
      const pair = Buffer.from(`${login.user}:${login.password.reveal()}`, "utf8").toString("base64");
      return login.user.includes(":") ? undefined : { ...common, authorization: `Basic ${pair}` };
    }
    case "bearerToken":
      return { ...common, authorization: `Bearer ${login.token.reveal()}` };
    default:
      // TLS is not modelled, and a client certificate is part of it.
      return undefined;
  }
}

const arrayRequest = ({ verb, path, body }: HttpRequest, headers: Readonly<Record<string, string>>): ArrayRequest => ({
  verb,
  path,
  headers,
  body: body?.reveal() ?? "",
  certificateUser: undefined,
});

function resultOf(reply: ArrayReply | undefined, endpoint: string, nowMs: number): Result<HttpReply, NoReply> {
  switch (reply?.kind) {
    case undefined:
    case "reset":
      return noReply("reset", true);
    case "refused":
      return noReply("refused", false, `connect ECONNREFUSED ${new URL(endpoint).host}`);
    case "trouble":
      return noReply(reply.trouble, false);
    case "answer": {
      const { status: httpStatus, text, retryAfter } = reply;
      return ok({ httpStatus, text, retryAfterMs: parseRetryAfterMs(retryAfter, nowMs) });
    }
    default:
      return reply satisfies never;
  }
}

const noReply = (trouble: Trouble, sent: boolean, detail?: string): Result<never, NoReply> =>
  err({ trouble, sent, detail, retryAfterMs: undefined });
