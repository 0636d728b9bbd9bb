import * as z from "zod";

import { latencySchema } from "../faults/latency.ts";
import { accessLevels, authenticationTypes, svmStates, svmSubtypes } from "../model/cluster.ts";
import { dialectSchema } from "../model/dialect.ts";
import { certificateKinds } from "../server/server-certificate.ts";

/** An SVM by name or UUID. */
const svm = z.string().min(1);
const pair = z.strictObject({ user: z.string(), password: z.string() });
const addresses = z.strictObject({
  ranges: z.array(z.strictObject({ start: z.string(), end: z.string() })).default([]),
  masks: z.array(z.strictObject({ address: z.string(), netmask: z.string().optional() })).default([]),
});

const action = <Name extends string, Fields extends z.ZodRawShape>(name: Name, fields: Fields) =>
  z.strictObject({ do: z.literal(name), ...fields });

/** What can be done to ONTAP behind its clients' backs, at once or by a script. */
export const actionSchema = z.discriminatedUnion("do", [
  /** Creates or changes a credential; what is not given stays. No rule of the API is checked. Null removes a pair. */
  action("put-credential", {
    svm,
    initiator: z.string(),
    authenticationType: z.enum(authenticationTypes).optional(),
    inbound: pair.nullable().optional(),
    outbound: pair.nullable().optional(),
    addresses: addresses.optional(),
  }),
  action("delete-credential", { svm, initiator: z.string() }),

  action("create-service", { svm }),
  action("remove-service", { svm }),
  action("enable-service", { svm, enabled: z.boolean() }),

  action("create-svm", { name: z.string().min(1), uuid: z.uuid().optional(), iscsi: z.boolean().default(true) }),
  /** Deletes the SVM and makes one of the same name with a new UUID; `iscsi` as it was unless given. */
  action("recreate-svm", { svm, iscsi: z.boolean().optional() }),
  action("delete-svm", { svm }),
  action("rename-svm", { svm, to: z.string().min(1) }),
  action("stop-svm", { svm }),
  action("start-svm", { svm }),
  action("change-svm", {
    svm,
    state: z.enum(svmStates).optional(),
    subtype: z.enum(svmSubtypes).optional(),
    iscsiAllowed: z.boolean().optional(),
  }),

  /** Creates or changes a login; without `svm` it is one for the cluster. Unlocks it and forgets its failures. */
  action("put-login", {
    user: z.string().min(1),
    password: z.string().optional(),
    certificate: z.boolean().default(false),
    role: z.string().default("admin"),
    svm: svm.optional(),
  }),
  action("change-password", { user: z.string(), password: z.string() }),
  action("lock-login", { user: z.string() }),
  action("unlock-login", { user: z.string() }),
  action("delete-login", { user: z.string() }),
  action("put-role", {
    name: z.string().min(1),
    privileges: z.array(z.strictObject({ path: z.string().startsWith("/api"), access: z.enum(accessLevels) })),
  }),
  action("put-token", { token: z.string().min(1), user: z.string(), lifetimeMs: z.int() }),

  /** A host tries to open an iSCSI session; one that is accepted shows under `sessions`. */
  action("log-in-host", {
    svm,
    initiator: z.string(),
    address: z.string(),
    inbound: pair.optional(),
    outbound: pair.optional(),
  }),
  action("end-sessions", { svm, initiator: z.string().optional() }),

  action("show-certificate", { kind: z.enum(certificateKinds) }),
  /** A LIF moves: connections are cut and refused, for so long or until `accept-connections`. */
  action("refuse-connections", { forMs: z.int().min(0).optional() }),
  action("accept-connections", {}),
  action("abort-handshakes", { abort: z.boolean() }),

  action("set-latency", { latency: latencySchema }),
  /** Changes the given settings only. */
  action("set-dialect", { dialect: dialectSchema.partial() }),
]);

export type Action = Readonly<z.infer<typeof actionSchema>>;
export type ActionInput = z.input<typeof actionSchema>;
