import type { FaultInput } from "../../src/simulator/faults/fault.ts";
import type { Look, Scenario } from "./scenario.ts";
import type { Scene } from "./scene.ts";

/** States in which the array's own answer stands: at least one of each class of the catalogue that a status can show. */

interface Answer {
  readonly reason: string;
  readonly look: Look;
  readonly attempts?: true;
  readonly fault: FaultInput;
}

/** What ONTAP, or what stands before it, can answer to any call. */
const answers: readonly Answer[] = [
  {
    reason: "ValueRefused", // class input
    look: "stuck",
    fault: { effect: "error", code: "262247", target: "initiator" },
  },
  {
    reason: "TooManyRequests", // class environment, soon
    look: "working",
    attempts: true,
    fault: { effect: "error", code: "262160", retryAfterSeconds: 1 },
  },
  {
    reason: "UnexpectedException", // class environment, slow
    look: "working",
    attempts: true,
    fault: { effect: "error", code: "262145" },
  },
  {
    reason: "RequestMalformed", // class bug
    look: "stuck",
    fault: { effect: "error", code: "262199" },
  },
  {
    reason: "ServerError", // no code at all
    look: "working",
    attempts: true,
    fault: { effect: "body", status: 500, text: "<html>Internal Server Error</html>" },
  },
];

/** To a write of one credential; the connection works. */
function toWrites({ fault, ...answer }: Answer): Scenario {
  return {
    kind: "IscsiCredential",
    stage: "live",
    ...answer,
    async arrange({ array, name, createConnection, createCredential, ownLogin }) {
      const { user, spec } = await ownLogin();
      await array.sideDoor.addFault({ ...fault, when: { user, method: "POST" } });
      await createConnection(spec, name);
      await createCredential({ connectionRef: { name } });
    },
  };
}

/** To the probe of a connection, which only reads. */
function toProbes({ fault, ...answer }: Answer): Scenario {
  return {
    kind: "OntapConnection",
    stage: "live",
    ...answer,
    async arrange({ array, createConnection, ownLogin }) {
      const { user, spec } = await ownLogin();
      await array.sideDoor.addFault({ ...fault, when: { user } });
      await createConnection(spec);
    },
  };
}

/** A credential through a login of this role. */
const throughOwnLogin =
  (role: string, credential: object = {}) =>
  async ({ name, createConnection, createCredential, ownLogin }: Scene): Promise<void> => {
    const { spec } = await ownLogin(role);
    await createConnection(spec, name);
    await createCredential({ connectionRef: { name }, ...credential });
  };

/** What the simulated ONTAP answers by itself. */
const ofItself: readonly Scenario[] = [
  {
    kind: "IscsiCredential",
    stage: "live",
    reason: "PermissionDenied", // class permission
    look: "working",
    attempts: true,
    arrange: throughOwnLogin("readonly"),
  },
  {
    kind: "IscsiCredential",
    stage: "live",
    reason: "IscsiServiceMissing",
    look: "working",
    attempts: true,
    arrange: throughOwnLogin("admin", { svm: { name: "without-iscsi" } }),
  },
  {
    kind: "IscsiCredential",
    stage: "live",
    reason: "SvmStopped",
    look: "working",
    attempts: true,
    arrange: throughOwnLogin("admin", { svm: { name: "stopped" } }),
  },
  {
    kind: "IscsiCredential",
    stage: "live",
    reason: "NotConverging", // class converge, again and again
    look: "working",
    attempts: true,
    async arrange({ array, name, initiator, createConnection, createCredential, ownLogin }) {
      const { user, spec } = await ownLogin();
      await array.sideDoor.act({ do: "put-credential", svm: "svm1", initiator, authenticationType: "none" });
      await array.sideDoor.addFault({ effect: "error", code: "5374142", when: { user, method: "PATCH" } });
      await createConnection(spec, name);
      await createCredential({ connectionRef: { name }, authenticationType: "deny" });
    },
  },
  {
    kind: "IscsiCredential",
    stage: "live",
    reason: "NotKept",
    look: "stuck",
    attempts: true,
    async arrange({ array, name, createConnection, createCredential, editCredential, ownLogin, ...scene }) {
      const { user, spec } = await ownLogin();
      await createConnection(spec, name);
      await createCredential({ connectionRef: { name }, authenticationType: "none" });
      await scene.untilCredential("Applied");
      await array.sideDoor.addFault({ effect: "ignore", when: { user, method: "PATCH" } });
      await editCredential({ spec: { authenticationType: "deny" } });
      for (const request of ["applied", "once", "twice", "three times"]) await scene.compareCredential(request);
    },
  },
  {
    kind: "IscsiCredential",
    stage: "live",
    reason: "ConnectionLost", // no answer
    look: "working",
    attempts: true,
    async arrange({ array, name, createConnection, createCredential, ownLogin }) {
      const { user, spec } = await ownLogin();
      await array.sideDoor.addFault({ effect: "reset", when: { user, method: "POST" } });
      await createConnection(spec, name);
      await createCredential({ connectionRef: { name } });
    },
  },
];

/** A read that is refused for what it says is never refused for good. */
const readRefused: Answer = {
  reason: "ReadRefused",
  look: "working",
  attempts: true,
  fault: { effect: "error", code: "262199" },
};

export const arrayScenarios: readonly Scenario[] = [
  ...answers.map(toWrites),
  ...answers.filter(({ look }) => look === "working").map(toProbes),
  toProbes(readRefused),
  ...ofItself,
];
