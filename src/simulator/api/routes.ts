import type { World } from "../model/world.ts";
import { inRelease, type Resource } from "../resources/resource.ts";
import { credentials } from "../resources/credentials.ts";
import { cluster } from "../resources/cluster.ts";
import { jobs } from "../resources/jobs.ts";
import { services } from "../resources/services.ts";
import { sessions } from "../resources/sessions.ts";
import { svms } from "../resources/svms.ts";
import { readCollection, readInstance } from "../resources/read.ts";
import type { Operation } from "./context.ts";
import {
  deleteMany,
  deleteOne,
  listCredentials,
  patchMany,
  patchOne,
  postCredentials,
} from "./credential-operations.ts";

/** A path below `/api` with the operations it supports; HEAD comes with GET, OPTIONS always. */
export interface Route {
  readonly path: readonly string[];
  /** How many segments after `path` are keys. */
  readonly keyCount: number;
  readonly operations: Readonly<Record<string, Operation>>;
}

const readsOf = (resource: Resource): readonly Route[] => [
  {
    path: resource.path,
    keyCount: 0,
    operations: {
      GET: ({ world, scope, target }) => readCollection(world, { scope }, asShown(resource, world), target),
    },
  },
  instanceOf(resource),
];

function instanceOf(resource: Resource, others: Readonly<Record<string, Operation>> = {}): Route {
  return {
    path: resource.path,
    keyCount: resource.keys.length,
    operations: {
      GET: ({ world, scope, target }, keys) => readInstance(world, { scope }, asShown(resource, world), keys, target),
      ...others,
    },
  };
}

const asShown = (resource: Resource, { cluster: { version } }: World): Resource => inRelease(resource, version);

const routes: readonly Route[] = [
  {
    path: credentials.path,
    keyCount: 0,
    operations: { GET: listCredentials, POST: postCredentials, PATCH: patchMany, DELETE: deleteMany },
  },
  instanceOf(credentials, { PATCH: patchOne, DELETE: deleteOne }),
  ...[svms, services, sessions, jobs].flatMap(readsOf),
  instanceOf(cluster),
];

/** The route of a path, of which the last segments are keys. */
export function findRoute(segments: readonly string[]): Route | undefined {
  return routes.find(({ path, keyCount }) => {
    return segments.length === path.length + keyCount && path.every((segment, index) => segments[index] === segment);
  });
}

/** The value of `Allow`, in the documentation's order. */
export function allowedMethods({ operations }: Route): string {
  const supported = Object.keys(operations);
  return ["GET", "HEAD", "OPTIONS", "POST", "DELETE", "PATCH"]
    .filter((method) => method === "OPTIONS" || supported.includes(method === "HEAD" ? "GET" : method))
    .join(", ");
}
