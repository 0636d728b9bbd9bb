import { noFence, type Fence } from "../std/fence.ts";

/** Whether this process is the one that writes. Once lost it never comes back: the process ends. */
export interface Leadership {
  held(): boolean;
  /** Resolves when it is held for the first time. */
  readonly whenHeld: Promise<void>;
}

/** Campaigns for the leadership, keeps it and gives it up. */
export interface Elector extends Leadership {
  /** Runs for it, then keeps it, until `stop` aborts or it is lost. */
  run(stop: AbortSignal): Promise<void>;
  /** Gives it to the process that waits for it. Only when everything that writes has ended. */
  release(): Promise<void>;
  /** Aborts when another may hold it: the reason is an Error whose message is for people. */
  readonly lost: AbortSignal;
  /** Lets writes through while it is surely held. */
  readonly fence: Fence;
}

/** For a process that is the only one by other means. */
export const alone: Elector = {
  held: () => true,
  whenHeld: Promise.resolve(),
  run: () => Promise.resolve(),
  release: () => Promise.resolve(),
  lost: new AbortController().signal,
  fence: noFence,
};
