import type { KubeRequest, KubeTransport } from "../../../src/kube/transport.ts";
import type { OpenTransport } from "../../../src/ontap/send.ts";
import { callOfArray, callOfKube } from "./calls.ts";

/** Where a process ends: at this occurrence of a call, counted from 1. */
export interface CrashPoint {
  readonly call: string;
  readonly occurrence: number;
  readonly boundary: Boundary;
}

export const boundaries = ["before it", "committed, not answered", "after its answer"] as const;
export type Boundary = (typeof boundaries)[number];

/** One life of the operator's process, from its start to the crash point: what it sends goes through here. */
export interface Life {
  /** The calls that were begun since `arm`, in order. */
  readonly begun: readonly string[];
  /** What the API server is known to have accepted since `arm`, reads aside. */
  readonly accepted: readonly KubeRequest[];
  /** When the last call that changes something was begun or answered. */
  lastWriteMs(): number;
  /** From now on calls count, and the process ends at `crash`, if there is one. */
  arm(crash: CrashPoint | undefined): void;
  /** Resolves when the crash point was reached. */
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  kube(real: KubeTransport): KubeTransport;
  openTransport(real: OpenTransport): OpenTransport;
}

/**
 * Ends as `kill -9` does: from that moment nothing leaves, and no answer comes in; what the other side was doing it may
 * go on doing.
 */
export function createLife(): Life {
  const begun: string[] = [];
  const accepted: KubeRequest[] = [];
  const ended = Promise.withResolvers<void>();
  let armed: { readonly crash: CrashPoint | undefined } | undefined;
  let dead = false;
  let lastWriteMs = performance.now();

  function die(): void {
    dead = true;
    ended.resolve();
  }

  /** Which boundary of this very call is the process's end. */
  function endAt(call: string | undefined): Boundary | undefined {
    if (call === undefined || armed === undefined) return undefined;
    begun.push(call);
    const { crash } = armed;
    if (crash?.call !== call) return undefined;
    return begun.filter((other) => other === call).length === crash.occurrence ? crash.boundary : undefined;
  }

  async function through<T>(call: string | undefined, signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    if (dead) return silence(signal);
    const end = endAt(call);
    if (call !== undefined) lastWriteMs = performance.now();
    if (end === "before it") {
      die();
      return silence(signal);
    }
    const answer = await send();
    if (call !== undefined) lastWriteMs = performance.now();
    if (dead) return silence(signal);
    if (end !== undefined) die();
    return end === "committed, not answered" ? silence(signal) : answer;
  }

  return {
    begun,
    accepted,
    lastWriteMs: () => lastWriteMs,
    arm: (crash) => void (armed = { crash }),
    ended: ended.promise,
    hasEnded: () => dead,
    kube: (real) => ({
      send: (request, signal) =>
        through(callOfKube(request), signal, async () => {
          const answer = await real.send(request, signal);
          if (answer.ok && armed !== undefined && request.method !== "GET") accepted.push(request);
          return answer;
        }),
      stream: (request, signal) => through(undefined, signal, () => real.stream(request, signal)),
      close: () => real.close(),
    }),
    openTransport: (real) => (access) => {
      const { send, close } = real(access);
      return {
        send: (request, signal) => through(callOfArray(request), signal, () => send(request, signal)),
        close,
      };
    },
  };
}

function silence(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return promise;
}

/** The API server as if it had but one namespace, so that operators beside each other do not share their objects. */
export function withinNamespace(real: KubeTransport, namespace: string): KubeTransport {
  const within = (request: KubeRequest): KubeRequest => ({
    ...request,
    path: request.path.replace(
      /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)\/(?!namespaces)([a-z]+)$/,
      `$1/namespaces/${namespace}/$2`,
    ),
  });
  return {
    send: (request, signal) => real.send(within(request), signal),
    stream: (request, signal) => real.stream(within(request), signal),
    close: () => real.close(),
  };
}
