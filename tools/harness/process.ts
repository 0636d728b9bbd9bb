import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A command of the built product, as a process of its own. */
export interface ProductProcess {
  readonly pid: number;
  /** Lines of standard output so far. */
  readonly lines: readonly string[];
  /** Waits for a line that matches; fails if the process ends first. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends the signal and resolves when the process is gone: with its exit code, null after SIGKILL. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** What `npm run build` makes. */
export const builtBundle = new URL("../../dist/ontap-iscsi-operator.mjs", import.meta.url).pathname;
/** As the image starts it. */
const nodeFlags = ["--max-semi-space-size=2", "--max-old-space-size=150"];

export function startProduct(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  bundle = builtBundle,
): ProductProcess {
  const child = spawn(process.execPath, [...nodeFlags, bundle, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const readers = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const read of readers) read();
  });
  return {
    pid: child.pid ?? 0,
    lines,
    line: (pattern) => firstLine(child, lines, readers, pattern),
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exited = once(child, "exit");
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}

function firstLine(
  child: ChildProcess,
  lines: readonly string[],
  readers: Set<() => void>,
  pattern: RegExp,
): Promise<RegExpExecArray> {
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
  const read = (): void => {
    for (const line of lines) {
      const match = pattern.exec(line);
      if (match !== null) resolve(match);
    }
  };
  readers.add(read);
  child.once("exit", (code) => reject(new Error(`ended with ${code} before it said ${pattern.source}`)));
  read();
  return promise.finally(() => readers.delete(read));
}

/** Runs the operator with this kubeconfig; resolves when its caches are complete. */
export async function startOperatorProcess(kubeconfig: string, bundle = builtBundle): Promise<ProductProcess> {
  const operator = startProduct(["run"], { KUBECONFIG: kubeconfig }, bundle);
  await operator.line(/"msg":"reconciling"/);
  return operator;
}
