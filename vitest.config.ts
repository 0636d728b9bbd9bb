import { defineConfig } from "vitest/config";

/** `unit` runs in seconds without a network; `world` needs the control plane and the simulator; `ecosystem` other people's tools. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["src/**/*.test.ts", "tools/**/*.test.ts", "test/unit/**/*.test.ts"] } },
      {
        test: {
          name: "simulator",
          include: ["test/simulator/**/*.test.ts", "test/ontap/**/*.test.ts", "test/kube/**/*.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "world",
          include: ["test/world/**/*.test.ts"],
          globalSetup: ["test/world/setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "ecosystem",
          include: ["test/ecosystem/**/*.test.ts"],
          testTimeout: 120_000,
          // The first run builds the tools.
          hookTimeout: 1_800_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
