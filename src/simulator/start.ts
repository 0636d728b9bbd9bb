import type * as z from "zod";

import type { Clock } from "../std/clock.ts";
import { builtInRoles } from "./auth/authorize.ts";
import { createAuthority } from "./certificates.ts";
import { act, type Stage } from "./control/act.ts";
import { actionSchema, type ActionInput } from "./control/action.ts";
import { createSvm } from "./control/change-svm.ts";
import { createSideDoor } from "./control/create-side-door.ts";
import type { SideDoor } from "./control/side-door.ts";
import { createFaultList, faultSchema, type FaultInput } from "./faults/fault.ts";
import { noLatency, type Latency } from "./faults/latency.ts";
import { seededRandom, uuidFor } from "./faults/seeded-random.ts";
import type { ClusterVersion } from "./model/cluster.ts";
import { dialectSchema } from "./model/dialect.ts";
import { createRequestLog } from "./model/request-log.ts";
import type { World } from "./model/world.ts";
import { startFront } from "./server/front.ts";
import { startSideDoorServer } from "./server/side-door-server.ts";

export interface Endpoint {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** What the simulator is to be like. Everything else is done through the side door. */
export interface SimulatorOptions {
  readonly svms: readonly SvmOptions[];
  readonly logins: readonly LoginOptions[];
  /** Without it: a free port on 127.0.0.1. */
  readonly listen?: Endpoint | undefined;
  /** Opens the side door to other processes; without it, only `Simulator.sideDoor` is there. */
  readonly sideDoor?: Endpoint | undefined;
  readonly latency?: Latency | undefined;
  /** Settings that differ from the defaults. */
  readonly dialect?: z.input<typeof dialectSchema> | undefined;
  readonly faults?: readonly FaultInput[] | undefined;
  readonly script?: readonly ScriptStep[] | undefined;
  /** Decides UUIDs, and chance in faults and latency; equal seeds make equal runs. Without it: 1. */
  readonly seed?: number | undefined;
  readonly version?: ClusterVersion | undefined;
  /** Whose client certificates are believed, besides those from the side door. */
  readonly clientAuthorityPems?: readonly string[] | undefined;
}

export interface SvmOptions {
  readonly name: string;
  /** Without it: made from the seed and the name. */
  readonly uuid?: string | undefined;
  /** Whether there is an iSCSI service. Without it: yes. */
  readonly iscsi?: boolean | undefined;
}

export interface LoginOptions {
  readonly user: string;
  /** Without it: no login with a password. */
  readonly password?: string | undefined;
  /** Whether a client certificate with this common name logs in. Without it: no. */
  readonly certificate?: boolean | undefined;
  /** Without it: `admin`, or `vsadmin` for the login of an SVM. */
  readonly role?: string | undefined;
  /** The one SVM this login sees. */
  readonly svm?: string | undefined;
}

/** An action at a time after the start. */
export interface ScriptStep {
  readonly atMs: number;
  readonly action: ActionInput;
}

export interface Simulator {
  /** Such as `https://127.0.0.1:8443`. */
  readonly url: string;
  /** What a client must trust. */
  readonly caPem: string;
  /** Where other processes find the side door, if it was asked for. */
  readonly sideDoorUrl: string | undefined;
  readonly sideDoor: SideDoor;
  /** Cuts all connections and gives the ports back. */
  stop(): Promise<void>;
}

export interface SimulatorDeps {
  readonly clock: Clock;
  /** Hears of what was to happen later and could not be done. */
  readonly onScriptError?: (message: string) => void;
}

const loopback: Endpoint = { host: "127.0.0.1", port: 0 };
const defaultVersion: ClusterVersion = { generation: 9, major: 18, minor: 1 };

/** Starts ONTAP as far as its iSCSI credentials go. Throws if a port is taken or an option contradicts another. */
export async function startSimulator(options: SimulatorOptions, deps: SimulatorDeps): Promise<Simulator> {
  const world = createWorld(options, deps.clock);
  const authority = await createAuthority({ commonName: "ONTAP simulator" });
  const front = await startFront(world, authority, {
    ...(options.listen ?? loopback),
    clientAuthorityPems: options.clientAuthorityPems ?? [],
  });
  const stopping = new AbortController();
  const stage: Stage = {
    world,
    front,
    background(work) {
      work(stopping.signal).catch((error: unknown) => {
        // Whatever still waits when the simulator stops is not wanted any more.
        if (!stopping.signal.aborted) deps.onScriptError?.(String(error));
      });
    },
  };
  const sideDoor = createSideDoor(stage, authority);
  try {
    for (const login of options.logins) {
      const role = login.role ?? (login.svm === undefined ? "admin" : "vsadmin");
      await sideDoor.act({ do: "put-login", ...login, role });
    }
    playScript(stage, options.script ?? [], deps);
    const server = options.sideDoor && (await startSideDoorServer(sideDoor, options.sideDoor));
    return {
      url: front.url,
      caPem: authority.certificatePem,
      sideDoorUrl: server?.url,
      sideDoor,
      async stop() {
        stopping.abort(new Error("the simulator stops"));
        await front.stop();
        await server?.stop();
      },
    };
  } catch (error) {
    stopping.abort(error);
    await front.stop();
    throw error;
  }
}

function createWorld(options: SimulatorOptions, clock: Clock): World {
  const { seed = 1 } = options;
  const random = seededRandom(seed);
  const world: World = {
    cluster: {
      uuid: uuidFor(seed, "cluster"),
      name: "cluster1",
      version: options.version ?? defaultVersion,
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
    dialect: dialectSchema.parse(options.dialect ?? {}),
    latency: options.latency ?? noLatency,
  };
  for (const { name, uuid, iscsi = true } of options.svms) createSvm(world, { name, uuid, iscsi });
  for (const fault of options.faults ?? []) world.faults.add(faultSchema.parse(fault));
  return world;
}

function playScript(stage: Stage, script: readonly ScriptStep[], deps: SimulatorDeps): void {
  for (const { atMs, action } of script) {
    stage.background(async (signal) => {
      await deps.clock.sleep(atMs, signal);
      const result = await act(stage, actionSchema.parse(action));
      if (!result.ok) deps.onScriptError?.(`script, ${action.do} at ${atMs} ms: ${result.error}`);
    });
  }
}
