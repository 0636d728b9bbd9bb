import { err, ok, type Result } from "../../std/result.ts";
import { unreachable } from "../../std/unreachable.ts";
import { findSvm, initiatorKey, storeCredential, type Credential, type Svm } from "../model/cluster.ts";
import type { Reachability } from "../model/reachability.ts";
import type { World } from "../model/world.ts";
import { logInHost } from "../rules/host-login.ts";
import type { AddressBody } from "../rules/credential-body.ts";
import { readAddresses } from "../rules/read-addresses.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Action } from "./action.ts";
import { changeLogin } from "./change-login.ts";
import { createService, createSvm, removeService, replaceSvm } from "./change-svm.ts";

/** What actions work on. `background` runs what ends later and is stopped with the simulator. */
export interface Stage {
  readonly world: World;
  readonly reachability: Reachability;
  readonly background: (work: (signal: AbortSignal) => Promise<void>) => void;
}

/** Does it at once; the error is a sentence for the person who asked. */
export async function act(stage: Stage, action: Action): Promise<Result<JsonObject, string>> {
  const { world, reachability } = stage;
  switch (action.do) {
    case "put-login":
    case "change-password":
    case "lock-login":
    case "unlock-login":
    case "delete-login":
    case "put-role":
    case "put-token":
      return changeLogin(world, action);
    case "create-svm": {
      if (findSvm(world.cluster, action.name) !== undefined) return err(`there is an SVM named ${action.name} already`);
      return ok({ uuid: createSvm(world, action).uuid });
    }
    case "show-certificate":
      await reachability.showCertificate(action.kind);
      return ok({});
    case "refuse-connections":
      await reachability.refuseConnections();
      if (action.forMs !== undefined) {
        const { forMs } = action;
        stage.background(async (signal) => {
          await world.clock.sleep(forMs, signal);
          await reachability.acceptConnections();
        });
      }
      return ok({});
    case "accept-connections":
      await reachability.acceptConnections();
      return ok({});
    case "abort-handshakes":
      reachability.abortHandshakes(action.abort);
      return ok({});
    case "set-latency":
      world.latency = action.latency;
      return ok({});
    case "set-dialect": {
      const given = Object.entries(action.dialect).filter(([, value]) => value !== undefined);
      world.dialect = { ...world.dialect, ...Object.fromEntries(given) };
      return ok({});
    }
    default: {
      const svm = findSvm(world.cluster, action.svm);
      return svm === undefined ? err(`there is no SVM ${action.svm}`) : actOnSvm(world, svm, action);
    }
  }
}

type SvmAction = Extract<Action, { readonly svm: string }>;

function actOnSvm(world: World, svm: Svm, action: SvmAction): Result<JsonObject, string> {
  switch (action.do) {
    case "put-credential":
      return putCredential(svm, action);
    case "delete-credential": {
      if (!svm.credentials.has(initiatorKey(action.initiator))) return err(`no credential of ${action.initiator}`);
      storeCredential(svm, action.initiator, undefined);
      return ok({});
    }
    case "create-service":
      createService(world, svm);
      return ok({});
    case "remove-service":
      removeService(world, svm);
      return ok({});
    case "enable-service":
      if (svm.service === undefined) return err(`${svm.name} has no iSCSI service`);
      replaceSvm(world, { ...svm, service: { ...svm.service, enabled: action.enabled } });
      return ok({});
    case "recreate-svm": {
      world.cluster.svms.delete(svm.uuid);
      const iscsi = action.iscsi ?? svm.service !== undefined;
      return ok({ uuid: createSvm(world, { name: svm.name, iscsi }).uuid });
    }
    case "delete-svm":
      world.cluster.svms.delete(svm.uuid);
      return ok({});
    case "rename-svm":
      if (findSvm(world.cluster, action.to) !== undefined) return err(`there is an SVM named ${action.to} already`);
      replaceSvm(world, { ...svm, name: action.to });
      return ok({});
    case "stop-svm":
      replaceSvm(world, { ...svm, state: "stopped", sessions: [] });
      return ok({});
    case "start-svm":
      replaceSvm(world, { ...svm, state: "running" });
      return ok({});
    case "change-svm": {
      const { state = svm.state, subtype = svm.subtype, iscsiAllowed = svm.iscsiAllowed } = action;
      replaceSvm(world, { ...svm, state, subtype, iscsiAllowed });
      return ok({});
    }
    case "log-in-host": {
      const result = logInHost(svm, action);
      if (!result.accepted) return ok({ ...result });
      replaceSvm(world, { ...svm, sessions: [...svm.sessions, result.session] });
      return ok({ accepted: true, session: { ...result.session } });
    }
    case "end-sessions": {
      const { initiator } = action;
      const kept = svm.sessions.filter((session) => {
        return initiator !== undefined && session.initiator !== initiatorKey(initiator);
      });
      replaceSvm(world, { ...svm, sessions: kept });
      return ok({ ended: svm.sessions.length - kept.length });
    }
    default:
      return unreachable(action);
  }
}

function putCredential(svm: Svm, action: Action & { readonly do: "put-credential" }): Result<JsonObject, string> {
  const initiator = initiatorKey(action.initiator);
  const before: Credential = svm.credentials.get(initiator) ?? {
    initiator,
    written: action.initiator,
    authenticationType: "none",
    chap: {},
    addresses: [],
  };
  const addresses = readAddresses((action.addresses ?? {}) as AddressBody);
  if (!addresses.ok) return err(addresses.error.message);
  const inbound = action.inbound === undefined ? before.chap.inbound : action.inbound;
  const outbound = action.outbound === undefined ? before.chap.outbound : action.outbound;
  storeCredential(svm, initiator, {
    initiator,
    written: before.written,
    authenticationType: action.authenticationType ?? before.authenticationType,
    chap: { ...(inbound && { inbound }), ...(outbound && { outbound }) },
    addresses: action.addresses === undefined ? before.addresses : addresses.value,
  });
  return ok({});
}
