import { X509Certificate } from "node:crypto";
import type { Trouble } from "../../src/array/catalogue/troubles.ts";
import type { ArrayAccess, Login } from "../../src/array/port.ts";
import { parseRetryAfterMs } from "../../src/http/retry-after.ts";
import { authorizationOf } from "../../src/ontap/authorization.ts";
import type { HttpReply, HttpRequest, NoReply, OpenTransport } from "../../src/ontap/send.ts";
import type { MemoryReply, MemoryRequest, MemorySimulator } from "../../src/simulator/in-memory.ts";
import type { Clock } from "../../src/std/clock.ts";
import { startDeadline } from "../../src/std/deadline.ts";
import type { Fence } from "../../src/std/fence.ts";
import { err, ok, type Result } from "../../src/std/result.ts";

export interface MemoryTransportDeps {
  readonly clock: Clock;
  /** Which simulated array answers at an endpoint; undefined if nothing listens there. */
  readonly at: (endpoint: string) => MemorySimulator | undefined;
  readonly fence?: Fence;
  readonly instance?: string;
}

/** The operator's way to simulated arrays in memory: what HTTPS does, without sockets and on the caller's clock. */
export function createMemoryTransport({ clock, at, fence, instance = "test" }: MemoryTransportDeps): OpenTransport {
  return (access) => {
    let closed = false;
    return {
      async send(request, signal) {
        signal.throwIfAborted();
        const headers = authorizationOf(access.login);
        if (headers === undefined) return noReply("login unusable", false);
        if (closed) return noReply("closed", false);
        const simulator = at(access.endpoint);
        if (simulator === undefined) return noReply("refused", false);
        if (request.verb !== "GET") fence?.();
        using deadline = startDeadline(clock, access.requestTimeoutMs, signal);
        try {
          const reply = await simulator.send(
            memoryRequestOf(request, access, { ...headers, "user-agent": `ontap-iscsi-operator/0 (${instance})` }),
            deadline.signal,
          );
          return resultOf(reply, clock);
        } catch (error) {
          signal.throwIfAborted();
          if (deadline.passed()) return noReply("timeout", true);
          throw error;
        }
      },
      async close() {
        closed = true;
      },
    };
  };
}

function memoryRequestOf(
  { verb, path, body }: HttpRequest,
  { login, trust }: ArrayAccess,
  headers: Readonly<Record<string, string>>,
): MemoryRequest {
  const certificateUser = certificateUserOf(login);
  return {
    method: verb,
    target: path,
    trustsAny: trust.insecureSkipVerify,
    headers: { accept: "application/json", "x-dot-client-app": "ontap-iscsi-operator/0", ...headers },
    ...(body === undefined ? {} : { body: body.reveal() }),
    ...(certificateUser === undefined ? {} : { certificateUser }),
  };
}

function certificateUserOf(login: Login): string | undefined {
  if (login.method !== "clientCertificate") return undefined;
  return /CN=(.*)/.exec(new X509Certificate(login.certificatePem).subject)?.[1];
}

const troubleOfCertificate = {
  expired: "certificate expired",
  "wrong-name": "certificate of another name",
  "unknown-authority": "certificate of unknown authority",
} as const satisfies Record<Extract<MemoryReply, { kind: "bad-certificate" }>["certificate"], Trouble>;

function resultOf(reply: MemoryReply, clock: Clock): Result<HttpReply, NoReply> {
  switch (reply.kind) {
    case "answer": {
      const { status: httpStatus, headers, body: text } = reply;
      const retryAfterMs = parseRetryAfterMs(headers["retry-after"], clock.now());
      return ok({ httpStatus, text, retryAfterMs, location: headers["location"] });
    }
    case "refused":
      return noReply("refused", false);
    case "handshake-aborted":
      return noReply("reset", false);
    case "bad-certificate":
      return noReply(troubleOfCertificate[reply.certificate], false);
    case "reset":
      return noReply("reset", true);
    default:
      return reply satisfies never;
  }
}

const noReply = (trouble: Trouble, sent: boolean): Result<never, NoReply> =>
  err({ trouble, sent, detail: undefined, retryAfterMs: undefined });
