import * as z from "zod";

import type { Authority } from "../certificates.ts";
import { faultSchema } from "../faults/fault.ts";
import { showAddresses } from "../model/addresses.ts";
import type { Credential, Svm } from "../model/cluster.ts";
import type { Dialect } from "../model/dialect.ts";
import type { JsonObject } from "../wire/json.ts";
import { act, type Stage } from "./act.ts";
import { actionSchema } from "./action.ts";
import type { SideDoor, StoredCredential } from "./side-door.ts";

/** The side door within the simulator's own process; the HTTP one calls it. */
export function createSideDoor(stage: Stage, authority: () => Promise<Authority>): SideDoor {
  const { world } = stage;
  return {
    async credentials() {
      return [...world.cluster.svms.values()].flatMap((svm) => {
        return [...svm.credentials.values()].map((credential) => stored(svm, credential, world.dialect));
      });
    },
    async svms() {
      return [...world.cluster.svms.values()].map(({ name, uuid, state, service, sessions }) => {
        return { name, uuid, state, iscsi: service !== undefined, sessionCount: sessions.length };
      });
    },
    requests: async () => world.requests.list(),
    requestCounts: async () => world.requests.counts(),
    forgetRequests: async () => world.requests.reset(),
    addFault: async (fault) => world.faults.add(parse(faultSchema, fault)),
    async faults() {
      return world.faults.list().map(({ id, struck, fault }) => ({ id, struck, fault: fault as JsonObject }));
    },
    async removeFault(id) {
      if (!world.faults.remove(id)) throw new Error(`there is no fault ${id}`);
    },
    clearFaults: async () => world.faults.clear(),
    async act(input) {
      const result = await act(stage, parse(actionSchema, input));
      if (!result.ok) throw new Error(result.error);
      return result.value;
    },
    clientCertificate: async (user) => (await authority()).issue({ commonName: user, usage: "client" }),
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  return parsed.data;
}

function stored(svm: Svm, credential: Credential, dialect: Dialect): StoredCredential {
  const addresses = showAddresses(credential.addresses, { ...dialect, addressView: "as-written" });
  return {
    svm: svm.name,
    svmUuid: svm.uuid,
    initiator: credential.initiator,
    authenticationType: credential.authenticationType,
    ...credential.chap,
    ...(addresses && { addresses }),
  };
}
