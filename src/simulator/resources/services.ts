import type { Svm } from "../model/cluster.ts";
import type { JsonObject } from "../wire/json.ts";
import { visibleSvm, visibleSvms, type Resource } from "./resource.ts";

const text = { kind: "text" } as const;
const folded = { kind: "folded" } as const;
const boolean = { kind: "enum", values: ["true", "false"] } as const;

/** `/protocols/san/iscsi/services`: SVMs without the service have no record. */
export const services: Resource = {
  path: ["protocols", "san", "iscsi", "services"],
  keys: ["svm.uuid"],
  identity: ["svm.uuid", "svm.name"],
  fields: { "svm.uuid": text, "svm.name": text, enabled: boolean, "target.name": folded, "target.alias": text },
  records: (world, reader) =>
    visibleSvms(world, reader)
      .map(serviceRecord)
      .filter((record) => record !== undefined),
  find(world, reader, [uuid]) {
    const svm = visibleSvm(world, reader, uuid);
    return svm && serviceRecord(svm);
  },
};

function serviceRecord(svm: Svm): JsonObject | undefined {
  return (
    svm.service && {
      svm: { uuid: svm.uuid, name: svm.name },
      enabled: svm.service.enabled,
      target: { name: svm.service.targetName, alias: svm.name },
    }
  );
}
