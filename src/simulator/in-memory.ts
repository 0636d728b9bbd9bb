import { unreachable } from "../std/unreachable.ts";
import { answer } from "./answer.ts";
import type { ApiRequest } from "./api/request.ts";
import { createAuthority, type Authority } from "./certificates.ts";
import type { SideDoor } from "./control/side-door.ts";
import type { Reachability } from "./model/reachability.ts";
import type { CertificateKind } from "./server/server-certificate.ts";
import { createWorld, setStage, type SimulatorDeps, type WorldOptions } from "./stage.ts";

/** A request as a client makes it. */
export interface MemoryRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** By any spelling of their names. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The common name of the client certificate that the client shows, which counts as verified. */
  readonly certificateUser?: string;
  /** Whether the client trusts any certificate. Without it: no. */
  readonly trustsAny?: boolean;
}

/** What a client gets: an answer, or what HTTPS would have come to instead. */
export type MemoryReply =
  | {
      readonly kind: "answer";
      readonly status: number;
      /** By lower-case name. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** No connection came about: the request never left. */
  | { readonly kind: "refused" }
  | { readonly kind: "handshake-aborted" }
  | { readonly kind: "bad-certificate"; readonly certificate: Exclude<CertificateKind, "valid"> }
  /** The connection broke before the answer was whole. Whether the request took effect is the array's secret. */
  | { readonly kind: "reset" };

export interface MemorySimulator {
  /**
   * Answers by the same rules, faults and latency as the HTTPS simulator. Rejects with the reason of `signal` when that
   * aborts first; a request that hangs never ends otherwise.
   */
  send(request: MemoryRequest, signal: AbortSignal): Promise<MemoryReply>;
  readonly sideDoor: SideDoor;
  /** Ends what still waits; requests under way end as `reset`. */
  stop(): void;
}

/**
 * ONTAP without HTTPS and sockets: the other transport of the one implementation of its rules. Time is `deps.clock`'s
 * alone, so that a whole operator with its arrays runs on a virtual clock, from a seed.
 */
export async function startMemorySimulator(options: WorldOptions, deps: SimulatorDeps): Promise<MemorySimulator> {
  const world = createWorld(options, deps);
  const stopping = new AbortController();
  const network = createNetwork();
  let authority: Promise<Authority> | undefined;
  const { sideDoor, end } = await setStage(options, world, network, () => {
    return (authority ??= createAuthority({ commonName: "ONTAP simulator" }));
  });

  async function carry(request: MemoryRequest, over: AbortSignal): Promise<MemoryReply> {
    const carried = await answer(world, apiRequestOf(request), { connection: 1, signal: over });
    if (carried === undefined) return { kind: "reset" };
    switch (carried.kind) {
      case "reset":
      case "truncated":
        return { kind: "reset" };
      case "silence":
        return untilAborted(over);
      case "dripping": {
        const bytes = Buffer.byteLength(carried.answer.body);
        await world.clock.sleep((bytes * 1000) / carried.bytesPerSecond, over);
        break;
      }
      case "whole":
        break;
      default:
        return unreachable(carried);
    }
    const { status, headers, body } = carried.answer;
    return {
      kind: "answer",
      status,
      headers: lowerCased(headers),
      body: request.method === "HEAD" ? "" : body,
    };
  }

  return {
    sideDoor,
    async send(request, signal) {
      signal.throwIfAborted();
      const obstacle = stopping.signal.aborted
        ? ({ kind: "refused" } as const)
        : network.obstacle(request.trustsAny === true);
      if (obstacle !== undefined) return obstacle;
      const over = AbortSignal.any([signal, stopping.signal, network.cut()]);
      try {
        return await carry(request, over);
      } catch (error) {
        if (!over.aborted) throw error;
        signal.throwIfAborted();
        return { kind: "reset" };
      }
    },
    stop() {
      end();
      stopping.abort(new Error("the simulator stops"));
    },
  };
}

interface Network extends Reachability {
  /** What keeps a connection from coming about; undefined if nothing does. */
  obstacle(trustsAny: boolean): Exclude<MemoryReply, { kind: "answer" | "reset" }> | undefined;
  /** Aborts when the connections that are open now are cut. */
  cut(): AbortSignal;
}

function createNetwork(): Network {
  let connections = new AbortController();
  let refusing = false;
  let aborting = false;
  let certificate: CertificateKind = "valid";
  const cutAll = (): void => {
    connections.abort(new Error("the connection was cut"));
    connections = new AbortController();
  };
  return {
    async showCertificate(kind) {
      certificate = kind;
      cutAll();
    },
    async refuseConnections() {
      refusing = true;
      cutAll();
    },
    async acceptConnections() {
      refusing = false;
    },
    abortHandshakes(abort) {
      aborting = abort;
    },
    obstacle(trustsAny) {
      if (refusing) return { kind: "refused" };
      if (aborting) return { kind: "handshake-aborted" };
      return certificate === "valid" || trustsAny ? undefined : { kind: "bad-certificate", certificate };
    },
    cut: () => connections.signal,
  };
}

function apiRequestOf({ method, target, headers = {}, body = "", certificateUser }: MemoryRequest): ApiRequest {
  return { method, target, headers: lowerCased(headers), body: Buffer.from(body), certificateUser };
}

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
