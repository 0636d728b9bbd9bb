import type * as z from "zod";

import type { Clock } from "../std/clock.ts";
import { builtInRoles } from "./auth/authorize.ts";
import type { Authority } from "./certificates.ts";
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
import type { Reachability } from "./model/reachability.ts";
import { createRequestLog } from "./model/request-log.ts";
import type { World } from "./model/world.ts";

/** What a simulated ONTAP is to be like, whatever carries its answers. Everything else is done through the side door. */
export interface WorldOptions {
  readonly svms: readonly SvmOptions[];
  readonly logins: readonly LoginOptions[];
  readonly latency?: Latency | undefined;
  /** Settings that differ from the defaults. */
  readonly dialect?: z.input<typeof dialectSchema> | undefined;
  readonly faults?: readonly FaultInput[] | undefined;
  readonly script?: readonly ScriptStep[] | undefined;
  /** Decides UUIDs, and chance in faults and latency; equal seeds make equal runs. Without it: 1. */
  readonly seed?: number | undefined;
  readonly version?: ClusterVersion | undefined;
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

export interface SimulatorDeps {
  readonly clock: Clock;
  /** Hears of what was to happen later and could not, and of defects of the simulator. */
  readonly onProblem?: (message: string) => void;
}

const defaultVersion: ClusterVersion = { generation: 9, major: 18, minor: 1 };

/** What ONTAP holds and how it behaves, before its logins and its script. */
export function createWorld(options: WorldOptions, { clock, onProblem = () => {} }: SimulatorDeps): World {
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
    onProblem,
    dialect: dialectSchema.parse(options.dialect ?? {}),
    latency: options.latency ?? noLatency,
  };
  for (const { name, uuid, iscsi = true } of options.svms) createSvm(world, { name, uuid, iscsi });
  for (const fault of options.faults ?? []) world.faults.add(faultSchema.parse(fault));
  return world;
}

/** Makes the logins, starts the script and opens the side door. `end` stops whatever still waits. */
export async function setStage(
  options: WorldOptions,
  world: World,
  reachability: Reachability,
  authority: () => Promise<Authority>,
): Promise<{ readonly sideDoor: SideDoor; readonly end: () => void }> {
  const ending = new AbortController();
  const stage: Stage = {
    world,
    reachability,
    background(work) {
      work(ending.signal).catch((error: unknown) => {
        // What still waits when the simulator stops is not wanted any more.
        if (!ending.signal.aborted) world.onProblem(String(error));
      });
    },
  };
  const sideDoor = createSideDoor(stage, authority);
  const end = (): void => ending.abort(new Error("the simulator stops"));
  try {
    for (const login of options.logins) {
      const role = login.role ?? (login.svm === undefined ? "admin" : "vsadmin");
      await sideDoor.act({ do: "put-login", ...login, role });
    }
    playScript(stage, options.script ?? []);
    return { sideDoor, end };
  } catch (error) {
    end();
    throw error;
  }
}

function playScript(stage: Stage, script: readonly ScriptStep[]): void {
  const { clock, onProblem } = stage.world;
  for (const { atMs, action } of script) {
    stage.background(async (signal) => {
      await clock.sleep(atMs, signal);
      const result = await act(stage, actionSchema.parse(action));
      if (!result.ok) onProblem(`script, ${action.do} at ${atMs} ms: ${result.error}`);
    });
  }
}
