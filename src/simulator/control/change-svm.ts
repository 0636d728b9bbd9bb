import { uuidFor } from "../faults/seeded-random.ts";
import { defaultCredential, defaultInitiator, type Svm } from "../model/cluster.ts";
import type { World } from "../model/world.ts";

/** An SVM as a test or the command line asks for it. */
export interface SvmRequest {
  readonly name: string;
  /** Without it the seed and the name decide, so that runs are alike. */
  readonly uuid?: string | undefined;
  readonly iscsi: boolean;
}

export function createSvm(world: World, { name, uuid, iscsi }: SvmRequest): Svm {
  const svm: Svm = {
    uuid: uuid ?? freshUuid(world, name),
    name,
    state: "running",
    subtype: "default",
    iscsiAllowed: true,
    service: undefined,
    credentials: new Map(),
    lagging: new Map(),
    sessions: [],
  };
  world.cluster.svms.set(svm.uuid, svm);
  return iscsi ? createService(world, svm) : svm;
}

/** The default credential comes with the service; an older one stays if credentials outlive services. */
export function createService(world: World, svm: Svm): Svm {
  if (!svm.credentials.has(defaultInitiator)) svm.credentials.set(defaultInitiator, defaultCredential);
  const serial = svm.uuid.replaceAll("-", "");
  return replaceSvm(world, {
    ...svm,
    service: { enabled: true, targetName: `iqn.1992-08.com.netapp:sn.${serial}:vs.3` },
  });
}

/** "Stopping the service ends all sessions"; whether credentials stay is open, so the dialect decides. */
export function removeService(world: World, svm: Svm): Svm {
  if (world.dialect.credentialsWithoutService === "deleted") svm.credentials.clear();
  return replaceSvm(world, { ...svm, service: undefined, sessions: [] });
}

export function replaceSvm(world: World, svm: Svm): Svm {
  world.cluster.svms.set(svm.uuid, svm);
  return svm;
}

/** A UUID that no SVM of this name has had, so that a re-created one differs. */
function freshUuid(world: World, name: string): string {
  const generation = (world.svmGenerations.get(name) ?? 0) + 1;
  world.svmGenerations.set(name, generation);
  return uuidFor(world.seed, `svm ${name} ${generation}`);
}
