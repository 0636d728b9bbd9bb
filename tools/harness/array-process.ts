import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SideDoor } from "../../src/simulator/control/side-door.ts";
import { createSideDoorClient } from "../../src/simulator/control/side-door-client.ts";
import { startProduct } from "./process.ts";

/** The simulator as a process of its own. Its administrator is `admin`. */
export interface ArrayProcess {
  readonly url: string;
  /** Of its certificate. */
  readonly caPem: string;
  readonly sideDoor: SideDoor;
  /** Such as `http://127.0.0.1:8444`. */
  readonly sideDoorUrl: string;
  stop(): Promise<void>;
}

export interface ArrayProcessOptions {
  /** As the command line takes them: `svm1`, `svm2:no-iscsi`. */
  readonly svms: readonly string[];
  readonly password: string;
  /** As the command line takes it: `5ms`. */
  readonly latency: string;
  readonly bundle?: string;
}

/** Starts the built simulator on free ports of loopback, side door included. */
export async function startArrayProcess(options: ArrayProcessOptions): Promise<ArrayProcess> {
  const folder = await mkdtemp(join(tmpdir(), "ontap-iscsi-array-"));
  const [passwordFile, caFile] = [join(folder, "password"), join(folder, "ca.pem")];
  await writeFile(passwordFile, options.password, { mode: 0o600 });
  const flags = {
    "--listen": "127.0.0.1:0",
    "--admin-listen": "127.0.0.1:0",
    "--user": "admin",
    "--password-file": passwordFile,
    "--ca-out": caFile,
    "--latency": options.latency,
  };
  const args = ["simulator", ...options.svms.flatMap((svm) => ["--svm", svm]), ...Object.entries(flags).flat()];
  const running = startProduct(args, {}, options.bundle);
  const stop = async (): Promise<void> => {
    await running.end("SIGTERM");
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [url] = await running.line(/https:\/\/\S+/);
    const [sideDoorUrl] = await running.line(/http:\/\/\S+/);
    return {
      url,
      sideDoorUrl,
      caPem: await readFile(caFile, "utf8"),
      sideDoor: createSideDoorClient(sideDoorUrl),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
