import type { Brand } from "../std/brand.ts";
import { err, ok, type Result } from "../std/result.ts";

/** An SVM's UUID in lower case. Half of a credential's identity; an SVM's name may change, its UUID never does. */
export type SvmUuid = Brand<"SvmUuid">;

/** An initiator folded to lower case: IQN, EUI-64 or `default`. ONTAP treats names as independent of case. */
export type InitiatorName = Brand<"InitiatorName">;

/** One iSCSI credential on one array. */
export interface CredentialId {
  readonly svm: SvmUuid;
  readonly initiator: InitiatorName;
}

/** The credential that applies to every initiator without one of its own. ONTAP makes it and it cannot be deleted. */
export const defaultInitiator = "default" as InitiatorName;

/** Both patterns are read by the API server (RE2) and by us: no flags, no look-around. */
export const uuidPattern = /^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$/;

/**
 * IQN (`iqn.yyyy-mm.` + reversed domain, optionally `:` + anything of `a-z 0-9 . : -`), `eui.` + 16 hexadecimal
 * digits, or `default`. ONTAP's codes 5373969 to 5373997 are the refusals that this pattern foresees.
 */
export const initiatorPattern =
  /^(default|[Ee][Uu][Ii]\.[0-9A-Fa-f]{16}|[Ii][Qq][Nn]\.[0-9]{4}-(0[1-9]|1[0-2])\.[A-Za-z0-9][A-Za-z0-9.:-]*)$/;

/** RFC 7143 section 4.2.7.1: an iSCSI name has at most 223 bytes. */
export const initiatorMaxBytes = 223;

export function parseSvmUuid(text: string): Result<SvmUuid, string> {
  if (!uuidPattern.test(text)) return err(`"${text}" is not a UUID`);
  return ok(text.toLowerCase() as SvmUuid);
}

export function parseInitiatorName(text: string): Result<InitiatorName, string> {
  if (text.length > initiatorMaxBytes || !initiatorPattern.test(text)) {
    return err(
      `"${text}" is neither an IQN (iqn.yyyy-mm.domain[:name]) nor an EUI (eui. and 16 hex digits) nor default`,
    );
  }
  return ok(text.toLowerCase() as InitiatorName);
}
