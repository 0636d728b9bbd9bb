import { describe, expect, test } from "vitest";
import { listing, liveness, longestSilenceMs, readiness } from "./checks.ts";

const heard = (kind: string, lastHeardMs: number, synced = true) => ({ kind, synced, lastHeardMs });
const nowMs = 2 * longestSilenceMs;

describe("livez", () => {
  test.each([
    { because: "a quiet watch", watch: heard("secrets", nowMs - 500_000), alive: true },
    { because: "silent for too long", watch: heard("secrets", nowMs - longestSilenceMs - 1), alive: false },
    { because: "silent since the start: a restart would not help", watch: heard("secrets", 0, false), alive: true },
  ])("$because", ({ watch, alive }) => {
    const { status } = listing("livez", liveness([heard("namespaces", nowMs), watch], nowMs), false);
    expect(status).toBe(alive ? 200 : 500);
  });

  test("says which watch", () => {
    const { text } = listing("livez", liveness([heard("namespaces", nowMs), heard("secrets", 0)], nowMs), false);
    expect(text).toBe(
      "[+]ping ok\n[+]watch-namespaces ok\n[-]watch-secrets failed: nothing was heard from the API server for 1800 s\nlivez check failed\n",
    );
  });
});

describe("readyz", () => {
  const ready = { synced: true, stopping: false, watches: [heard("secrets", 0)] };

  test("is two letters when all is well, and a list with ?verbose", () => {
    expect(listing("readyz", readiness(ready), false)).toEqual({ status: 200, text: "ok" });
    expect(listing("readyz", readiness(ready), true)).toEqual({
      status: 200,
      text: "[+]ping ok\n[+]caches ok\n[+]running ok\nreadyz check passed\n",
    });
  });

  test("names the caches that are not complete", () => {
    const watches = [heard("secrets", 0, false), heard("namespaces", 0), heard("configmaps", 0, false)];
    const { status, text } = listing("readyz", readiness({ synced: false, stopping: false, watches }), false);
    expect(status).toBe(500);
    expect(text).toContain("[-]caches failed: not complete yet: secrets, configmaps");
  });

  test("is over when the process stops", () => {
    const { status, text } = listing("readyz", readiness({ ...ready, stopping: true }), false);
    expect(status).toBe(500);
    expect(text).toContain("[-]running failed");
  });
});
