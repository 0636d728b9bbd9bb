import { svmStates, svmSubtypes, type Svm } from "../model/cluster.ts";
import type { JsonObject } from "../wire/json.ts";
import { visibleSvm, visibleSvms, type Resource } from "./resource.ts";

const text = { kind: "text" } as const;
const boolean = { kind: "enum", values: ["true", "false"] } as const;

/** `/svm/svms`, with the fields that Trident and the Ansible modules ask for. */
export const svms: Resource = {
  path: ["svm", "svms"],
  keys: ["uuid"],
  identity: ["uuid", "name"],
  fields: {
    uuid: text,
    name: text,
    state: { kind: "enum", values: svmStates },
    subtype: { kind: "enum", values: svmSubtypes },
    "iscsi.allowed": boolean,
    "iscsi.enabled": boolean,
  },
  fieldsSince: { "iscsi.allowed": "svmIscsi", "iscsi.enabled": "svmIscsi" },
  records: (world, reader) => visibleSvms(world, reader).map(svmRecord),
  find(world, reader, [uuid]) {
    const svm = visibleSvm(world, reader, uuid);
    return svm && svmRecord(svm);
  },
};

const svmRecord = (svm: Svm): JsonObject => ({
  uuid: svm.uuid,
  name: svm.name,
  state: svm.state,
  subtype: svm.subtype,
  iscsi: { allowed: svm.iscsiAllowed, enabled: svm.service?.enabled ?? false },
});
