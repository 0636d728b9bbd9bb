import { join } from "node:path";

import { type Child, startChild } from "./child.ts";
import type { Watchdog } from "./watchdog.ts";

export interface Etcd {
  readonly child: Child;
  /** Where the API server finds it. */
  readonly url: string;
}

/** Where the etcd of `folder` keeps everything that survives it. */
export const etcdDataIn = (folder: string): string => join(folder, "etcd");

/** Starts etcd in `folder`. It listens on Unix sockets in there: no ports to be taken, and no one else's way in. */
export function startEtcd(file: string, folder: string, watchdog: Watchdog): Etcd {
  const url = `unix://${join(folder, "etcd.sock")}`;
  const args = [
    `--data-dir=${etcdDataIn(folder)}`,
    // What is thrown away at the end need not survive a power cut.
    "--unsafe-no-fsync",
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=unix://${join(folder, "etcd-peer.sock")}`,
    "--log-level=error",
  ];
  return { url, child: startChild({ name: "etcd", file, args, logPath: join(folder, "etcd.log") }, watchdog) };
}
