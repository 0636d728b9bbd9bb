import type { World } from "../model/world.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Resource } from "./resource.ts";

const text = { kind: "text" } as const;
const number = { kind: "number" } as const;

/** `/cluster`: one record without keys. `full` reads like "NetApp Release 9.12.1: Tue Jan 31 19:19:43 UTC 2023". */
export const cluster: Resource = {
  path: ["cluster"],
  keys: [],
  identity: [],
  fields: {
    uuid: text,
    name: text,
    "version.full": text,
    "version.generation": number,
    "version.major": number,
    "version.minor": number,
  },
  records: (world) => [clusterRecord(world)],
  find: clusterRecord,
};

function clusterRecord({ cluster: { uuid, name, version } }: World): JsonObject {
  const { generation, major, minor } = version;
  const full = `NetApp Release ${generation}.${major}.${minor}: Tue Jan 31 19:19:43 UTC 2023`;
  return { uuid, name, version: { full, generation, major, minor } };
}
