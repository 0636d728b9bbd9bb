import type { KubeFailure, KubeProblem } from "../../../src/api/failure.ts";
import type { KubeRequest, KubeTransport } from "../../../src/kube/transport.ts";
import type { Clock } from "../../../src/std/clock.ts";
import { noFence, type Fence } from "../../../src/std/fence.ts";
import { err, ok, type Result } from "../../../src/std/result.ts";
import { isSuccess, refusal, type Answer } from "./answer.ts";
import { unlessAborted } from "../clock.ts";
import type { Caller } from "./api-server.ts";
import type { Effect, Faults } from "./faults.ts";
import { targetOf } from "./resources.ts";
import type { Watches } from "./watches.ts";

/**
 * The way of one client to the API server and back, as src/kube/transport.ts is one: each direction takes time, and may
 * fail. The fence is asked when a write leaves, which may be after what its sender knew has changed.
 */
export interface TransportDeps {
  /** The client's own: a process that is stopped or dead hears of no answer. */
  readonly clock: Clock;
  /** The network's: what has left arrives although its sender may be dead by then. */
  readonly network: Pick<Clock, "after">;
  readonly who: Caller;
  readonly fence?: Fence;
  readonly faults: Faults;
  readonly watches: Watches;
  readonly latencyMs: () => number;
  /** Does what is asked, at this instant. */
  readonly answer: (request: KubeRequest, who: Caller) => Answer;
}

/** As in src/kube/transport.ts. */
const answerTimeoutMs = 30_000;

export function createModelTransport(deps: TransportDeps): KubeTransport {
  const { clock, network, who, fence = noFence, faults, watches, latencyMs, answer } = deps;
  const closed = new AbortController();

  /** Undefined: the request did not get through, or its answer did not. */
  async function exchange(
    request: KubeRequest,
    effect: Effect | undefined,
    signal: AbortSignal,
    carryOut: () => Answer,
  ): Promise<Answer | "ECONNRESET" | "UND_ERR_HEADERS_TIMEOUT"> {
    signal.throwIfAborted();
    const [outMs, backMs] = [latencyMs(), latencyMs()];
    await clock.sleep(outMs / 2, signal);
    if (request.method !== "GET") {
      try {
        fence();
      } catch {
        signal.throwIfAborted();
        return "ECONNRESET";
      }
    }
    // From here on it is on the wire: who gives up now does not take it back.
    const { promise, resolve } = Promise.withResolvers<Answer | "ECONNRESET">();
    network.after(outMs / 2, () => {
      if (effect?.do === "drop" || (effect?.do === "hang" && !effect.applied)) return resolve("ECONNRESET");
      resolve(effect?.do === "refuse" ? refusal(effect.status, effect.retryAfterSeconds, effect.message) : carryOut());
    });
    const answered = await unlessAborted(promise, signal);
    if (effect?.do === "hang") {
      await clock.sleep(answerTimeoutMs, signal);
      return "UND_ERR_HEADERS_TIMEOUT";
    }
    await clock.sleep(backMs, signal);
    return effect?.do === "lose-answer" ? "ECONNRESET" : answered;
  }

  function resultOf<T>(
    { method, path }: KubeRequest,
    answered: Answer | string,
    value: (body: object) => T,
  ): Result<T, KubeFailure> {
    const about = { kind: "kube", verb: method, path } as const;
    if (typeof answered === "string") {
      const none = { httpStatus: undefined, retryAfterMs: undefined } as const;
      return err({ ...about, ...none, problem: "unreachable", message: answered });
    }
    if (isSuccess(answered)) return ok(value(answered.body));
    const { status, message, retryAfterSeconds } = answered;
    const retryAfterMs = retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000;
    return err({ ...about, problem: problemOf(status), httpStatus: status, message, retryAfterMs });
  }

  return {
    async send(request, signal) {
      const sent = copy(request);
      const answered = await exchange(sent, faults.strike(sent), signal, () => answer(sent, who));
      return resultOf(sent, answered, copy);
    },
    async stream(request, signal) {
      const target = targetOf(request.path);
      if (target === undefined) throw new Error(`nothing to watch at ${request.path}`);
      let lines: AsyncIterable<Uint8Array> | undefined;
      const answered = await exchange(request, faults.strike(request), signal, () => {
        lines = watches.open(target, request, clock);
        return { status: 200, body: {} };
      });
      return resultOf(request, answered, () => endedBy(lines as AsyncIterable<Uint8Array>, [signal, closed.signal]));
    },
    async close() {
      closed.abort();
    },
  };
}

const problems: Readonly<Record<number, KubeProblem>> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  409: "conflict",
  410: "gone",
  429: "throttled",
};

const problemOf = (status: number): KubeProblem => problems[status] ?? (status >= 500 ? "unavailable" : "invalid");

/** What crosses the wire is text: neither side sees the other's objects. */
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Ends a stream, also at the server, when one of these aborts. */
function endedBy(lines: AsyncIterable<Uint8Array>, signals: readonly AbortSignal[]): AsyncIterable<Uint8Array> {
  const reader = lines[Symbol.asyncIterator]();
  const leave = (): void => void reader.return?.();
  for (const signal of signals) {
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  }
  return { [Symbol.asyncIterator]: () => reader };
}
