import { reconcileRequestAnnotation } from "../api/fields.ts";
import type { ObjectKey } from "../api/key.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { CredentialWriter } from "../api/ports.ts";
import { timestamp } from "../api/verdict.ts";
import { acceptedFields } from "../array/visible-fields.ts";
import { defined } from "../std/defined.ts";
import { ok, type Result } from "../std/result.ts";
import { unreachable } from "../std/unreachable.ts";
import { noSecrets, type SecretVersions } from "./applied.ts";
import type { LiveFacts, LiveStep } from "./decide.ts";
import type { CredentialFailure } from "./failure.ts";
import type { GatherDeps } from "./gather.ts";
import type { Memory } from "./memory.ts";
import type { CredentialMeter } from "./meter.ts";
import { failed, held, nothingToDo, planned, type Accepted, type Outcome, type Written } from "./outcome.ts";
import { credentialFinalizer } from "./references.ts";
import { isRejected, rejectedWriteOf, type WriteAttempt } from "./rejected-write.ts";
import type { ReadSecrets } from "./secrets.ts";
import type { Target } from "./target.ts";

export interface ActDeps extends Pick<GatherDeps, "arrays" | "clock" | "dryRun"> {
  /** The object as it is now. */
  readonly find: (key: ObjectKey) => IscsiCredential | undefined;
  readonly writer: CredentialWriter;
  readonly meter: CredentialMeter;
}

/** What a step is carried out on. */
export interface Scene {
  readonly credential: IscsiCredential;
  readonly memory: Memory;
  readonly facts: LiveFacts;
  readonly target: Target;
  readonly secrets: ReadSecrets | undefined;
}

/** The steps that end a pass. */
export type FinalStep = Exclude<LiveStep, { do: "read-secrets" | "read-array" }>;
type WriteStep = Extract<LiveStep, { do: "create" | "change" }>;

/** Carries a step out: at most one write to the array, after the object carries our finalizer. Safe to repeat. */
export async function act(step: FinalStep, scene: Scene, deps: ActDeps, signal: AbortSignal): Promise<Outcome> {
  const { facts, target } = scene;
  switch (step.do) {
    case "settle":
    case "adopt": {
      const marked = await addFinalizer(scene, deps, signal);
      if (!marked.ok) return failed(step.do, marked.error, target.svm);
      return holding(step.do, scene, settled(scene, deps));
    }
    case "plan": {
      const because = deps.dryRun ? "dry-run" : "mode";
      const plan = { operation: step.operation, changes: step.because, because } as const;
      return planned({ svm: target.svm, observed: facts.observed, plan });
    }
    case "refuse":
      return failed("refuse", step.failure, target.svm);
    case "create":
    case "change":
      return write(step, scene, deps, signal);
    default:
      return unreachable(step);
  }
}

async function write(step: WriteStep, scene: Scene, deps: ActDeps, signal: AbortSignal): Promise<Outcome> {
  const { target, memory } = scene;
  const { array, connection, svm } = target;
  const attempt = attemptOf(step, scene);
  if (memory.rejected !== undefined && isRejected(attempt, memory.rejected)) {
    const { failure } = memory.rejected;
    return failed(step.do, failure, svm, { ...attempt, failure });
  }
  const marked = await addFinalizer(scene, deps, signal);
  if (!marked.ok) return failed(step.do, marked.error, svm);
  if (isOvertaken(scene.credential, deps)) return nothingToDo;
  const written =
    step.do === "create"
      ? await array.createCredential(svm.id, step.creation, signal)
      : await array.changeCredential(svm.id, step.change, signal);
  deps.arrays.wrote(connection, svm.id);
  if (!written.ok) return failed(step.do, written.error, svm, rejectedWriteOf(attempt, written.error));
  const wrote: Written = {
    verb: step.do === "create" ? "POST" : "PATCH",
    because: step.because,
    drift: isDrift(step, scene),
  };
  tell(wrote, scene, deps);
  return holding(step.do, scene, accepted(scene, timestamp(deps.clock.now())), wrote);
}

/** Two writes of one object with the same text say the same, and are asked for by the same edit or request. */
function attemptOf({ do: verb, because }: WriteStep, { credential: { meta }, target, secrets }: Scene): WriteAttempt {
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

/** Tells the meters of a write that ONTAP has accepted. */
function tell({ drift }: Written, { facts: { desired }, memory, secrets, target }: Scene, deps: ActDeps): void {
  const { connection } = target;
  if (drift) deps.meter.driftCorrected(connection);
  if (secrets === undefined || desired.secrets !== "read" || desired.writeReason !== "changed") return;
  const editedMs = editSeenMs(secrets, memory.carriedBy);
  if (editedMs !== undefined) deps.meter.propagated(connection, deps.clock.monotonic() - editedMs);
}

/**
 * When the edit that these Secrets carry was seen: the latest one, if both directions were edited. Undefined if none was:
 * what ONTAP had accepted came from the same versions, or from other Secrets, which is an edit of the spec.
 */
export function editSeenMs(
  { versions, heardMs }: Pick<ReadSecrets, "versions" | "heardMs">,
  acceptedVersions: SecretVersions | undefined,
): number | undefined {
  const edits = (["inbound", "outbound"] as const).flatMap((direction) => {
    const [now, before] = [versions[direction], acceptedVersions?.[direction]];
    const edited = now?.name === before?.name && now?.resourceVersion !== before?.resourceVersion;
    return edited ? (heardMs[direction] ?? []) : [];
  });
  return edits.length === 0 ? undefined : Math.max(...edits);
}

/**
 * Whether the object was edited, suspended or deleted since this pass read it: what the pass was about to write may not be
 * wanted any more. The edit has enqueued a pass of its own.
 */
function isOvertaken({ key, meta }: IscsiCredential, { find }: Pick<ActDeps, "find">): boolean {
  const now = find(key);
  return now?.meta.uid !== meta.uid || now.meta.generation !== meta.generation;
}

/** Whether something else changed what ONTAP had accepted: nothing is new on our side, and something visible differs. */
function isDrift({ because }: WriteStep, { credential, memory, facts: { applied, desired } }: Scene): boolean {
  const ours = applied !== undefined && memory.applied?.generation === credential.meta.generation;
  const secretsAreNew = desired.secrets === "read" && desired.writeReason === "changed";
  return ours && !secretsAreNew && because.some(({ field }) => !field.endsWith(".password"));
}

function holding(
  step: "settle" | "adopt" | "create" | "change",
  { facts, target, secrets }: Scene,
  what: Accepted,
  wrote?: Written,
): Outcome {
  const hostDifferences = secrets?.hostDifferences ?? (what.applied.authenticationType === "chap" ? "unread" : []);
  return held({ step, svm: target.svm, observed: facts.observed, accepted: what, hostDifferences, wrote });
}

/** Nothing was written: what was accepted stays, also under a newer generation or newer versions of the same values. */
function settled(scene: Scene, { clock }: ActDeps): Accepted {
  const { credential, facts, memory, secrets, target } = scene;
  const { applied } = memory;
  if (applied === undefined || facts.applied === undefined) return accepted(scene, timestamp(clock.now()));
  if (applied.generation !== credential.meta.generation) return accepted(scene, applied.time);
  // That newer versions carry the same values is remembered, not written: a label edit writes nothing anywhere.
  return { applied, svm: target.svm.id.svm, digest: secrets?.digest, carriedBy: secrets?.versions ?? memory.carriedBy };
}

/** What ONTAP holds of this object from now on. */
function accepted({ credential, memory, facts, target, secrets }: Scene, time: string): Accepted {
  const { authenticationType } = facts.desired.visible;
  const versions = authenticationType === "chap" ? (secrets?.versions ?? memory.carriedBy) : undefined;
  return {
    applied: defined({
      ...acceptedFields(facts.desired.visible),
      uid: credential.meta.uid,
      authenticationType,
      inboundSecret: versions?.inbound,
      outboundSecret: versions?.outbound,
      generation: credential.meta.generation,
      time,
    }),
    svm: target.svm.id.svm,
    digest: secrets?.digest,
    carriedBy: versions,
  };
}

async function addFinalizer(
  { credential, facts }: Scene,
  { writer }: ActDeps,
  signal: AbortSignal,
): Promise<Result<unknown, CredentialFailure>> {
  if (facts.hasFinalizer || facts.mode === "Plan") return ok(undefined);
  return writer.setFinalizers(credential, [...credential.meta.finalizers, credentialFinalizer], signal);
}
