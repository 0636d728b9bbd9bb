import { showAddresses } from "../model/addresses.ts";
import {
  authenticationTypes,
  visibleCredential,
  visibleCredentials,
  type Credential,
  type Svm,
} from "../model/cluster.ts";
import type { Dialect } from "../model/dialect.ts";
import { isNamed, spelledInitiator } from "../model/spelling.ts";
import type { JsonObject } from "../wire/json.ts";
import { visibleSvm, visibleSvms, type Resource } from "./resource.ts";

const text = { kind: "text" } as const;
const folded = { kind: "folded" } as const;
const secret = { kind: "secret" } as const;
const family = { kind: "enum", values: ["ipv4", "ipv6"] } as const;

/** `/protocols/san/iscsi/credentials`, of which the default fields of a collection are inferred from the igroup sample. */
export const credentials: Resource = {
  path: ["protocols", "san", "iscsi", "credentials"],
  keys: ["svm.uuid", "initiator"],
  identity: ["svm.uuid", "svm.name", "initiator"],
  fields: {
    "svm.uuid": text,
    "svm.name": text,
    initiator: folded,
    authentication_type: { kind: "enum", values: authenticationTypes },
    "chap.inbound.user": text,
    "chap.inbound.password": secret,
    "chap.outbound.user": text,
    "chap.outbound.password": secret,
    "initiator_address.ranges.family": family,
    "initiator_address.ranges.start": text,
    "initiator_address.ranges.end": text,
    "initiator_address.masks.family": family,
    "initiator_address.masks.address": text,
    "initiator_address.masks.netmask": { kind: "number" },
  },
  records(world, reader) {
    const nowMs = world.clock.monotonic();
    return visibleSvms(world, reader).flatMap((svm) => {
      return visibleCredentials(svm, nowMs).map((credential) => credentialRecord(svm, credential, world.dialect));
    });
  },
  find(world, reader, [uuid, initiator = ""]) {
    const svm = visibleSvm(world, reader, uuid);
    const credential = svm && visibleCredential(svm, initiator, world.clock.monotonic());
    if (svm === undefined || credential === undefined || !isNamed(credential, initiator, world.dialect))
      return undefined;
    return credentialRecord(svm, credential, world.dialect);
  },
};

/** What GET shows: never a secret, `chap` only for type chap, addresses only when set. */
export function credentialRecord(svm: Svm, credential: Credential, dialect: Dialect): JsonObject {
  const { inbound, outbound } = credential.chap;
  return {
    svm: { uuid: svm.uuid, name: svm.name },
    initiator: spelledInitiator(credential, dialect),
    authentication_type: credential.authenticationType,
    chap:
      credential.authenticationType === "chap"
        ? { inbound: inbound && { user: inbound.user }, outbound: outbound && { user: outbound.user } }
        : undefined,
    initiator_address: showAddresses(credential.addresses, dialect),
  };
}
