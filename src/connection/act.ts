import type { OntapConnection } from "../api/parse.ts";
import type { ConnectionWriter } from "../api/ports.ts";
import { timestamp } from "../api/verdict.ts";
import { meaningOfTrouble, type ArrayReason } from "../array/catalogue/catalogue.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { SvmUuid } from "../array/identifiers.ts";
import type { Svm } from "../array/port.ts";
import { historyAfter } from "./svm-history.ts";
import { unreachable } from "../std/unreachable.ts";
import type { Access } from "./access.ts";
import type { ConnectionStep } from "./decide.ts";
import type { ConnectionFailure } from "./failure.ts";
import { connectionFinalizer } from "./vocabulary.ts";
import type { Gathered } from "./gather.ts";
import type { Logins } from "./logins.ts";
import type { Memory } from "./memory.ts";
import { open, type OpenDeps, type Opened } from "./opened.ts";
import { failed, type ConnectionOutcome } from "./outcome.ts";
import type { ProbeCuts } from "./probe-cut.ts";
import { sessionForDeletion, type ArraySeen } from "./session.ts";

export interface ActDeps extends OpenDeps {
  readonly writer: ConnectionWriter;
  readonly probes: ProbeCuts;
}

/** What a step is carried out on. */
export interface Scene {
  readonly connection: OntapConnection;
  readonly memory: Memory;
  readonly gathered: Gathered;
}

/** Carries a step out: at most one write of finalizers, or one probe of the array. Safe to repeat. */
export async function act(
  step: ConnectionStep,
  scene: Scene,
  deps: ActDeps,
  signal: AbortSignal,
): Promise<ConnectionOutcome> {
  const { connection, memory } = scene;
  const { finalizers } = connection.meta;
  switch (step.do) {
    case "leave":
      return { kind: "unchanged", step: step.do };
    case "nothing":
      return asBefore(scene, deps);
    case "add-finalizer": {
      const written = await deps.writer.setFinalizers(connection, [...finalizers, connectionFinalizer], signal);
      return { kind: "finalizers", step: step.do, written };
    }
    case "release": {
      const others = finalizers.filter((finalizer) => finalizer !== connectionFinalizer);
      return {
        kind: "finalizers",
        step: step.do,
        written: await deps.writer.setFinalizers(connection, others, signal),
      };
    }
    case "refuse":
      // What can no longer log in is closed, and with it every request that waits; what could not be read may serve again.
      return failed(step.do, step.failure, step.failure.kind === "kube" ? memory.opened : undefined);
    case "withhold-login":
      return failed(step.do, step.failure, memory.opened);
    case "open":
      return openAndProbe(scene, deps, signal);
    case "probe": {
      if (memory.opened === undefined) throw new Error("a probe of an array that was never opened");
      return probe(step.do, memory.opened, scene, deps, signal);
    }
    default:
      return unreachable(step);
  }
}

/** Nothing is asked; but the number of credentials may have changed, or the spec in what does not matter to the array. */
function asBefore(scene: Scene, { sessions }: ActDeps): ConnectionOutcome {
  const { connection, memory } = scene;
  const session = sessions.of(connection.key);
  const serving = sessionForDeletion(session);
  if (serving.ok && memory.opened !== undefined) return connected("nothing", memory.opened, serving.value, scene);
  if (session.state !== "down") return { kind: "unchanged", step: "nothing" };
  return { ...failed("nothing", session.failure, memory.opened), meaning: session.meaning };
}

async function openAndProbe(scene: Scene, deps: ActDeps, signal: AbortSignal): Promise<ConnectionOutcome> {
  const { access } = scene.gathered;
  if (access === undefined) throw new Error("an array was to be opened with nothing");
  const opened = open(scene.connection.key, access, deps);
  try {
    const outcome = await probe("open", opened, scene, deps, signal);
    if (outcome.kind === "overtaken") void opened.array.close();
    return outcome;
  } catch (error) {
    void opened.array.close();
    throw error;
  }
}

/** Its calls wait for places and pauses, too: beyond the time of one request that much is allowed for them together. */
const probeMarginMs = 30_000;

async function probe(
  step: "open" | "probe",
  opened: Opened,
  scene: Scene,
  deps: ActDeps,
  signal: AbortSignal,
): Promise<ConnectionOutcome> {
  const deadlineMs = opened.access.settings.requestTimeoutMs + probeMarginMs;
  using underWay = deps.probes.begin(scene.connection, deadlineMs, signal);
  try {
    return await ask(step, opened, scene, deps, underWay.signal);
  } catch (error) {
    const cutBy = underWay.cutBy();
    if (signal.aborted || cutBy === undefined) throw error;
    if (cutBy === "change") return { kind: "overtaken", step };
    return failed(step, timedOut(deadlineMs), opened);
  }
}

function timedOut(deadlineMs: number): ArrayFailure {
  const detail = `the probe did not end within ${deadlineMs} ms`;
  return {
    kind: "array",
    verb: "GET",
    meaning: meaningOfTrouble("timeout"),
    answer: undefined,
    detail,
    retryAfterMs: undefined,
  };
}

async function ask(
  step: "open" | "probe",
  opened: Opened,
  scene: Scene,
  { clock, logins }: ActDeps,
  signal: AbortSignal,
): Promise<ConnectionOutcome> {
  const { array, permissions, access } = opened;
  const svms = await array.svms(signal);
  if (!svms.ok) {
    const refused = svms.error.meaning.reason === loginRefused;
    return failed(step, refused ? withheldAfter(access, svms.error, logins) : svms.error, opened);
  }
  const cluster = await array.cluster(signal);
  const { distinct, repeated } = distinctSvms(svms.value.svms);
  const seen: ArraySeen = {
    svms: distinct,
    repeatedSvms: repeated,
    svmHistory: historyAfter(scene.memory.svmHistory, distinct, access.account, timestamp(clock.now())),
    cluster: cluster.ok ? cluster.value : undefined,
    forbidden: permissions.forbidden(),
  };
  return connected(step, opened, seen, scene);
}

/** In the words of every later pass, so that they have nothing to rewrite. */
function withheldAfter({ loginId, loginSecret }: Access, failure: ArrayFailure, logins: Logins): ConnectionFailure {
  const standing = logins.standing(loginId, false);
  if (standing.may === "be-sent") return failure;
  const { because, nextAttemptMs } = standing;
  return { kind: "login-withheld", secret: loginSecret, because, nextAttemptMs };
}

/** The catalogue's word for a login that the array does not accept. */
const loginRefused: ArrayReason = "LoginRefused";

/** A list that names one UUID twice is wrong in one of the two; nothing tells which. */
function distinctSvms(svms: readonly Svm[]): {
  readonly distinct: readonly Svm[];
  readonly repeated: readonly string[];
} {
  const byUuid = new Map<SvmUuid, Svm>();
  const repeated: string[] = [];
  for (const svm of svms.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (byUuid.has(svm.uuid)) repeated.push(svm.name);
    else byUuid.set(svm.uuid, svm);
  }
  return { distinct: [...byUuid.values()], repeated };
}

function connected(
  step: ConnectionStep["do"],
  opened: Opened,
  seen: ArraySeen,
  { gathered: { facts } }: Scene,
): ConnectionOutcome {
  return facts.deleting
    ? { kind: "in-use", step, opened, seen, holders: facts.holders }
    : { kind: "connected", step, opened, seen };
}
