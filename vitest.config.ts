import { defineConfig } from "vitest/config";

/** `unit` runs in seconds without a network; `world` needs the control plane and the simulator. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["src/**/*.test.ts", "tools/**/*.test.ts", "test/unit/**/*.test.ts"] } },
      {
        test: {
          name: "simulator",
          include: ["simulator", "ontap", "kube", "health"].map((part) => `test/${part}/**/*.test.ts`),
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
    ],
  },
});
