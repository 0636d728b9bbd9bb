import type { IssuedCertificate } from "../certificates.ts";
import type { FaultInput } from "../faults/fault.ts";
import type { LoggedRequest, RequestCount } from "../model/request-log.ts";
import type { JsonObject } from "../wire/json.ts";
import type { ActionInput } from "./action.ts";

/**
 * What tests and demonstrations do behind ONTAP's back; the same in the simulator's own process and over HTTP. Misuse (an
 * SVM that is not there, a fault that cannot be) throws an error with a sentence: it is a mistake in the test.
 */
export interface SideDoor {
  /** All that is stored, secrets included. */
  credentials(): Promise<readonly StoredCredential[]>;
  svms(): Promise<readonly SvmView[]>;
  /** The latest requests, oldest first. */
  requests(): Promise<readonly LoggedRequest[]>;
  requestCounts(): Promise<readonly RequestCount[]>;
  forgetRequests(): Promise<void>;
  /** Gives the fault's number. */
  addFault(fault: FaultInput): Promise<number>;
  faults(): Promise<readonly FaultView[]>;
  removeFault(id: number): Promise<void>;
  clearFaults(): Promise<void>;
  /** Changes ONTAP; what comes back depends on the action. */
  act(action: ActionInput): Promise<JsonObject>;
  /** A certificate that logs in as this user, if a login with certificates exists. */
  clientCertificate(user: string): Promise<IssuedCertificate>;
}

export interface StoredCredential {
  readonly svm: string;
  readonly svmUuid: string;
  readonly initiator: string;
  readonly authenticationType: string;
  readonly inbound?: { readonly user: string; readonly password: string };
  readonly outbound?: { readonly user: string; readonly password: string };
  /** Masks as masks and ranges as ranges, whichever views GET shows. */
  readonly addresses?: JsonObject;
}

export interface SvmView {
  readonly name: string;
  readonly uuid: string;
  readonly state: string;
  readonly iscsi: boolean;
  readonly sessionCount: number;
}

export interface FaultView {
  readonly id: number;
  /** How often it has struck. */
  readonly struck: number;
  readonly fault: JsonObject;
}
