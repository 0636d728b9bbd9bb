import * as z from "zod";

import { faultSchema, type FaultInput } from "../faults/fault.ts";
import { actionSchema, type ActionInput } from "./action.ts";
import { sideDoorPaths as paths } from "./side-door-paths.ts";
import type { SideDoor } from "./side-door.ts";

/** One request that the HTTP side door answers. Its server goes by this table, and so does the description of it for other languages. */
export interface SideDoorOperation {
  readonly method: "GET" | "POST" | "DELETE";
  /** `{id}` stands for one segment. */
  readonly path: string;
  readonly summary: string;
  /** What the body has to be; undefined for none. `run` checks it. */
  readonly body: z.ZodType | undefined;
  /** What comes back: a list, or one object. */
  readonly answers: "list" | "object";
  /** Throws an error with a sentence if the request makes no sense. */
  readonly run: (door: SideDoor, request: { readonly body: unknown; readonly id: string }) => Promise<unknown>;
}

const user = z.strictObject({ user: z.string().min(1) });

export const sideDoorOperations: readonly SideDoorOperation[] = [
  {
    method: "GET",
    path: paths.credentials,
    summary: "All credentials that are stored, secrets included",
    body: undefined,
    answers: "list",
    run: (door) => door.credentials(),
  },
  {
    method: "GET",
    path: paths.svms,
    summary: "Names, UUIDs, states and numbers of sessions",
    body: undefined,
    answers: "list",
    run: (door) => door.svms(),
  },
  {
    method: "GET",
    path: paths.requests,
    summary: "The latest requests, oldest first",
    body: undefined,
    answers: "list",
    run: (door) => door.requests(),
  },
  {
    method: "GET",
    path: paths.requestCounts,
    summary: "How often each method, path, status and code came",
    body: undefined,
    answers: "list",
    run: (door) => door.requestCounts(),
  },
  {
    method: "DELETE",
    path: paths.requests,
    summary: "Forgets requests and counts",
    body: undefined,
    answers: "object",
    run: (door) => door.forgetRequests(),
  },
  {
    method: "GET",
    path: paths.faults,
    summary: "The faults in force, and how often each has struck",
    body: undefined,
    answers: "list",
    run: (door) => door.faults(),
  },
  {
    method: "POST",
    path: paths.faults,
    summary: "Adds a fault; answers its id",
    body: faultSchema,
    answers: "object",
    run: async (door, { body }) => ({ id: await door.addFault(body as FaultInput) }),
  },
  {
    method: "DELETE",
    path: paths.faults,
    summary: "Removes all faults",
    body: undefined,
    answers: "object",
    run: (door) => door.clearFaults(),
  },
  {
    method: "DELETE",
    path: `${paths.faults}/{id}`,
    summary: "Removes one fault",
    body: undefined,
    answers: "object",
    run: (door, { id }) => door.removeFault(Number(id)),
  },
  {
    method: "POST",
    path: paths.actions,
    summary: "Does something to ONTAP behind its clients' backs",
    body: actionSchema,
    answers: "object",
    run: (door, { body }) => door.act(body as ActionInput),
  },
  {
    method: "POST",
    path: paths.clientCertificates,
    summary: "Issues a certificate and a key that log in as this user",
    body: user,
    answers: "object",
    run(door, { body }) {
      const read = user.safeParse(body);
      if (!read.success) throw new Error('the body must be {"user": "..."}');
      return door.clientCertificate(read.data.user);
    },
  },
];

/** The operation that a request asks for, with the text that stands for `{id}`. */
export function findOperation(
  method: string,
  path: string,
): { readonly operation: SideDoorOperation; readonly id: string } | undefined {
  for (const operation of sideDoorOperations) {
    if (operation.method !== method) continue;
    if (operation.path === path) return { operation, id: "" };
    const [start = "", end] = operation.path.split("{id}");
    const id = path.slice(start.length);
    if (end !== undefined && path.startsWith(start) && id !== "" && !id.includes("/")) return { operation, id };
  }
  return undefined;
}
