import { handle } from "../../src/simulator/api/handle.ts";
import { builtInRoles } from "../../src/simulator/auth/authorize.ts";
import { claimedUser } from "../../src/simulator/auth/authenticate.ts";
import { act } from "../../src/simulator/control/act.ts";
import { actionSchema, type ActionInput } from "../../src/simulator/control/action.ts";
import { createSvm } from "../../src/simulator/control/change-svm.ts";
import { createFaultList, faultSchema, type FaultInput } from "../../src/simulator/faults/fault.ts";
import { noLatency } from "../../src/simulator/faults/latency.ts";
import { planOf } from "../../src/simulator/faults/plan.ts";
import { seededRandom, uuidFor } from "../../src/simulator/faults/seeded-random.ts";
import type { Credential, Svm } from "../../src/simulator/model/cluster.ts";
import { dialectSchema } from "../../src/simulator/model/dialect.ts";
import { createRequestLog, type LoggedRequest } from "../../src/simulator/model/request-log.ts";
import type { World } from "../../src/simulator/model/world.ts";
import type { Reachability } from "../../src/simulator/model/reachability.ts";
import type { Clock } from "../../src/std/clock.ts";
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
  | { readonly kind: "reset" };

export interface ArrayOptions {
  readonly clock: Clock;
  readonly seed: number;
  readonly svms: readonly string[];
  /** Of the cluster's administrator. */
  readonly login: { readonly user: string; readonly password: string };
}

export function createSimulatedArray({ clock, seed, svms, login }: ArrayOptions): SimulatedArray {
  const random = seededRandom(seed);
  const world: World = {
    cluster: {
      uuid: uuidFor(seed, "cluster"),
      name: `cluster${seed}`,
      version: { generation: 9, major: 18, minor: 1 },
      svms: new Map(),
      logins: new Map(),
      roles: new Map(builtInRoles.map((role) => [role.name, role])),
      tokens: new Map(),
    },
    clock,
    random,
    seed,
    faults: createFaultList(random),
    requests: createRequestLog(),
    jobs: new Map(),
    svmGenerations: new Map(),
    dialect: dialectSchema.parse({}),
    latency: noLatency,
    onProblem: (message) => {
      throw new Error(message);
    },
  };
  for (const name of svms) createSvm(world, { name, iscsi: true });
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
      const [path = ""] = target.split("?", 1);
      const user = claimedUser(world, { authorization: headers["authorization"], certificateUser });
      const { delayMs, delivery, distortion } = planOf(world.faults.strike({ method: verb, path, user }), random);
      if (delayMs > 0) await clock.sleep(delayMs, never);
      const isApplied = !("applied" in delivery) || delivery.applied;
      const request = { method: verb, target, headers, body: Buffer.from(body), certificateUser };
      const answer = isApplied ? handle(world, request, distortion) : undefined;
      const isSilent = delivery.kind === "reset" || delivery.kind === "hang";
      const status = delivery.kind === "body" ? delivery.status : isSilent ? undefined : answer?.status;
      world.requests.add({
        atMs: clock.monotonic(),
        method: verb,
        path,
        query: target.slice(path.length + 1),
        user: answer?.user ?? user,
        status,
        code: isSilent ? undefined : answer?.code,
        client: headers["x-dot-client-app"],
        userAgent: headers["user-agent"],
        connection: 1,
      });
      switch (delivery.kind) {
        case "hang":
          return new Promise(() => {});
        case "body":
          return { kind: "answer", status: delivery.status, retryAfter: undefined, text: delivery.text };
        case "drip":
          await clock.sleep(((answer?.body.length ?? 0) * 1000) / delivery.bytesPerSecond, never);
          break;
        case "truncate":
          // An answer that is no longer than that is whole.
          if (delivery.bytes < Buffer.byteLength(answer?.body ?? "")) return { kind: "reset" };
          break;
        case "reset":
          return { kind: "reset" };
        case "honest":
          break;
      }
      if (answer === undefined) return { kind: "reset" };
      const { [retryAfterHeader]: retryAfter } = answer.headers;
      return { kind: "answer", status: answer.status, retryAfter, text: answer.body };
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
