import { parseIp } from "../../std/ip.ts";
import type { Svm } from "../model/cluster.ts";
import type { JsonObject } from "../wire/json.ts";
import { valuesAt, visibleSvm, visibleSvms, type Resource } from "./resource.ts";

const text = { kind: "text" } as const;
const folded = { kind: "folded" } as const;
const number = { kind: "number" } as const;

/** `/protocols/san/iscsi/sessions`: the live sessions, whatever credential has become of them. */
export const sessions: Resource = {
  path: ["protocols", "san", "iscsi", "sessions"],
  keys: ["svm.uuid", "target_portal_group", "tsih"],
  identity: ["svm.uuid", "svm.name", "target_portal_group", "tsih"],
  fields: {
    "svm.uuid": text,
    "svm.name": text,
    target_portal_group: text,
    target_portal_group_tag: number,
    tsih: number,
    isid: text,
    "initiator.name": folded,
    "connections.cid": number,
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
