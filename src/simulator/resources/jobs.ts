import type { World } from "../model/world.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Resource } from "./resource.ts";

const text = { kind: "text" } as const;

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
