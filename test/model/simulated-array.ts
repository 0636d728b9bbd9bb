import { answer } from "../../src/simulator/answer.ts";
import { act } from "../../src/simulator/control/act.ts";
import { actionSchema, type ActionInput } from "../../src/simulator/control/action.ts";
import { faultSchema, type FaultInput } from "../../src/simulator/faults/fault.ts";
import type { Credential, Svm } from "../../src/simulator/model/cluster.ts";
import type { LoggedRequest } from "../../src/simulator/model/request-log.ts";
import type { Reachability } from "../../src/simulator/model/reachability.ts";
import { createWorld } from "../../src/simulator/stage.ts";
import type { Clock } from "../../src/std/clock.ts";
import { unreachable } from "../../src/std/unreachable.ts";
import type { Trouble } from "../../src/array/catalogue/troubles.ts";
import type { Verb } from "../../src/array/verb.ts";

/**
 * One array: the simulator's own rules, without HTTPS and sockets, on a given clock. The only file of the models that knows how
 * the simulator is put together.
 */
export interface SimulatedArray {
  /** Resolves when the answer leaves the array; never for a request that hangs. */
  send(request: ArrayRequest): Promise<ArrayReply>;
  /** What a storage administrator, or the network, does behind our back. Throws for what cannot be done: a test's mistake. */
  act(action: ActionInput): Promise<void>;
  addFault(fault: FaultInput): void;
  clearFaults(): void;
  svms(): readonly Svm[];
  /** All that is held, secrets included. */
  credentials(): readonly HeldCredential[];
  held(svm: string, initiator: string): Credential | undefined;
  requests(): readonly LoggedRequest[];
}

export interface HeldCredential extends Credential {
  readonly svm: string;
  readonly svmUuid: string;
}

export interface ArrayRequest {
  readonly verb: Verb;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly certificateUser: string | undefined;
}

/** An answer, or how its connection ended instead. */
export type ArrayReply =
  | { readonly kind: "answer"; readonly status: number; readonly retryAfter: string | undefined; readonly text: string }
  /** No connection came about. */
  | { readonly kind: "refused" }
  | { readonly kind: "reset" }
  /** Anything else that can keep a request from being sent, as the operator's own transport names it. */
  | { readonly kind: "trouble"; readonly trouble: Trouble };

export interface ArrayOptions {
  readonly clock: Clock;
  readonly seed: number;
  readonly svms: readonly string[];
  /** Of the cluster's administrator. */
  readonly login: { readonly user: string; readonly password: string };
}

export function createSimulatedArray({ clock, seed, svms, login }: ArrayOptions): SimulatedArray {
  const onProblem = (message: string): never => {
    throw new Error(message);
  };
  const world = createWorld({ svms: svms.map((name) => ({ name })), logins: [], seed }, { clock, onProblem });
  world.cluster.logins.set(login.user, {
    ...login,
    certificate: false,
    role: "admin",
    svmUuid: undefined,
    failureCount: 0,
    locked: false,
  });
  let refusing = false;
  const reachability: Reachability = {
    showCertificate: async () => {},
    refuseConnections: async () => void (refusing = true),
    acceptConnections: async () => void (refusing = false),
    abortHandshakes: () => {},
  };
  const never = new AbortController().signal;
  const held = (svm: Svm): readonly Credential[] => [...svm.credentials.values()];

  return {
    async send({ verb, path: target, headers, body, certificateUser }) {
      if (refusing) return { kind: "refused" };
      const request = { method: verb, target, headers, body: Buffer.from(body), certificateUser };
      const carried = await answer(world, request, { connection: 1, signal: never });
      switch (carried?.kind) {
        case undefined:
        case "reset":
        case "truncated":
          return { kind: "reset" };
        case "silence":
          return new Promise(() => {});
        case "dripping":
          await clock.sleep((Buffer.byteLength(carried.answer.body) * 1000) / carried.bytesPerSecond, never);
          break;
        case "whole":
          break;
        default:
          return unreachable(carried);
      }
      const { status, headers: shown, body: text } = carried.answer;
      return { kind: "answer", status, retryAfter: shown[retryAfterHeader], text };
    },
    async act(input) {
      const done = await act({ world, reachability, background: () => {} }, actionSchema.parse(input));
      if (!done.ok) throw new Error(done.error);
    },
    addFault: (fault) => void world.faults.add(faultSchema.parse(fault)),
    clearFaults: () => world.faults.clear(),
    svms: () => [...world.cluster.svms.values()],
    credentials: () =>
      [...world.cluster.svms.values()].flatMap((svm) =>
        held(svm).map((credential) => ({ ...credential, svm: svm.name, svmUuid: svm.uuid })),
      ),
    held: (name, initiator) =>
      [...world.cluster.svms.values()].find((svm) => svm.name === name)?.credentials.get(initiator.toLowerCase()),
    requests: () => world.requests.list(),
  };
}

const retryAfterHeader = "Retry-After";
