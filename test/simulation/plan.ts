import type { FaultInput } from "../../src/simulator/faults/fault.ts";
import { createChance, type Chance } from "../model/clock.ts";
import type {
  Actor,
  AdminStep,
  ClusterStep,
  Declared,
  FateStep,
  NetworkStep,
  OwnerStep,
  Place,
  Step,
  TenantStep,
} from "./step.ts";

/** What one seed lets happen. */
export interface Plan {
  readonly seed: number;
  /** Whether two processes compete for a Lease; otherwise one leads. */
  readonly elects: boolean;
  /** In the order of time. */
  readonly steps: readonly Step[];
  /** When it has been calm for long enough that what Ready says must be so. */
  readonly calmMs: readonly number[];
}

export const namespaces = ["team-a", "team-b", "team-c"] as const;
/** `shared` and `alias` lead to the first array by two names; `second` leads to another one, and belongs to a namespace that uses it. */
export const connections = ["shared", "alias", "second"] as const;
const svms = ["svm1", "svm1", "svm2"] as const;
/** Few, so that they meet. */
const initiators = [...["a", "b", "c", "d"].map((name) => `iqn.1994-05.com.redhat:${name}`), "default"];

/** What the objects of a life may name. */
interface Wanted {
  readonly connections: readonly string[];
  readonly svms: readonly string[];
  readonly initiators: readonly string[];
}
const everything: Wanted = { connections, svms, initiators };
const contested: Wanted = {
  connections: ["shared", "alias"],
  svms: ["svm1"],
  initiators: ["iqn.1994-05.com.redhat:a"],
};

/** Held by every SVM before anything is declared; only objects that refuse to take it over name it. */
export const foreignInitiator = "iqn.1994-05.com.redhat:foreign";

const rounds = 4;
/** Things happen close together, then nothing does: longer than a resync and a few attempts take. */
const roundMs = { busy: 40_000, calm: 150_000 } as const;
const firstMs = 3000;

export function drawPlan(seed: number): Plan {
  const chance = createChance(seed);
  const steps: Step[] = [];
  const calmMs: number[] = [];
  // Many who want the same: conflicts, and an initiator that goes from one to the next.
  const isContest = chance.happens(0.4);
  const wanted = isContest ? contested : everything;
  for (let round = 0; round < rounds; round += 1) {
    const beginMs = firstMs + round * (roundMs.busy + roundMs.calm);
    const count = 6 + chance.below(10);
    // What tenants do to each other shows best while nothing else happens.
    const isTenants = chance.happens(isContest ? 0.6 : 0.3);
    for (let n = 0; n < count; n += 1) {
      const atMs = beginMs + chance.below(roundMs.busy);
      // Without objects nothing else can happen to them.
      const actor: Actor = isTenants || (round === 0 && n < 3) ? "tenant" : chance.pick(who);
      steps.push({
        atMs: n < 3 && round === 0 ? beginMs + n * 50 : atMs,
        ...drawStep(chance, actor, wanted, n),
      } as Step);
    }
    calmMs.push(beginMs + roundMs.busy + roundMs.calm - 1);
  }
  return { seed, elects: chance.happens(0.2), steps: steps.toSorted((a, b) => a.atMs - b.atMs), calmMs };
}

/** As often as they stand here. */
const who: readonly Actor[] = [
  "tenant",
  "tenant",
  "tenant",
  "tenant",
  "tenant",
  "owner",
  "admin",
  "admin",
  "cluster",
  "cluster",
  "network",
  "network",
  "fate",
];

function drawStep(chance: Chance, actor: Actor, wanted: Wanted, n: number): object {
  switch (actor) {
    case "tenant":
      return { actor, ...drawTenant(chance, wanted, n < 3) };
    case "owner":
      return { actor, ...drawOwner(chance) };
    case "admin":
      return { actor, ...drawAdmin(chance, wanted) };
    case "cluster":
      return { actor, ...drawCluster(chance) };
    case "network":
      return { actor, ...drawNetwork(chance) };
    case "fate":
      return { actor, ...drawFate(chance) };
    default:
      return actor satisfies never;
  }
}

const drawPlace = (chance: Chance): Place => ({ namespace: chance.pick(namespaces), name: chance.pick(["x", "y"]) });
/** Every password of a run begins so; none may show anywhere. */
export const canary = "canary-";
const drawPassword = (chance: Chance): string =>
  `${canary}${chance
    .below(2 ** 32)
    .toString(36)
    .padStart(8, "0")}`;

function drawDeclared(chance: Chance, wanted: Wanted): Declared {
  const adoptionPolicy = chance.happens(0.8) ? "Adopt" : "Refuse";
  const isForeign = adoptionPolicy === "Refuse" && chance.happens(0.5);
  const initiator = isForeign ? foreignInitiator : chance.pick(wanted.initiators);
  return {
    connection: chance.pick(wanted.connections),
    svm: chance.pick(wanted.svms),
    initiator,
    authenticationType: chance.pick(["chap", "chap", "chap", "none", "deny"]),
    mutual: chance.happens(0.3),
    addresses: chance.happens(0.3),
    adoptionPolicy,
    deletionPolicy: chance.pick(["Delete", "Delete", "Retain", "Deny"]),
    mode: chance.happens(0.93) ? "Enforce" : "Plan",
    suspend: chance.happens(0.05),
  };
}

function drawChange(chance: Chance): Partial<Declared> {
  const { authenticationType, mutual, addresses, deletionPolicy, mode, suspend } = drawDeclared(chance, everything);
  return chance.pick<Partial<Declared>>([
    { authenticationType },
    { mutual },
    { addresses },
    { deletionPolicy },
    { mode },
    { suspend: suspend || chance.happens(0.5) },
    { suspend: false },
  ]);
}

function drawTenant(chance: Chance, wanted: Wanted, first: boolean): TenantStep {
  const place = drawPlace(chance);
  if (first || chance.happens(0.25)) return { do: "declare", place, declared: drawDeclared(chance, wanted) };
  return chance.pick<TenantStep>([
    { do: "edit", place, change: drawChange(chance) },
    { do: "edit", place, change: drawChange(chance) },
    { do: "request-reconcile", place },
    { do: "delete", place },
    { do: "delete", place },
    { do: "recreate", place },
    { do: "replace", place },
    { do: "rotate", place, password: drawPassword(chance) },
    { do: "rotate", place, password: drawPassword(chance) },
    { do: "rotate", place, password: drawPassword(chance) },
    { do: "label-secret", place, value: String(chance.below(100)) },
    { do: "delete-secret", place },
    { do: "recreate-secret", place, password: drawPassword(chance) },
  ]);
}

function drawOwner(chance: Chance): OwnerStep {
  const connection = chance.pick(connections);
  return chance.pick<OwnerStep>([
    { do: "change-login", connection, password: drawPassword(chance), lateMs: chance.below(20_000) },
    { do: "change-login", connection, password: drawPassword(chance), lateMs: 0 },
    { do: "label-connection", connection, value: String(chance.below(100)) },
    { do: "recreate-connection", connection },
    { do: "withdraw-grant", namespace: chance.pick(namespaces), forMs: 1000 + chance.below(150_000) },
    { do: "move-endpoint", connection, to: chance.below(2) },
  ]);
}

function drawAdmin(chance: Chance, wanted: Wanted): AdminStep {
  const [array, svm, initiator] = [chance.below(2), chance.pick(svms), chance.pick(wanted.initiators)];
  // ONTAP lets no one delete it.
  if (initiator === "default") return { do: "overwrite-credential", array, svm, initiator };
  return chance.pick<AdminStep>([
    { do: "delete-credential", array, svm, initiator },
    { do: "delete-credential", array, svm, initiator },
    { do: "overwrite-credential", array, svm, initiator },
    { do: "overwrite-credential", array, svm, initiator },
    { do: "recreate-svm", array, svm },
    { do: "stop-svm", array, svm, forMs: chance.below(20_000) },
  ]);
}

function drawCluster(chance: Chance): ClusterStep {
  if (chance.happens(0.1)) return { do: "restore", afterMs: chance.below(60_000) };
  if (chance.happens(0.2)) return { do: chance.pick(["restart", "compact"]) };
  return {
    do: "fail",
    methods: chance.pick([["GET"], ["PATCH"], ["PATCH"], ["POST", "PATCH"], ["GET", "POST", "PUT", "PATCH"]]),
    how: chance.pick(["409", "422", "429", "500", "drop", "lose-answer", "lose-answer", "hang"]),
    probability: chance.pick([0.2, 0.5, 1]),
    forMs: 500 + chance.below(15_000),
  };
}

function drawNetwork(chance: Chance): NetworkStep {
  const array = chance.below(2);
  switch (chance.below(4)) {
    case 0:
      return {
        do: "lose",
        requests: chance.pick([0, 0.2]),
        answers: chance.pick([0.2, 0.6]),
        forMs: chance.below(15_000),
      };
    case 1:
      return { do: "refuse", array, forMs: 500 + chance.below(15_000) };
    default:
      return { do: "fault", array, fault: drawFault(chance) };
  }
}

function drawFault(chance: Chance): FaultInput {
  const method = chance.pick([["POST"], ["PATCH"], ["DELETE"], ["GET"], ["POST", "PATCH", "DELETE"]]);
  const about = { when: { method, path: "/api/protocols/san/iscsi/credentials*" }, times: 1 + chance.below(3) };
  return chance.pick<FaultInput>([
    { effect: "error", code: "8", status: 503, ...about },
    { effect: "error", code: "4", ...about, when: { ...about.when, method: ["PATCH", "DELETE"] } },
    { effect: "body", status: 502, text: "<html>Bad Gateway</html>", applied: chance.happens(0.5), ...about },
    { effect: "error", code: "8", status: 429, retryAfterSeconds: 2, ...about },
    { effect: "reset", ...about },
    { effect: "lose-answer", ...about },
    { effect: "truncate", bytes: 1, ...about },
    { effect: "hang", applied: chance.happens(0.5), ...about },
    { effect: "delay", latency: { shape: "uniform", fromMs: 100, toMs: 5000 }, ...about },
    { effect: "lag", ms: 1000, ...about },
  ]);
}

function drawFate(chance: Chance): FateStep {
  return chance.pick<FateStep>([
    { do: "kill" },
    { do: "kill" },
    { do: "stop" },
    { do: "pause", forMs: chance.pick([1000, 9000, 30_000]) },
  ]);
}
