import type { KubeRequest } from "../../../src/kube/transport.ts";
import type { Random } from "../../../src/std/random.ts";

/** What goes wrong with a request, and with which ones. */
export interface Fault {
  /** All requests, unless given. */
  readonly when?: (request: KubeRequest) => boolean;
  readonly effect: Effect;
  /** Strikes with this chance; always unless given. */
  readonly probability?: number;
  /** Strikes so often, then never again; without it, until it is cleared. */
  readonly times?: number;
}

export type Effect =
  /** Answered so, and nothing is done: by a webhook, a policy, a quota, priority and fairness, or a server in trouble. */
  | { readonly do: "refuse"; readonly status: number; readonly retryAfterSeconds?: number; readonly message?: string }
  /** The connection breaks before the request arrives. */
  | { readonly do: "drop" }
  /** It is done, and the connection breaks before the answer is back. */
  | { readonly do: "lose-answer" }
  /** No answer comes; whether it is done is another question. */
  | { readonly do: "hang"; readonly applied: boolean };

export interface Faults {
  /** Gives what takes the fault away again. */
  add(fault: Fault): () => void;
  clear(): void;
  /** The first fault that strikes. Counts: call it once for each request. */
  strike(request: KubeRequest): Effect | undefined;
}

export function createFaults(random: Random): Faults {
  const armed = new Map<Fault, number>();
  return {
    add(fault) {
      armed.set(fault, 0);
      return () => void armed.delete(fault);
    },
    clear: () => armed.clear(),
    strike(request) {
      for (const [fault, struck] of armed) {
        const { when = () => true, probability = 1, times = Infinity } = fault;
        if (struck >= times || !when(request)) continue;
        if (probability < 1 && random() >= probability) continue;
        armed.set(fault, struck + 1);
        return fault.effect;
      }
      return undefined;
    },
  };
}
