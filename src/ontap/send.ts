import type { Trouble } from "../array/catalogue/troubles.ts";
import type { ArrayAccess, Requester } from "../array/port.ts";
import type { Verb } from "../array/verb.ts";
import type { Result } from "../std/result.ts";
import type { SecretText } from "../std/secret-text.ts";

export interface HttpRequest {
  readonly verb: Verb;
  /** With its query; begins with `/api/`. */
  readonly path: string;
  /** JSON. Secret as a whole, since passwords are in it. */
  readonly body: SecretText | undefined;
  /** For whom it is made: decides whose turn it is when requests have to wait. */
  readonly from: Requester;
}

export interface HttpReply {
  readonly httpStatus: number;
  readonly retryAfterMs: number | undefined;
  /** Where the answer says that the outcome can be looked up. */
  readonly location?: string | undefined;
  readonly text: string;
}

/** Why no whole reply came back. */
export interface NoReply {
  readonly trouble: Trouble;
  /** False only if the array surely never saw the request. */
  readonly sent: boolean;
  /** A library's own words; they still have to go through `redact`. */
  readonly detail: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/**
 * One request and its reply. Any reply is a success here, a 500 too; it fails when no whole reply came back.
 * Rejects only with `signal.reason`.
 */
export type Send = (request: HttpRequest, signal: AbortSignal) => Promise<Result<HttpReply, NoReply>>;

export interface Transport {
  readonly send: Send;
  /** Lets requests under way end and gives the sockets back. */
  readonly close: () => Promise<void>;
}

export type OpenTransport = (access: ArrayAccess) => Transport;
