import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { LoggedRequest } from "../../src/simulator/model/request-log.ts";

/** A command of the built product, as a process of its own. */
export interface ProductProcess {
  readonly pid: number;
  /** Lines of standard output so far. */
  readonly lines: readonly string[];
  /** Waits for a line that matches; fails if the process ends first. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends the signal and resolves when the process is gone: with its exit code, null after SIGKILL. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Resolves when the process is gone by itself. */
  exit(): Promise<number | null>;
}

/** What `npm run build` makes. */
export const builtBundle = new URL("../../dist/ontap-iscsi-operator.mjs", import.meta.url).pathname;
/** As the image starts it. */
const nodeFlags = ["--disable-sigusr1", "--liftoff-only", "--max-semi-space-size=2", "--max-old-space-size=150"];

/** Added to our own environment; undefined takes away. */
export type ExtraEnv = Readonly<Record<string, string | undefined>>;

export function startProduct(args: readonly string[], env: ExtraEnv = {}, bundle = builtBundle): ProductProcess {
  const child = spawn(process.execPath, [...nodeFlags, bundle, ...args], {
    // A port of its own each: several may run at once.
    env: { LISTEN: "127.0.0.1:0", ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  // Whoever started it may fail before it comes to ending it.
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithUs);
  child.once("exit", () => process.off("exit", killWithUs));
  const lines: string[] = [];
  const readers = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const read of readers) read();
  });
  async function exit(): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    return child.exitCode;
  }
  return {
    pid: child.pid ?? 0,
    lines,
    line: (pattern) => firstLine(child, lines, readers, pattern),
    end(signal) {
      const ended = exit();
      child.kill(signal);
      return ended;
    },
    exit,
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

export interface OperatorProcess extends ProductProcess {
  /** Where it serves /livez, /readyz and /metrics. */
  readonly url: string;
}

/** Runs the operator with this kubeconfig; resolves when it reconciles. */
export function startOperatorProcess(
  kubeconfig: string,
  flags: readonly string[] = [],
  bundle = builtBundle,
): Promise<OperatorProcess> {
  return startOperatorIn({ KUBECONFIG: kubeconfig }, flags, bundle);
}

/** The same in any environment. */
export async function startOperatorIn(
  env: ExtraEnv,
  flags: readonly string[] = [],
  bundle = builtBundle,
): Promise<OperatorProcess> {
  const operator = startProduct(["run", ...flags], env, bundle);
  const [, address] = await operator.line(/"address":"([^"]+)"/);
  await operator.line(/"msg":"reconciling"/);
  return { ...operator, url: `http://${address}` };
}

/** Runs one of several operators as a pod of that name; resolves when it leads or waits to. */
export async function startReplica(kubeconfig: string, pod: string, flags: readonly string[]): Promise<ProductProcess> {
  const replica = startProduct(["run", ...flags], { KUBECONFIG: kubeconfig, POD_NAME: pod });
  await replica.line(/"msg":"(reconciling|caches are complete; waiting to lead)"/);
  return replica;
}

/** The pods that wrote to an array, in order, each change of writer once. */
export function writersOf(requests: readonly LoggedRequest[]): readonly string[] {
  return requests
    .filter(({ method }) => method !== "GET")
    .map(({ userAgent }) => /\((.*)\)$/.exec(userAgent ?? "")?.[1] ?? "")
    .filter((pod, index, pods) => pod !== pods[index - 1]);
}
