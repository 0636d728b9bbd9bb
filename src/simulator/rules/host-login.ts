import { parseIp } from "../../std/ip.ts";
import { unreachable } from "../../std/unreachable.ts";
import { admits } from "../model/addresses.ts";
import { defaultInitiator, initiatorKey, type ChapPair, type Session, type Svm } from "../model/cluster.ts";

/** A host that tries to open an iSCSI session, in ONTAP's terms: `inbound` is what the host presents. */
export interface HostLogin {
  readonly initiator: string;
  readonly address: string;
  readonly inbound?: ChapPair | undefined;
  /** What the host expects ONTAP to present; without it the host does not ask. */
  readonly outbound?: ChapPair | undefined;
}

export type HostLoginResult =
  | { readonly accepted: true; readonly session: Session }
  | { readonly accepted: false; readonly reason: string };

/**
 * Whether ONTAP and the host let each other in: the initiator's own credential decides, else `default`. A list of addresses
 * refuses all others, `deny` refuses all; with `chap` both directions are compared.
 */
export function logInHost(svm: Svm, host: HostLogin): HostLoginResult {
  if (svm.state !== "running" || svm.service?.enabled !== true) return refused("no iSCSI service is running");
  const credential = svm.credentials.get(initiatorKey(host.initiator)) ?? svm.credentials.get(defaultInitiator);
  if (credential === undefined) return refused("there is no credential, not even the default one");
  const address = parseIp(host.address);
  if (address === undefined || !admits(credential.addresses, address)) return refused("the address is not admitted");
  switch (credential.authenticationType) {
    case "deny":
      return refused("the initiator is denied");
    case "none":
      return host.outbound === undefined
        ? accepted(svm, host, "none")
        : refused("the host wants ONTAP to authenticate, which it does not");
    case "chap":
      if (!samePair(credential.chap.inbound, host.inbound)) return refused("wrong inbound user or password");
      if (host.outbound !== undefined && !samePair(credential.chap.outbound, host.outbound)) {
        return refused("the host does not accept what ONTAP presents");
      }
      return accepted(svm, host, "chap");
    default:
      return unreachable(credential.authenticationType);
  }
}

const refused = (reason: string): HostLoginResult => ({ accepted: false, reason });

function accepted(svm: Svm, host: HostLogin, authenticationType: Session["authenticationType"]): HostLoginResult {
  const tsih = Math.max(0, ...svm.sessions.map((session) => session.tsih)) + 1;
  return {
    accepted: true,
    session: { initiator: initiatorKey(host.initiator), address: host.address, authenticationType, tsih },
  };
}

/** Hex secrets are compared as text, as the host sends them. */
function samePair(held: ChapPair | undefined, given: ChapPair | undefined): boolean {
  return held !== undefined && given !== undefined && held.user === given.user && held.password === given.password;
}
