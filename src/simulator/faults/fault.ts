import * as z from "zod";

import type { Random } from "../../std/random.ts";
import { isErrorCode, type ErrorCode } from "../wire/error-codes.ts";
import { wildcard } from "../wire/match-value.ts";
import { latencySchema } from "./latency.ts";

const ms = z.int().min(0).max(600_000);

/** Which requests a fault meets: all, unless something is said. */
const when = z
  .strictObject({
    method: z.union([z.string(), z.array(z.string())]).optional(),
    /** The path without its query, `*` for any text: `/api/protocols/san/iscsi/credentials*`. */
    path: z.string().optional(),
    user: z.string().optional(),
  })
  .default({});

const occasion = {
  when,
  /** Lets so many matching requests pass first. */
  skip: z.int().min(0).default(0),
  /** Strikes so often, then never again; without it, always. */
  times: z.int().min(1).optional(),
  /** Strikes with this chance each time. */
  probability: z.number().min(0).max(1).default(1),
};

/** Whether the request takes effect all the same. */
const applied = z.boolean().default(false);

const errorCode = z
  .string()
  .refine((code): code is ErrorCode => isErrorCode(code), "the simulator does not know this error code");

/** What goes wrong, and with which requests. */
export const faultSchema = z.discriminatedUnion("effect", [
  /** ONTAP's own error object; status and message are the code's unless given. */
  z.strictObject({
    effect: z.literal("error"),
    code: errorCode,
    status: z.int().min(400).max(599).optional(),
    message: z.string().optional(),
    target: z.string().optional(),
    retryAfterSeconds: z.int().min(0).optional(),
    applied,
    ...occasion,
  }),
  /** Whatever stands in front of the LIF says: any bytes under any status. */
  z.strictObject({
    effect: z.literal("body"),
    status: z.int().min(200).max(599),
    contentType: z.string().default("text/html"),
    text: z.string(),
    applied,
    ...occasion,
  }),
  /** The connection is reset before the request takes effect. */
  z.strictObject({ effect: z.literal("reset"), ...occasion }),
  /** The request takes effect, then the connection is reset instead of an answer. */
  z.strictObject({ effect: z.literal("lose-answer"), ...occasion }),
  /** The answer's headers promise everything, the body ends after so many bytes. */
  z.strictObject({ effect: z.literal("truncate"), bytes: z.int().min(0), ...occasion }),
  /** The answer's body comes this slowly. */
  z.strictObject({ effect: z.literal("drip"), bytesPerSecond: z.number().positive(), ...occasion }),
  /** No answer ever; the connection stays open. */
  z.strictObject({ effect: z.literal("hang"), applied, ...occasion }),
  /** An extra wait before the request is looked at. */
  z.strictObject({ effect: z.literal("delay"), latency: latencySchema, ...occasion }),
  /** Reads see the state before this write for so long. */
  z.strictObject({ effect: z.literal("lag"), ms, ...occasion }),
  /** The request is accepted as if it had been done, and nothing changes. */
  z.strictObject({ effect: z.literal("ignore"), ...occasion }),
  /** Multi-admin verification: 202 with the number of the request for approval, and nothing changes. */
  z.strictObject({ effect: z.literal("await-approval"), index: z.int().min(1).default(1), ...occasion }),
  /** Error codes are JSON numbers, as a proxy was seen to make them. */
  z.strictObject({ effect: z.literal("numeric-code"), ...occasion }),
]);

export type Fault = Readonly<z.infer<typeof faultSchema>>;
export type FaultInput = z.input<typeof faultSchema>;

export interface FaultedRequest {
  readonly method: string;
  readonly path: string;
  readonly user: string | undefined;
}

/** The faults in force, in the order they were added. */
export interface FaultList {
  add(fault: Fault): number;
  remove(id: number): boolean;
  clear(): void;
  list(): readonly { readonly id: number; readonly fault: Fault; readonly struck: number }[];
  /** The faults that strike this request. Counts: call it once per request. */
  strike(request: FaultedRequest): readonly Fault[];
}

interface Armed {
  readonly id: number;
  readonly fault: Fault;
  met: number;
  struck: number;
}

export function createFaultList(random: Random): FaultList {
  let armed: readonly Armed[] = [];
  let lastId = 0;
  return {
    add(fault) {
      lastId += 1;
      armed = [...armed, { id: lastId, fault, met: 0, struck: 0 }];
      return lastId;
    },
    remove(id) {
      const before = armed.length;
      armed = armed.filter((entry) => entry.id !== id);
      return armed.length < before;
    },
    clear() {
      armed = [];
    },
    list: () => armed.map(({ id, fault, struck }) => ({ id, fault, struck })),
    strike(request) {
      const striking: Fault[] = [];
      for (const entry of armed) {
        if (!meets(entry.fault, request)) continue;
        entry.met += 1;
        const { skip, times, probability } = entry.fault;
        if (entry.met <= skip || (times !== undefined && entry.struck >= times)) continue;
        // No number is drawn for certain faults, so that adding one does not change the luck of the others.
        if (probability < 1 && random() >= probability) continue;
        entry.struck += 1;
        striking.push(entry.fault);
      }
      return striking;
    },
  };
}

function meets({ when }: Fault, request: FaultedRequest): boolean {
  const methods = when.method === undefined ? [request.method] : [when.method].flat();
  return (
    methods.includes(request.method) &&
    (when.path === undefined || wildcard(when.path).test(request.path)) &&
    (when.user === undefined || when.user === request.user)
  );
}
