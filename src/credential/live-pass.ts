import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import type { ObjectKey } from "../api/key.ts";
import type { IscsiCredential } from "../api/parse.ts";
import type { ArrayFailure } from "../array/failure.ts";
import { takePass, type Allowance } from "./allowance.ts";
import { act, type ActDeps, type Scene } from "./act.ts";
import { decide } from "./decide.ts";
import { desiredWith, gather, type Gathered } from "./gather.ts";
import { assertTruthful } from "./invariants.ts";
import { withoutRead, type Memory, type PassEnd } from "./memory.ts";
import { failed, nothingToDo, type Outcome } from "./outcome.ts";
import { readSecrets, withoutPasswords } from "./secrets.ts";

export interface LivePassDeps extends ActDeps {
  /** How many credentials of a connection are due beside this one. */
  readonly crowdOf: (connection: ObjectKey) => number;
}

/** What a pass came to, and what it learned about when ONTAP is to be read. */
export type Pass = Omit<PassEnd, "endedMs">;

/** gather → decide → act for an object that is not being deleted; what a decision lacks is looked up, then it is made again. */
export async function livePass(
  credential: IscsiCredential,
  spec: IscsiCredentialSpec,
  memory: Memory,
  deps: LivePassDeps,
  signal: AbortSignal,
): Promise<Pass> {
  const gathered = gather(credential, spec, memory, deps);
  if (gathered === "nothing-to-do") return withoutRead(memory, nothingToDo);
  if (!gathered.ok) return withoutRead(memory, failed("gather", gathered.error));
  const found = gathered.value;
  const { target, facts } = found;
  let nextReadMs = found.readDueMs;
  let taken: Allowance | undefined;

  async function pursue(scene: Scene): Promise<Outcome> {
    const step = decide(scene.facts);
    switch (step.do) {
      case "read-secrets": {
        const secrets = await readSecrets(spec, credential.meta.namespace, deps, signal);
        if (!secrets.ok) return failed(step.do, secrets.error, target.svm);
        const desired = desiredWith(credential, spec, found.memory, secrets.value, facts.needs);
        const observed = withoutPasswords(scene.facts.observed, secrets.value);
        return pursue({ ...scene, secrets: secrets.value, facts: { ...scene.facts, desired, observed } });
      }
      case "read-array": {
        // What time asks for is spread over all objects; what people ask for is bounded for each.
        const allowance = found.isResync ? undefined : takePass(found.memory.allowance, deps.clock.monotonic());
        if (typeof allowance === "number") return { kind: "waits", ms: allowance };
        taken = allowance;
        const read = await readArray(found, deps, signal);
        if (!read.ok) return readFailed(found, read.error);
        const { requestedMs } = read.value;
        nextReadMs = nextResyncMs(found, requestedMs, deps);
        const observed = withoutPasswords(read.value.observed, scene.secrets);
        return pursue({ ...scene, allowance, facts: { ...scene.facts, observed } });
      }
      default:
        return act(step, scene, deps, signal);
    }
  }

  const outcome = await pursue({ ...found, credential, spec, secrets: undefined, allowance: undefined });
  assertTruthful(credential, spec, outcome);
  const { array: wantedRead, reassert: wantedReassert } = facts.needs;
  const kept = taken === undefined ? found.memory : { ...found.memory, allowance: taken };
  return { memory: kept, outcome, wantedRead, wantedReassert, nextReadMs };
}

/** Reads what ONTAP holds, and tells the connection whether that was possible. */
async function readArray({ target, readSinceMs, isResync }: Gathered, deps: LivePassDeps, signal: AbortSignal) {
  const { connection, svm } = target;
  const crowd = isResync ? Infinity : deps.crowdOf(connection) + 1;
  const read = await deps.arrays.read(target, svm.id, { sinceMs: readSinceMs, crowd }, signal);
  const compared = { uuid: svm.id.svm, name: svm.name ?? svm.id.svm };
  deps.sessions.compared(connection, compared, read.ok ? undefined : read.error, deps.clock.now());
  return read;
}

/** A settled object that could not be compared is as settled as before; one with work to do is not done. */
function readFailed({ facts, target: { svm } }: Gathered, failure: ArrayFailure): Outcome {
  return facts.needs.work ? failed("read-array", failure, svm) : { kind: "not-compared", failure, svm };
}

function nextResyncMs({ target, resyncIntervalMs }: Gathered, afterMs: number, { arrays }: LivePassDeps): number {
  return arrays.nextResyncMs(target.connection, target.svm.id.svm, resyncIntervalMs, afterMs);
}
