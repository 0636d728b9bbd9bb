import { defineConfig } from "vitest/config";

/**
 * `unit` and `pass` run in seconds without a network, `campaign` in a minute or two; `simulator` over HTTPS on loopback; `world` and `fidelity` need the
 * control plane; `ecosystem` needs the tools of others.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "tools/**/*.test.ts", "test/unit/**/*.test.ts"],
          // Seconds on a machine that does nothing else; a busy one must not fail a test.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "pass",
          include: ["test/model/**/*.test.ts", "test/pass/**/*.test.ts", "test/simulation/**/*.test.ts"],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: "campaign",
          include: ["test/campaigns/**/*.test.ts"],
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: "simulator",
          include: ["simulator", "ontap", "kube", "health"].map((part) => `test/${part}/**/*.test.ts`),
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "fidelity",
          include: ["test/fidelity/**/*.test.ts"],
          globalSetup: ["test/fidelity/setup.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
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
