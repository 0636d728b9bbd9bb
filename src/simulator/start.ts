import { createAuthority } from "./certificates.ts";
import type { SideDoor } from "./control/side-door.ts";
import { startFront } from "./server/front.ts";
import { type SideDoorEndpoint, startSideDoorServer } from "./server/side-door-server.ts";
import { createWorld, setStage, type SimulatorDeps, type WorldOptions } from "./stage.ts";

export interface Endpoint {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface SimulatorOptions extends WorldOptions {
  /** Without it: a free port on 127.0.0.1. */
  readonly listen?: Endpoint | undefined;
  /** Names and addresses that the certificate has besides the host of `listen`, `localhost` and `127.0.0.1`. */
  readonly certificateNames?: readonly string[] | undefined;
  /** Opens the side door to other processes; without it, only `Simulator.sideDoor` is there. */
  readonly sideDoor?: SideDoorEndpoint | undefined;
  /** Whose client certificates are trusted, besides those from the side door. */
  readonly clientAuthorityPems?: readonly string[] | undefined;
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

const loopback: Endpoint = { host: "127.0.0.1", port: 0 };

/** Starts ONTAP as far as its iSCSI credentials go. Throws if a port is taken or an option contradicts another. */
export async function startSimulator(options: SimulatorOptions, deps: SimulatorDeps): Promise<Simulator> {
  const world = createWorld(options, deps);
  const authority = await createAuthority({ commonName: "ONTAP simulator" });
  const front = await startFront(world, authority, {
    ...(options.listen ?? loopback),
    certificateNames: options.certificateNames ?? [],
    clientAuthorityPems: options.clientAuthorityPems ?? [],
  });
  try {
    const { sideDoor, end } = await setStage(options, world, front, () => Promise.resolve(authority));
    const server = options.sideDoor && (await startSideDoorServer(sideDoor, options.sideDoor));
    return {
      url: front.url,
      caPem: authority.certificatePem,
      sideDoorUrl: server?.url,
      sideDoor,
      async stop() {
        end();
        await front.stop();
        await server?.stop();
      },
    };
  } catch (error) {
    await front.stop();
    throw error;
  }
}
