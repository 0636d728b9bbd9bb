import type { Authentication, CredentialChange } from "../../../src/array/credential.ts";
import type { InitiatorName, SvmUuid } from "../../../src/array/identifiers.ts";
import type { OntapArray } from "../../../src/array/port.ts";
import type { ActionInput } from "../../../src/simulator/control/action.ts";
import type { FaultInput } from "../../../src/simulator/faults/fault.ts";
import { SecretText } from "../../../src/std/secret-text.ts";
import { svmName, type Step } from "./steps.ts";

/** An array with one SVM and one login, as a sequence needs it. */
export interface Played {
  /** Opens it with the login's first password. */
  open(): OntapArray;
  act(action: ActionInput): Promise<void>;
  addFault(fault: FaultInput): Promise<void>;
  /** All that it holds, secrets included. */
  held(): Promise<unknown>;
  /** The SVM's UUID now. */
  svm(): Promise<string>;
}

/** All that a sequence showed: what each call came to, and what the array held then. */
export async function play(array: Played, steps: readonly Step[]): Promise<readonly unknown[]> {
  const uuids = new Map<string, string>();
  const shown: unknown[] = [];
  let opened = array.open();
  for (const step of steps) {
    // An array that has refused the login is not asked again by anyone who has heard of it.
    if (opened.loginRefusals() > 0) opened = array.open();
    const result = await playStep(array, opened, step);
    shown.push(plain([result, await array.held()], uuids));
  }
  await opened.close();
  return shown;
}

async function playStep(array: Played, opened: OntapArray, step: Step): Promise<unknown> {
  if ("act" in step) return array.act(step.act).catch(() => "cannot be done");
  if ("fault" in step) return array.addFault(step.fault);
  const { signal } = new AbortController();
  const svm = (await array.svm()) as SvmUuid;
  switch (step.ask) {
    case "svms":
      return opened.svms(signal);
    case "cluster":
      return opened.cluster(signal);
    case "credentials":
      return opened.credentials(svm, signal);
    case "credential":
      return opened.credential({ svm, initiator: step.initiator as InitiatorName }, signal);
    case "remove":
      return opened.removeCredential({ svm, initiator: step.initiator as InitiatorName }, signal);
    case "create":
    case "change": {
      const id = { svm, initiator: step.initiator as InitiatorName };
      const { authentication, addresses } = changes[step.variant] ?? {
        authentication: undefined,
        addresses: undefined,
      };
      if (step.ask === "change") return opened.changeCredential(id, { authentication, addresses }, signal);
      return opened.createCredential(id, { authentication: authentication ?? { type: "none" }, addresses }, signal);
    }
    default:
      return step satisfies never;
  }
}

const pair = (user: string, password = `password of ${user}`) => ({ user, password: new SecretText(password) });
const chap = (inbound: string, outbound?: string): Authentication => ({
  type: "chap",
  inbound: pair(inbound),
  outbound: outbound === undefined ? undefined : pair(outbound),
});
const range = { ranges: [{ start: "10.0.0.1", end: "10.0.0.9" }], masks: [] };

const changes: readonly CredentialChange[] = [
  { authentication: { type: "none" }, addresses: undefined },
  { authentication: { type: "deny" }, addresses: { merge: "replace", ...range } },
  {
    authentication: chap("in"),
    addresses: { merge: "add", ranges: [], masks: [{ address: "10.1.0.0", netmask: "16" }] },
  },
  { authentication: chap("in", "out"), addresses: undefined },
  // Refused: too short, and the same both ways.
  { authentication: { type: "chap", inbound: pair("in", "short"), outbound: undefined }, addresses: undefined },
  {
    authentication: { type: "chap", inbound: pair("in", "same password"), outbound: pair("out", "same password") },
    addresses: { merge: "remove", ...range },
  },
];

/** As plain data: maps as lists, UUIDs numbered as they come, and the array somewhere. */
function plain(value: unknown, uuids: Map<string, string>): unknown {
  const text = JSON.stringify(value, (_, inner: unknown) => {
    if (inner instanceof Map) return [...inner];
    return typeof inner === "bigint" ? String(inner) : inner;
  });
  const numbered = text.replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (uuid) => {
    const number = uuids.get(uuid) ?? `uuid ${uuids.size + 1}`;
    uuids.set(uuid, number);
    return number;
  });
  return JSON.parse(numbered.replaceAll(/ECONNREFUSED [^"; ]+/g, "ECONNREFUSED SOMEWHERE")) as unknown;
}

export const login = { user: "admin", password: "login password" } as const;

/** The same for both transports, but for where the array is and whom to trust. */
export const accessTo = (endpoint: string, caPem: string | undefined) => ({
  endpoint,
  login: { method: "basic", user: login.user, password: new SecretText(login.password) } as const,
  trust: { caPem, serverName: undefined, insecureSkipVerify: false },
  maxConcurrentRequests: 4,
  /** Long enough for a busy machine; a request that hangs costs as much real time. */
  requestTimeoutMs: 1500,
});

export const svms = [svmName] as const;
