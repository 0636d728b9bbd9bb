import type { ArrayFailure } from "../array/failure.ts";
import type { Requester } from "../array/port.ts";
import type { Verb } from "../array/verb.ts";
import { err, ok, type Result } from "../std/result.ts";
import type { SecretText } from "../std/secret-text.ts";
import {
  failureOfAnswer,
  failureOfPending,
  failureOfSilence,
  failureOfStatus,
  failureOfTrouble,
  type Asked,
} from "./array-failure.ts";
import type { HttpReply, Send } from "./send.ts";
import { linkIn, parseJson, readError } from "./wire.ts";

/** A request, and what no failure may show of it besides the login. */
export interface Ask {
  readonly verb: Verb;
  readonly path: string;
  readonly body?: SecretText;
  readonly secrets?: readonly SecretText[];
}

/** A request that did not succeed. */
export interface Miss {
  readonly failure: ArrayFailure;
  /**
   * - `not done`: the array has refused it, or never saw it.
   * - `unknown`: the array may have done it all the same, so that a write has to be read back.
   * - `pending`: the array has it, and another administrator or a job decides. It is not to be sent again.
   */
  readonly outcome: "not done" | "unknown" | "pending";
}

export interface Answered {
  /** The JSON of a success: 200 or 201 without an error in it. */
  readonly body: object;
  readonly bytes: number;
}

/** Asks the array. */
export type Exchange = (ask: Ask, signal: AbortSignal) => Promise<Result<Answered, Miss>>;

export interface ExchangeOptions {
  readonly send: Send;
  readonly from: Requester;
  /** What proves the login, as far as it goes over the wire. */
  readonly login: readonly SecretText[];
}

export function createExchange({ send, from, login }: ExchangeOptions): Exchange {
  return async ({ verb, path, body, secrets = [] }, signal) => {
    const asked = { verb, secrets: [...login, ...secrets] };
    const sent = await send({ verb, path, body, from }, signal);
    if (sent.ok) return resultOf(asked, sent.value);
    return err({ failure: failureOfSilence(asked, sent.error), outcome: sent.error.sent ? "unknown" : "not done" });
  };
}

function resultOf(asked: Asked, reply: HttpReply): Result<Answered, Miss> {
  const { httpStatus, text } = reply;
  const parsed = parseJson(text);
  const body = parsed.ok ? parsed.value : undefined;
  const error = readError(body);
  const outcome = mayHaveDoneIt(httpStatus) ? "unknown" : "not done";
  if (error !== undefined) return err({ failure: failureOfAnswer(asked, reply, error), outcome });
  if (httpStatus >= 300) return err({ failure: failureOfStatus(asked, reply), outcome });
  if (httpStatus === 202 && asked.verb !== "GET") {
    return err({ failure: failureOfPending(asked, reply, linkIn(body)), outcome: "pending" });
  }
  if (httpStatus !== 200 && httpStatus !== 201) {
    return err({ failure: failureOfTrouble(asked, "unexpected", `HTTP ${httpStatus}`), outcome });
  }
  if (!parsed.ok && parsed.error === "beyond bounds") {
    const detail = "nested too deep, or too many values in one answer";
    return err({ failure: failureOfTrouble(asked, "too large", detail), outcome });
  }
  if (typeof body === "object" && body !== null) return ok({ body, bytes: text.length });
  const trouble = parsed.ok ? "unexpected" : "unreadable";
  return err({ failure: failureOfTrouble(asked, trouble, `HTTP ${httpStatus}`), outcome });
}

/** What passes on a request, or works on it, and then fails may have seen it through. A 503 turns it away. */
function mayHaveDoneIt(httpStatus: number): boolean {
  return httpStatus < 300 || httpStatus === 408 || (httpStatus >= 500 && httpStatus !== 503);
}
