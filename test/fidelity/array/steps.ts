import type { ActionInput } from "../../../src/simulator/control/action.ts";
import type { FaultInput } from "../../../src/simulator/faults/fault.ts";
import type { Chance } from "../../model/clock.ts";

/** What happens to one SVM of an array: what the operator asks for, and what others do. `SVM` stands for its name. */
export type Step =
  | { readonly ask: "svms" | "cluster" | "credentials" }
  | { readonly ask: "credential" | "remove"; readonly initiator: string }
  | { readonly ask: "create" | "change"; readonly initiator: string; readonly variant: number }
  | { readonly act: ActionInput }
  /** Strikes the next request that it meets. */
  | { readonly fault: FaultInput };

export const svmName = "svm1";
const initiators = ["iqn.1994-05.com.redhat:a", "iqn.1994-05.com.redhat:b", "default"] as const;
/** Of bodies.ts. */
export const variants = 6;

export function drawSteps(chance: Chance, most: number): readonly Step[] {
  return Array.from({ length: 2 + chance.below(most - 1) }, () => drawStep(chance));
}

function drawStep(chance: Chance): Step {
  const initiator = chance.pick(initiators);
  const variant = chance.below(variants);
  switch (chance.below(10)) {
    case 0:
    case 1:
    case 2:
      return { ask: "create", initiator, variant };
    case 3:
    case 4:
      return { ask: "change", initiator, variant };
    case 5:
      return { ask: "remove", initiator };
    case 6:
      return chance.happens(0.5)
        ? { ask: "credential", initiator }
        : { ask: chance.pick(["svms", "cluster", "credentials"]) };
    case 7:
      return { act: drawAction(chance, initiator) };
    default: {
      if (chance.happens(0.2)) {
        return { fault: { ...chance.pick(silences), when: { method: chance.pick(neverRepeated) }, times: 1 } };
      }
      // A request that hangs takes more than a second of real time.
      const fault = chance.pick(chance.happens(0.02) ? hangs : faults);
      return { fault: { ...fault, when: { method: chance.pick(["GET", "POST", "PATCH", "DELETE"]) }, times: 1 } };
    }
  }
}

const drawAction = (chance: Chance, initiator: string): ActionInput =>
  chance.pick<ActionInput>([
    { do: "put-credential", svm: svmName, initiator, authenticationType: "deny" },
    {
      do: "put-credential",
      svm: svmName,
      initiator,
      authenticationType: "chap",
      inbound: { user: "foreign", password: "foreign password" },
    },
    { do: "remove-service", svm: svmName },
    { do: "create-service", svm: svmName },
    { do: "stop-svm", svm: svmName },
    { do: "start-svm", svm: svmName },
    { do: "recreate-svm", svm: svmName },
    { do: "change-password", user: "admin", password: chance.pick(["login password", "another"]) },
    { do: "unlock-login", user: "admin" },
    { do: "refuse-connections" },
    { do: "accept-connections" },
  ]);

const faults: readonly FaultInput[] = [
  { effect: "error", code: "4" },
  { effect: "error", code: "8", retryAfterSeconds: 0 },
  { effect: "error", code: "5374895", status: 500 },
  { effect: "body", status: 502, text: "<html>Bad Gateway</html>" },
  { effect: "body", status: 504, text: "<html>Gateway Timeout</html>", applied: true },
  { effect: "truncate", bytes: 3 },
  { effect: "numeric-code" },
];

/**
 * What ends without a word on a connection that had served before is asked again if that does no harm
 * (test/ontap/stale-sockets.test.ts), and which connection serves is not modelled. So these strike only what is never repeated.
 */
const silences: readonly FaultInput[] = [{ effect: "reset" }, { effect: "lose-answer" }];
const neverRepeated = ["POST", "DELETE"] as const;

const hangs: readonly FaultInput[] = [{ effect: "hang" }, { effect: "hang", applied: true }];
