import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";

export interface KubectlResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface KubectlOptions {
  /** For standard input, as in `kubectl apply -f -`. */
  readonly input?: string;
}

/** Runs kubectl, untouched by the user's own configuration. */
export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<KubectlResult>;

export function createKubectl(file: string, kubeconfig: string): Kubectl {
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: join(dirname(kubeconfig), "kubectl-cache"),
    KUBERC: "off",
  };
  return async (args, { input = "" } = {}) => {
    const child = spawn(file, args, { env, stdio: "pipe" });
    // kubectl that ends before it has read everything has its reasons on stderr.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const [[code, signal], stdout, stderr] = await Promise.all([
      once(child, "close") as Promise<[code: number | null, signal: string | null]>,
      text(child.stdout),
      text(child.stderr),
    ]);
    if (code === null) throw new Error(`kubectl ${args.join(" ")} ended with ${signal}`);
    return { stdout, stderr, exitCode: code };
  };
}
