import { expect, test } from "vitest";
import { createManualClock } from "../../test/harness/manual-clock.ts";
import type { KubeProblem } from "../api/failure.ts";
import { err } from "../std/result.ts";
import { logForbiddenVerbs } from "./forbidden-verbs.ts";
import type { KubeTransport } from "./transport.ts";

const signal = new AbortController().signal;

/** The warnings that a transport with these answers gives, a minute apart. */
async function warningsOf(answers: readonly { readonly problem: KubeProblem; readonly message: string }[]) {
  const clock = createManualClock();
  const warnings: object[] = [];
  const quiet = (): void => {};
  const log = { debug: quiet, info: quiet, warn: (fields: object) => void warnings.push(fields), error: quiet };
  const left = [...answers];
  const real: KubeTransport = {
    async send({ method: verb, path }) {
      const { problem = "unavailable", message = "" } = left.shift() ?? {};
      return err({ kind: "kube", verb, path, problem, message, httpStatus: 403, retryAfterMs: undefined });
    },
    stream: () => Promise.reject(new Error("nothing is streamed here")),
    close: () => Promise.resolve(),
  };
  const transport = logForbiddenVerbs(real, { clock, log });
  for (const _ of answers) {
    await transport.send({ method: "PATCH", path: "/x" }, signal);
    await clock.pass(60_000);
  }
  return warnings;
}

const lacks = (verb: string, resource: string) =>
  ({
    problem: "forbidden",
    message: `x is forbidden: User "u" cannot ${verb} resource "${resource}" in API group "g"`,
  }) as const;

test("each verb that the Role lacks is said once in ten minutes", async () => {
  const status = lacks("patch", "iscsicredentials/status");
  const warnings = await warningsOf([status, lacks("get", "secrets"), ...Array.from({ length: 9 }, () => status)]);
  const said = warnings.map((fields) => (fields as { readonly resource: string }).resource);
  expect(said).toEqual(["iscsicredentials/status", "secrets", "iscsicredentials/status"]);
});

test("what a Role does not fix, and what reflectors log themselves, is not logged", async () => {
  const terminating = "unable to create new content in namespace a because it is being terminated";
  const warnings = await warningsOf([
    { problem: "forbidden", message: terminating },
    { problem: "forbidden", message: "admission webhook denied the request" },
    { problem: "conflict", message: 'cannot patch resource "x"' },
    lacks("list", "secrets"),
  ]);
  expect(warnings).toEqual([]);
});
