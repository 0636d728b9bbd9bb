import type { Memory } from "./process-facts.ts";

/** How figures are worded in notes. */
export const secondsText = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

export const memoryText = (what: string, { rss, anonymous }: Memory): string =>
  `${what}: RSS ${rss.toFixed(0)} MB, of it anonymous ${anonymous.toFixed(0)} MB`;
