import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { LoggedRequest } from "../../src/simulator/model/request-log.ts";

/** A command of the built product, as a process of its own. */
export interface ProductProcess {
  readonly pid: number;
  /** Lines of standard output so far. */
  readonly lines: readonly string[];
  /** Lines of standard error so far, which are shown as well. */
  readonly errors: readonly string[];
  /** Is given every line of standard output, those so far included. */
  follow(listener: (line: string) => void): void;
  /** Waits for a line that matches; fails if the process ends first. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends the signal and resolves when the process is gone: with its exit code, null after SIGKILL. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  running(): boolean;
  /** Resolves when the process is gone by itself. */
  exit(): Promise<number | null>;
}

/** What `npm run build` makes. */
export const builtBundle = new URL("../../dist/ontap-iscsi-operator.mjs", import.meta.url).pathname;
/** As the image starts it (Dockerfile). */
export const nodeFlags = ["--disable-sigusr1", "--expose-gc", "--liftoff-only", "--max-semi-space-size=8"];
/** What the image's NODE_OPTIONS come to in a pod with the limit of deploy/: 58 % of 256Mi. */
const podOptions = "--max-old-space-size=148";
export const imageEnv = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: "32768",
  MALLOC_TRIM_THRESHOLD_: "65536",
};

export function startProduct(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  bundle = builtBundle,
  flags: readonly string[] = nodeFlags,
): ProductProcess {
  const child = spawn(process.execPath, [...flags, bundle, ...args], {
    // A port of its own each: several may run at once.
    env: { LISTEN: "127.0.0.1:0", ...process.env, NODE_OPTIONS: podOptions, ...imageEnv, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // The test that started it may fail before it ends it.
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithUs);
  child.once("exit", () => process.off("exit", killWithUs));
  const lines: string[] = [];
  const readers = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const read of readers) read();
  });
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    errors.push(line);
    process.stderr.write(`${line}\n`);
  });
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  const closed = once(child, "close");
  async function exit(): Promise<number | null> {
    await closed;
    return child.exitCode;
  }
  return {
    pid: child.pid ?? 0,
    lines,
    errors,
    follow(listener) {
      let told = 0;
      const read = (): void => {
        for (const line of lines.slice(told)) listener(line);
        told = lines.length;
      };
      readers.add(read);
      read();
    },
    line: (pattern) => firstLine(child, lines, readers, pattern),
    end(signal) {
      const ended = exit();
      child.kill(signal);
      return ended;
    },
    running,
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

/** How a process gets at the API server: the path of a kubeconfig, or the environment of a pod. */
export type ProcessAccess = string | Readonly<Record<string, string>>;

const environmentOf = (access: ProcessAccess): Readonly<Record<string, string>> =>
  typeof access === "string" ? { KUBECONFIG: access } : access;

/** Runs the operator; resolves when it reconciles. */
export async function startOperatorProcess(
  access: ProcessAccess,
  flags: readonly string[] = [],
  bundle = builtBundle,
): Promise<OperatorProcess> {
  const operator = startProduct(["run", ...flags], environmentOf(access), bundle);
  const [, address] = await operator.line(/"address":"([^"]+)"/);
  await operator.line(/"msg":"reconciling"/);
  return { ...operator, url: `http://${address}` };
}

/** Runs one of several operators as a pod of that name; resolves when it leads or waits to. */
export async function startReplica(
  access: ProcessAccess,
  pod: string,
  flags: readonly string[] = [],
): Promise<OperatorProcess> {
  const replica = startProduct(["run", ...flags], { ...environmentOf(access), POD_NAME: pod });
  const [, address] = await replica.line(/"address":"([^"]+)"/);
  await replica.line(/"msg":"(reconciling|caches are complete; waiting to lead)"/);
  return { ...replica, url: `http://${address}` };
}

/** The pods that wrote to an array, in order, each change of writer once. */
export function writersOf(requests: readonly LoggedRequest[]): readonly string[] {
  return requests
    .filter(({ method }) => method !== "GET")
    .map(({ userAgent }) => /\((.*)\)$/.exec(userAgent ?? "")?.[1] ?? "")
    .filter((pod, index, pods) => pod !== pods[index - 1]);
}
