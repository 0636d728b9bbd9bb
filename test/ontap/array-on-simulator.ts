import type { ChapPair } from "../../src/array/credential.ts";
import type { CredentialId, InitiatorName, SvmUuid } from "../../src/array/identifiers.ts";
import type { ArrayAccess, OntapArray } from "../../src/array/port.ts";
import { createOpenArray } from "../../src/ontap/open-array.ts";
import { createOpenTransport } from "../../src/ontap/transport.ts";
import type { StoredCredential } from "../../src/simulator/control/side-door.ts";
import { startSimulator, type Simulator, type SimulatorOptions } from "../../src/simulator/start.ts";
import { systemClock } from "../../src/std/clock.ts";
import { SecretText } from "../../src/std/secret-text.ts";
import { unmeasured } from "../harness/unmeasured.ts";

export const initiator = "iqn.1994-05.com.redhat:a" as InitiatorName;
export const signal = new AbortController().signal;
export const login = { user: "admin", password: "login password" } as const;

const open = createOpenArray({
  clock: systemClock,
  openTransport: createOpenTransport({ clock: systemClock, version: "1.2.3", instance: "test" }),
});
export const openArray = (access: ArrayAccess): OntapArray => open(access, unmeasured);

export function accessTo(endpoint: string, access: Partial<ArrayAccess> = {}): ArrayAccess {
  return {
    endpoint,
    login: { method: "basic", user: login.user, password: new SecretText(login.password) },
    trust: { caPem: undefined, serverName: undefined, insecureSkipVerify: false },
    maxConcurrentRequests: 4,
    requestTimeoutMs: 5000,
    ...access,
  };
}

export interface ArrayOnSimulator extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly array: OntapArray;
  /** An array with other settings, closed with the rest. */
  readonly open: (access: Partial<ArrayAccess>) => OntapArray;
  readonly svm: SvmUuid;
  /** The initiator's credential on svm1. */
  readonly id: CredentialId;
  /** What the simulator holds for the initiator, secrets included. */
  readonly stored: () => Promise<StoredCredential | undefined>;
}

/** A simulator with svm1, and svm2 without iSCSI service, and our client on it. */
export async function startArrayOnSimulator(options: Partial<SimulatorOptions> = {}): Promise<ArrayOnSimulator> {
  const simulator = await startSimulator(
    { svms: [{ name: "svm1" }, { name: "svm2", iscsi: false }], logins: [login], ...options },
    { clock: systemClock },
  );
  const opened: OntapArray[] = [];
  const trust = { caPem: simulator.caPem, serverName: undefined, insecureSkipVerify: false };
  const open = (access: Partial<ArrayAccess>): OntapArray => {
    const array = openArray(accessTo(simulator.url, { trust, ...access }));
    opened.push(array);
    return array;
  };
  const svm = (await simulator.sideDoor.svms()).find(({ name }) => name === "svm1")?.uuid as SvmUuid;
  return {
    simulator,
    array: open({}),
    open,
    svm,
    id: { svm, initiator },
    async stored() {
      const credentials = await simulator.sideDoor.credentials();
      return credentials.find((each) => each.svmUuid === svm && each.initiator === initiator);
    },
    async [Symbol.asyncDispose]() {
      // Stops the simulator first: a request that it lets hang would keep `close` waiting.
      await simulator.stop();
      await Promise.all(opened.map((array) => array.close()));
    },
  };
}

export function pair(user: string, password = `password of ${user}`): ChapPair {
  return { user, password: new SecretText(password) };
}

/** Reason and detail of a failure, or `done`. */
export function outcomeOf(
  result:
    | { readonly ok: true }
    | { readonly ok: false; readonly error: { meaning: { reason: string }; detail: string | undefined } },
): string {
  if (result.ok) return "done";
  const { meaning, detail } = result.error;
  return detail === undefined ? meaning.reason : `${meaning.reason}: ${detail}`;
}
