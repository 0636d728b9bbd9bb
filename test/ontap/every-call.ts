import type { CredentialId } from "../../src/array/identifiers.ts";
import type { ArrayFailure } from "../../src/array/failure.ts";
import type { OntapArray } from "../../src/array/port.ts";
import type { Result } from "../../src/std/result.ts";
import { pair } from "./array-on-simulator.ts";

/** Texts that stand nowhere else, with all that encoders treat in their own ways. */
export const passwords = { inbound: 'Zq7 "xKv" /1+\\\\JwGb', outbound: "wÄ9xQz2=?kJv&uF" } as const;

type Call = (array: OntapArray, id: CredentialId, signal: AbortSignal) => Promise<Result<unknown, ArrayFailure>>;

const chap = {
  type: "chap",
  inbound: pair("in", passwords.inbound),
  outbound: pair("out", passwords.outbound),
} as const;
const addresses = { merge: "add", ranges: [{ start: "10.0.0.1", end: "10.0.0.1" }], masks: [] } as const;

/** Every call of the port, the writes with secrets in them. */
export const everyCall = {
  cluster: (array, _, signal) => array.cluster(signal),
  svms: (array, _, signal) => array.svms(signal),
  credentials: (array, { svm }, signal) => array.credentials(svm, signal),
  credential: (array, id, signal) => array.credential(id, signal),
  create: (array, id, signal) => array.createCredential(id, { authentication: chap, addresses: undefined }, signal),
  change: (array, id, signal) => array.changeCredential(id, { authentication: chap, addresses }, signal),
  remove: (array, id, signal) => array.removeCredential(id, signal),
} as const satisfies Record<string, Call>;

export const callNames = Object.keys(everyCall) as (keyof typeof everyCall)[];
