import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { createProgress } from "../../tools/controlplane/progress.ts";
import { findTool } from "../../tools/ecosystem/tools.ts";

export interface Registry {
  /** HOST:PORT, plain HTTP. */
  readonly address: string;
  stop(): Promise<void>;
}

/** A registry on loopback, empty. */
export async function startRegistry(): Promise<Registry> {
  const program = await findTool("registry", { env: process.env, progress: createProgress(process.stderr) });
  const child = spawn(program, { stdio: ["pipe", "pipe", "ignore"] });
  const exit = once(child, "exit");
  const [address] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return {
    address,
    async stop() {
      // It ends with its standard input, and so with a test that is killed.
      child.stdin.end();
      await exit;
    },
  };
}
