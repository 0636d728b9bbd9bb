import { describe, expect, test } from "vitest";
import { createManualClock } from "../../test/harness/manual-clock.ts";
import type { KubeProblem } from "../api/failure.ts";
import { err } from "../std/result.ts";
import { logRefusals } from "./refusals.ts";
import type { KubeRequest, KubeTransport } from "./transport.ts";

const signal = new AbortController().signal;

interface Refused {
  readonly problem: KubeProblem;
  readonly message: string;
  readonly method?: KubeRequest["method"];
  readonly path?: string;
}

/** The warnings that a transport with these answers gives, a minute apart: `verb resource`. */
async function warningsOf(answers: readonly Refused[]): Promise<readonly string[]> {
  const clock = createManualClock();
  const warnings: string[] = [];
  const quiet = (): void => {};
  const warn = ({ verb, resource }: Readonly<Record<string, unknown>>): void =>
    void warnings.push(`${String(verb)} ${String(resource)}`);
  const log = { debug: quiet, info: quiet, warn, error: quiet };
  const left = [...answers];
  const real: KubeTransport = {
    async send({ method: verb, path }) {
      const { problem = "unavailable", message = "" } = left.shift() ?? {};
      return err({ kind: "kube", verb, path, problem, message, httpStatus: 403, retryAfterMs: undefined });
    },
    stream: () => Promise.reject(new Error("nothing is streamed here")),
    close: () => Promise.resolve(),
  };
  const transport = logRefusals(real, { clock, log });
  for (const { method = "PATCH", path = "/x" } of answers) {
    await transport.send({ method, path }, signal);
    await clock.pass(60_000);
  }
  return warnings;
}

const lacks = (verb: string, resource: string): Refused => ({
  problem: "forbidden",
  message: `x is forbidden: User "u" cannot ${verb} resource "${resource}" in API group "g"`,
});
const credentialPath = (name: string, rest = ""): string =>
  `/apis/ontap-iscsi.dev/v1alpha1/namespaces/ns/iscsicredentials/${name}${rest}`;

describe("what the API server refuses until a person acts is logged once in ten minutes", () => {
  test("each verb that the Role lacks", async () => {
    const status = lacks("patch", "iscsicredentials/status");
    const warnings = await warningsOf([status, lacks("get", "secrets"), ...Array.from({ length: 9 }, () => status)]);
    expect(warnings).toEqual(["patch iscsicredentials/status", "get secrets", "patch iscsicredentials/status"]);
  });

  test("each kind of write that a policy or the definition refuses, whichever object it is of", async () => {
    const policy = { problem: "forbidden", message: "ValidatingAdmissionPolicy 'frozen' denied request" } as const;
    const invalid = { problem: "invalid", message: "status.conditions[1]: Duplicate value" } as const;
    const warnings = await warningsOf([
      { ...policy, path: credentialPath("a") },
      { ...policy, path: credentialPath("b") },
      { ...invalid, path: credentialPath("a", "/status") },
      { ...invalid, path: credentialPath("b", "/status") },
      { ...policy, method: "POST", path: "/apis/events.k8s.io/v1/namespaces/ns/events" },
    ]);
    expect(warnings).toEqual(["PATCH iscsicredentials", "PATCH iscsicredentials/status", "POST events"]);
  });
});

test("what passes by itself, what reflectors log themselves, and a namespace that ends, is not logged", async () => {
  const warnings = await warningsOf([
    {
      problem: "forbidden",
      method: "POST",
      message: "unable to create new content in namespace a because it is being terminated",
    },
    { problem: "conflict", message: 'cannot patch resource "x"' },
    { problem: "throttled", message: "too many requests" },
    { problem: "invalid", method: "GET", message: "sendInitialEvents is forbidden" },
    lacks("list", "secrets"),
  ]);
  expect(warnings).toEqual([]);
});
