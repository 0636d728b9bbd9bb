import type { IscsiCredentialSpec } from "../../src/api/iscsi-credential.ts";
import type { KubeObject } from "../model/kubernetes/object.ts";
import { isSamePlace, readyOf, titleOf, type Violation } from "./invariants.ts";
import { connectionOf, userOf, type ArrayWrite, type Stage } from "./stage.ts";

/** What must hold of a write to an array at the moment when it is done. */
export function judgeWrite(stage: Stage, write: ArrayWrite): readonly Violation[] {
  if (write.status === undefined || write.status >= 300) return [];
  return [gapIn(stage, write), ungranted(stage, write)].filter((violation) => violation !== undefined);
}

/** So long a deleted holder waits for its successor; after that its own deletionPolicy is carried out. */
const longestYieldMs = 60_000;
/** So long a rival must have been able to write before anyone may count on it: caches lag, and passes take turns. */
const readyForMs = 5000;
/** So long there must have been no trouble: a Lease changes hands, sessions open again. */
const calmForMs = 30_000;

/**
 * Judges a removal at the moment it is done: an initiator that goes from one object to another is never without a credential
 * in between. Asked only after a while without trouble, since a rival counts only if it could write now.
 */
function gapIn(stage: Stage, { request, array }: ArrayWrite): Violation | undefined {
  const { clock, cluster } = stage.world;
  if (request.verb !== "DELETE" || stage.isTroubled() || clock.monotonic() - stage.troubledMs < calmForMs)
    return undefined;
  const [uuid, initiator] = (request.path.split("/credentials/")[1] ?? "").split("/").map(decodeURIComponent);
  const svm = stage.arrays[array]?.svms().find((each) => each.uuid === uuid)?.name;
  const here = cluster.people.list("IscsiCredential").filter((object) => {
    const spec = specOf(object);
    return (
      connectionOf[spec.connectionRef.name]?.array === array && spec.svm.name === svm && spec.initiator === initiator
    );
  });
  const holder = here.find(({ metadata }) => metadata.deletionTimestamp !== undefined);
  if (holder === undefined || clock.now() - Date.parse(holder.metadata.deletionTimestamp ?? "") > longestYieldMs - 1000)
    return undefined;
  const rival = here.find((object) => isSamePlace(specOf(object), specOf(holder)) && couldWrite(stage, object));
  if (rival === undefined) return undefined;
  return {
    invariant: "no-gap",
    seen: `${titleOf(holder)} is deleted from the array while ${titleOf(rival)} waits for it`,
  };
}

const specOf = (object: KubeObject): IscsiCredentialSpec => object["spec"] as IscsiCredentialSpec;

/** Whether an object that lost a conflict has long been able to write. */
function couldWrite({ world }: Stage, object: KubeObject): boolean {
  const { clock, cluster } = world;
  const isOld = (time: string): boolean => clock.now() - Date.parse(time) > readyForMs;
  const { namespace = "", name, deletionTimestamp } = object.metadata;
  const spec = specOf(object);
  const ready = readyOf(object);
  const { namespace: owner = "" } = connectionOf[spec.connectionRef.name] ?? {};
  const connection = cluster.people.get("OntapConnection", owner, spec.connectionRef.name);
  const secret = cluster.people.get("Secret", namespace, `chap-${name}`);
  return (
    deletionTimestamp === undefined &&
    !spec.suspend &&
    spec.mode === "Enforce" &&
    ready?.reason === "Conflicted" &&
    isOld(ready.lastTransitionTime) &&
    connection !== undefined &&
    readyOf(connection)?.status === "True" &&
    (spec.chap === undefined || (secret !== undefined && isOld(secret.metadata.creationTimestamp ?? "")))
  );
}

/** So long a process may be stopped, or cut off from the API server, and not know that a label is gone. */
const blindForMs = 60_000;

function ungranted(stage: Stage, { request, who }: ArrayWrite): Violation | undefined {
  const { clock, cluster } = stage.world;
  for (const [namespace, sinceMs] of stage.withdrawn) {
    if (clock.monotonic() - sinceMs < blindForMs) continue;
    const written = cluster.people
      .list("IscsiCredential", namespace)
      .find(
        (object) =>
          specOf(object).connectionRef.name === "alias" &&
          request.body.includes(JSON.stringify(userOf({ namespace, name: object.metadata.name }))),
      );
    if (written !== undefined) return { invariant: "grants-count", seen: `${who} writes for ${titleOf(written)}` };
  }
  return undefined;
}
