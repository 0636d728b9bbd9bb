/** Throws if this process may not change anything (any more). Asked right before the first byte of each write goes out. */
export type Fence = () => void;

export const noFence: Fence = () => {};

/** For a process that is only to look. To get here is a bug of ours: what only looks decides on no write. */
export const readOnly: Fence = () => {
  throw new Error("a write was about to be sent by a process that only looks");
};
