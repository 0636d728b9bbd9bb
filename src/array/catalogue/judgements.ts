import type { Row } from "./entry.ts";
import { remedies } from "./remedies.ts";

/** What an answer means to the request that it answers, where code and status alone do not say it. */

const slow = { class: "environment", pace: "slow", verbs: [] } as const;

export const judgements = {
  /** A read sends nothing of an object or its Secret, so no change of either could help. */
  "read refused": {
    ...slow,
    verbs: ["GET"],
    reason: "ReadRefused",
    sentence: "The array refuses what the operator asks it to show.",
    remedy:
      "Check that the array runs ONTAP 9.6 or later and is not in the middle of an upgrade; the operator tries again by itself.",
    source:
      "the operator's own queries; NetApp/trident: generated REST client (code 2 also means an svm.uuid that is gone)",
  },
  /** HTTP 202 to a write: these calls are synchronous. */
  "approval pending": {
    ...slow,
    reason: "ApprovalPending",
    sentence: "The array has put the call aside until another administrator approves it (multi-admin verification).",
    remedy: remedies.approval,
    source: "NetApp/trident#1141: HTTP 202 with the id of the request",
  },
  "not removed": {
    ...slow,
    verbs: ["DELETE"],
    reason: "NotRemoved",
    sentence:
      "ONTAP accepts the removal, or answers that it holds no credential for this initiator, and goes on showing one.",
    remedy:
      "Ask the storage administrator to run `vserver iscsi security delete` for this initiator, or set deletionPolicy to Retain; the operator tries again by itself.",
    source: "inferred: a release that compares the names of initiators with case, or an array that keeps no change",
  },
  "not denied": {
    ...slow,
    verbs: ["POST", "PATCH"],
    reason: "NotDenied",
    sentence: "ONTAP accepts type deny for this initiator, and goes on showing something else.",
    remedy:
      "Ask the storage administrator to set the authentication type of this initiator to deny, or set deletionPolicy to Retain; the operator tries again by itself.",
    source: "inferred: an array that keeps no change",
  },
  "outbound not clearable": {
    ...slow,
    verbs: ["PATCH"],
    reason: "OutboundNotClearable",
    sentence: "This release of ONTAP cannot clear the outbound CHAP pair over REST.",
    remedy:
      "Ask the storage administrator to run `vserver iscsi security modify` for this initiator, or delete the credential on the array so that the operator creates it again; the operator tries again by itself.",
    source: "netapp-ontap wheels: the empty user that clears is documented from 9.12.1 on, and in none up to 9.10.1",
  },
} as const satisfies Readonly<Record<string, Row>>;

export type Judgement = keyof typeof judgements;
