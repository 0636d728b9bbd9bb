import type { Svm } from "../model/cluster.ts";
import type { World } from "../model/world.ts";
import { svmStates, svmSubtypes } from "../model/cluster.ts";
import { parseIp } from "../../std/ip.ts";
import type { JsonObject } from "../wire/json.ts";
import { valuesAt, visibleSvm, visibleSvms, type Resource } from "./resource.ts";

const text = { kind: "text" } as const;
const folded = { kind: "folded" } as const;
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

/** `/protocols/san/iscsi/sessions`: the live sessions, whatever credential has become of them. */
export const sessions: Resource = {
  path: ["protocols", "san", "iscsi", "sessions"],
  keys: ["svm.uuid", "target_portal_group", "tsih"],
  identity: ["svm.uuid", "svm.name", "target_portal_group", "tsih"],
  fields: {
    "svm.uuid": text,
    "svm.name": text,
    target_portal_group: text,
    target_portal_group_tag: { kind: "number" },
    tsih: { kind: "number" },
    isid: text,
    "initiator.name": folded,
    "connections.cid": { kind: "number" },
    "connections.authentication_type": { kind: "enum", values: ["chap", "none"] },
    "connections.initiator_address.address": text,
    "connections.initiator_address.family": text,
  },
  records: (world, reader) => visibleSvms(world, reader).flatMap(sessionRecords),
  find(world, reader, [uuid, group, tsih]) {
    const svm = visibleSvm(world, reader, uuid);
    return (
      svm &&
      sessionRecords(svm).find((record) => {
        return valuesAt(record, "target_portal_group")[0] === group && valuesAt(record, "tsih")[0] === tsih;
      })
    );
  },
};

function sessionRecords(svm: Svm): readonly JsonObject[] {
  return svm.sessions.map((session) => ({
    svm: { uuid: svm.uuid, name: svm.name },
    target_portal_group: `${svm.name}.iscsi_data_1`,
    target_portal_group_tag: 1029,
    tsih: session.tsih,
    isid: `00:02:3d:00:00:${session.tsih.toString(16).padStart(2, "0")}`,
    initiator: { name: session.initiator },
    connections: [
      {
        cid: 0,
        authentication_type: session.authenticationType,
        initiator_address: { address: session.address, family: `ipv${parseIp(session.address)?.family ?? 4}` },
      },
    ],
  }));
}

/** `/cluster`: one record without keys. `full` reads like "NetApp Release 9.12.1: Tue Jan 31 19:19:43 UTC 2023". */
export const cluster: Resource = {
  path: ["cluster"],
  keys: [],
  identity: [],
  fields: {
    uuid: text,
    name: text,
    "version.full": text,
    "version.generation": { kind: "number" },
    "version.major": { kind: "number" },
    "version.minor": { kind: "number" },
  },
  records: (world) => [clusterRecord(world)],
  find: clusterRecord,
};

function clusterRecord({ cluster: { uuid, name, version } }: World): JsonObject {
  const { generation, major, minor } = version;
  const full = `NetApp Release ${generation}.${major}.${minor}: Tue Jan 31 19:19:43 UTC 2023`;
  return { uuid, name, version: { full, generation, major, minor } };
}

/** `/cluster/jobs`: bulk operations, all finished. */
export const jobs: Resource = {
  path: ["cluster", "jobs"],
  keys: ["uuid"],
  identity: ["uuid"],
  fields: { uuid: text, description: text, state: text, message: text },
  records(world) {
    const uuids = [...world.jobs.keys()].toSorted();
    return uuids.map((uuid) => jobRecord(world, uuid)).filter((record) => record !== undefined);
  },
  find: (world, _reader, [uuid = ""]) => jobRecord(world, uuid),
};

function jobRecord(world: World, uuid: string): JsonObject | undefined {
  const job = world.jobs.get(uuid);
  return job && { uuid, description: job.description, state: job.state, message: job.message };
}
