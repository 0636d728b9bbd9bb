import { reconcileRequestAnnotation } from "../api/fields.ts";
import { timestamp } from "../api/verdict.ts";
import type { ObjectKey } from "../api/key.ts";
import type { IscsiCredential } from "../api/parse.ts";
import { acceptedFields } from "../array/visible-fields.ts";
import { defined } from "../std/defined.ts";
import { ok, type Result } from "../std/result.ts";
import { unreachable } from "../std/unreachable.ts";
import { noSecrets, type Applied } from "./applied.ts";
import type { LiveFacts, LiveStep } from "./decide.ts";
import type { CredentialFailure } from "./failure.ts";
import type { GatherDeps } from "./gather.ts";
import type { Memory } from "./memory.ts";
import type { CredentialMeter } from "./meter.ts";
import { failed, undisturbed, type Outcome, type Written } from "./outcome.ts";
import type { CredentialWriter } from "../api/ports.ts";
import { editHeardMs } from "./propagation.ts";
import { credentialFinalizer } from "./references.ts";
import { isRefused, refusalOf, type Attempt } from "./refusal.ts";
import type { ReadSecrets } from "./secrets.ts";
import type { Target } from "./target.ts";

export interface ActDeps extends Pick<GatherDeps, "views" | "clock" | "dryRun"> {
  /** The object as it is now. */
  readonly find: (key: ObjectKey) => IscsiCredential | undefined;
  readonly writer: CredentialWriter;
  readonly meter: CredentialMeter;
}

/** What a live step is carried out on. */
export interface Scene {
  readonly credential: IscsiCredential;
  readonly memory: Memory;
  readonly facts: LiveFacts;
  readonly target: Target;
  readonly secrets: ReadSecrets | undefined;
}

/** Carries a step out: at most one write to the array, after the object carries our finalizer. Safe to repeat. */
export async function act(step: LiveStep, scene: Scene, deps: ActDeps, signal: AbortSignal): Promise<Outcome> {
  const { facts, target } = scene;
  switch (step.do) {
    case "settle":
      return held(scene, settle(scene, deps));
    case "plan": {
      const { remote } = facts;
      const because = deps.dryRun ? ("dry-run" as const) : ("mode" as const);
      const plan = { operation: step.operation, changes: step.because, because };
      return { kind: "planned", svm: target.svm, remote, plan };
    }
    case "refuse":
      return failed(step.failure, target.svm);
    case "adopt": {
      const claimed = await claim(scene, deps, signal);
      return claimed.ok ? held(scene, accept(scene, timestamp(deps.clock.now()))) : failed(claimed.error, target.svm);
    }
    case "create":
    case "change":
      return write(step, scene, deps, signal);
    default:
      return unreachable(step);
  }
}

async function write(
  step: Extract<LiveStep, { do: "create" | "change" }>,
  scene: Scene,
  deps: ActDeps,
  signal: AbortSignal,
): Promise<Outcome> {
  const { target, memory } = scene;
  const { array, connection, svm } = target;
  const attempt = attemptOf(step, scene);
  if (memory.refused !== undefined && isRefused(attempt, memory.refused)) {
    memory.refused = { ...memory.refused, ...attempt };
    return failed(memory.refused.failure, svm);
  }
  const claimed = await claim(scene, deps, signal);
  if (!claimed.ok) return failed(claimed.error, target.svm);
  if (isOvertaken(scene.credential, deps)) return undisturbed;
  const written =
    step.do === "create"
      ? await array.createCredential(svm.id, step.creation, signal)
      : await array.changeCredential(svm.id, step.change, signal);
  deps.views.invalidate(connection, svm.id);
  memory.refused = written.ok ? undefined : refusalOf(attempt, written.error);
  if (!written.ok) return failed(written.error, svm);
  const wrote: Written = {
    verb: step.do === "create" ? "POST" : "PATCH",
    because: step.because,
    drift: isDrift(step, scene),
  };
  if (wrote.drift) deps.meter.driftCorrected(connection);
  const heardMs = editHeardMsOf(scene);
  if (heardMs !== undefined) deps.meter.propagated(connection, deps.clock.monotonic() - heardMs);
  return held(scene, accept(scene, timestamp(deps.clock.now())), wrote);
}

/** Two writes of one object with the same text say the same, and are asked for by the same edit or request. */
function attemptOf(
  { do: verb, because }: Extract<LiveStep, { do: "create" | "change" }>,
  { credential: { meta }, target, secrets }: Scene,
): Attempt {
  const { generation } = meta;
  const { svm } = target.svm.id;
  const request = meta.annotations[reconcileRequestAnnotation];
  return {
    generation,
    svm,
    secrets: secrets?.versions ?? noSecrets,
    write: JSON.stringify([verb, because, generation, svm, secrets?.digest, request]),
  };
}

/** When the edit of a Secret that this write carries was heard of, if it carries one. */
function editHeardMsOf({ facts: { wish }, memory, secrets }: Scene): number | undefined {
  const carries = secrets !== undefined && wish.secrets === "read" && wish.news === "changed";
  return carries ? editHeardMs(secrets, memory.carriedBy) : undefined;
}

/**
 * Whether the object was edited, suspended or deleted since this pass read it: what the pass was about to write may be
 * wished no more. The edit has asked for a look of its own.
 */
function isOvertaken({ key, meta }: IscsiCredential, { find }: Pick<ActDeps, "find">): boolean {
  const now = find(key);
  return now?.meta.uid !== meta.uid || now.meta.generation !== meta.generation;
}

/** Whether somebody else changed what ONTAP had accepted: nothing is new on our side, and something visible differs. */
function isDrift(
  { because }: Extract<LiveStep, { do: "create" | "change" }>,
  { credential, memory, facts }: Scene,
): boolean {
  const ours = facts.applied !== undefined && memory.applied?.generation === credential.meta.generation;
  const secretsAreNew = facts.wish.secrets === "read" && facts.wish.news === "changed";
  return ours && !secretsAreNew && because.some(({ field }) => !field.endsWith(".password"));
}

function held({ facts, target, secrets }: Scene, applied: Applied, wrote?: Written): Outcome {
  const unusual = secrets?.unusual ?? (applied.authenticationType === "chap" ? "unread" : []);
  return { kind: "held", svm: target.svm, remote: facts.remote, applied, unusual, wrote };
}

/** Nothing was written: what was accepted stays, also under a newer generation or newer versions of the same values. */
function settle(scene: Scene, { clock }: ActDeps): Applied {
  const { credential, memory, secrets } = scene;
  const { applied } = memory;
  if (applied === undefined) return accept(scene, timestamp(clock.now()));
  if (applied.generation !== credential.meta.generation) return accept(scene, applied.time);
  // That newer versions carry the same values is remembered, not written: a label edit writes nothing anywhere.
  if (secrets !== undefined) {
    memory.digest = secrets.digest;
    memory.carriedBy = secrets.versions;
  }
  return applied;
}

/** Remembers what ONTAP holds of this object from now on. */
function accept({ credential, memory, facts, target, secrets }: Scene, time: string): Applied {
  const { authenticationType } = facts.wish.visible;
  const versions = authenticationType === "chap" ? (secrets?.versions ?? memory.carriedBy) : undefined;
  const applied: Applied = defined({
    ...acceptedFields(facts.wish.visible),
    authenticationType,
    inboundSecret: versions?.inbound,
    outboundSecret: versions?.outbound,
    generation: credential.meta.generation,
    time,
  });
  memory.applied = applied;
  memory.appliedSvm = target.svm.id.svm;
  memory.carriedBy = versions;
  if (secrets !== undefined) memory.digest = secrets.digest;
  return applied;
}

async function claim(
  { credential }: Scene,
  { writer }: ActDeps,
  signal: AbortSignal,
): Promise<Result<unknown, CredentialFailure>> {
  const { finalizers } = credential.meta;
  if (finalizers.includes(credentialFinalizer)) return ok(undefined);
  return writer.setFinalizers(credential, [...finalizers, credentialFinalizer], signal);
}
