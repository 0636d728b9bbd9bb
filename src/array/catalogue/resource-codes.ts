import type { Row } from "./entry.ts";
import { remedies } from "./remedies.ts";

/**
 * The codes that ONTAP documents for iSCSI credentials, with the verbs whose pages list them, and three siblings that
 * igroups share with them.
 */

const verbs = {
  create: ["POST"],
  write: ["POST", "PATCH"],
  change: ["PATCH"],
  remove: ["DELETE"],
  existing: ["PATCH", "DELETE"],
  any: ["POST", "PATCH", "DELETE"],
} as const;

const page = "NetAppDocs/ontap-restapi: {post,patch,delete}-protocols-san-iscsi-credentials.adoc";
const igroupPage = "NetAppDocs/ontap-restapi: igroup pages; inferred for credentials";

const input = { class: "input", pace: "slow", source: page } as const;
const converge = { class: "converge", pace: "soon", source: page } as const;
const bug = {
  class: "bug",
  pace: "slow",
  source: page,
  remedy: remedies.report,
} as const;

const badInitiator = {
  ...input,
  reason: "InitiatorInvalid",
  verbs: verbs.create,
  remedy:
    "Create the object again with spec.initiator as an IQN (iqn.yyyy-mm.reversed.domain[:name], characters a-z 0-9 . : -), an EUI (eui. and 16 hexadecimal digits) or default.",
} as const;

export const resourceCodes = {
  "2621462": {
    ...converge,
    reason: "SvmMissing",
    verbs: verbs.any,
    sentence: "ONTAP knows no SVM with this UUID, or does not show it to this login.",
    remedy: "Check that the SVM exists and that the login may see it; the operator looks its name up again.",
  },
  "2621706": {
    ...bug,
    reason: "SvmContradiction",
    verbs: verbs.any,
    sentence: "The SVM's UUID and name in the request do not belong together.",
  },
  "2621707": { ...bug, reason: "SvmNotGiven", verbs: verbs.any, sentence: "The request named no SVM." },
  "5373969": { ...badInitiator, sentence: "The IQN lacks the part after its prefix." },
  "5373970": { ...badInitiator, sentence: "The IQN does not begin with iqn." },
  "5373971": { ...badInitiator, sentence: "The IQN's date is not of the form yyyy-mm." },
  "5373972": { ...badInitiator, sentence: "The IQN has characters other than a-z 0-9 . : and -." },
  "5373977": { ...badInitiator, sentence: "The EUI does not have exactly 16 hexadecimal digits." },
  "5373978": { ...badInitiator, sentence: "The EUI is not eui. followed by 16 hexadecimal digits." },
  "5373992": { ...badInitiator, sentence: "The initiator's name is too long.", source: igroupPage },
  "5373993": { ...badInitiator, sentence: "The format of the initiator's name is not valid.", source: igroupPage },
  "5373997": { ...badInitiator, sentence: "The initiator is neither an IQN nor an EUI." },
  "5374039": { ...badInitiator, sentence: "The initiator's name is not an iSCSI name.", source: igroupPage },
  "5374078": {
    class: "environment",
    pace: "slow",
    reason: "IscsiServiceMissing",
    verbs: verbs.create,
    sentence: "The SVM has no iSCSI service.",
    remedy:
      "Ask the storage administrator to run `vserver iscsi create` for the SVM; the operator tries again by itself.",
    source: page,
  },
  "5374142": {
    ...converge,
    reason: "CredentialExists",
    verbs: verbs.create,
    sentence: "ONTAP already holds a credential for this initiator.",
    remedy: "Nothing to do; the operator reads again and changes the one that is there.",
  },
  "5374145": {
    ...input,
    reason: "PasswordHexInvalid",
    verbs: verbs.write,
    sentence: "A CHAP password begins with 0x but does not go on with an even number of hexadecimal digits.",
    remedy: "Change the password in the Secret: complete the digits, or start it with something else.",
  },
  "5374147": {
    ...input,
    reason: "PasswordsEqual",
    verbs: verbs.write,
    sentence: "The inbound and the outbound CHAP password are the same.",
    remedy: "Give the two directions different passwords in their Secrets.",
  },
  "5374148": {
    ...bug,
    reason: "DefaultNotDeletable",
    verbs: verbs.remove,
    sentence: "The credential default of an SVM cannot be deleted.",
  },
  "5374149": {
    ...input,
    reason: "InboundIncomplete",
    verbs: verbs.write,
    sentence: "CHAP needs both the user name and the password of the inbound direction.",
    remedy: "Put both into the Secret that spec.chap.inbound refers to.",
  },
  "5374150": {
    ...input,
    reason: "OutboundIncomplete",
    verbs: verbs.write,
    sentence: "Outbound CHAP needs a password.",
    remedy:
      "Put user name and password into the Secret that spec.chap.outbound refers to, or remove spec.chap.outbound.",
  },
  "5374155": {
    ...input,
    reason: "DefaultHasNoAddresses",
    verbs: verbs.change,
    sentence: "The credential default cannot have initiator addresses.",
    remedy: "Remove spec.initiatorAddress, and give addresses to each initiator instead.",
  },
  "5374855": {
    ...input,
    reason: "AddressRangeReversed",
    verbs: verbs.write,
    sentence: "The start of an address range is greater than its end.",
    remedy: "Swap start and end in spec.initiatorAddress.ranges.",
  },
  "5374856": {
    ...input,
    reason: "AddressFamiliesMixed",
    verbs: verbs.write,
    sentence: "Start and end of an address range are of different families.",
    remedy: "Write one range for IPv4 and one for IPv6 in spec.initiatorAddress.ranges.",
  },
  "5374895": {
    ...converge,
    reason: "CredentialMissing",
    verbs: verbs.existing,
    sentence: "ONTAP holds no credential for this initiator on this SVM.",
    remedy: "Nothing to do; the operator reads again and creates it if it should be there.",
  },
  "5374900": {
    ...input,
    reason: "ChapNotAllowed",
    verbs: verbs.write,
    sentence: "CHAP user names and passwords are not possible with authentication type none or deny.",
    remedy: "Remove spec.chap, or set spec.authenticationType to chap.",
  },
} as const satisfies Readonly<Record<string, Row>>;
