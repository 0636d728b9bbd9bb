import type { ArrayFailure } from "../array/failure.ts";
import type { Verb } from "../array/verb.ts";
import { err, ok, type Result } from "../std/result.ts";
import type { SecretText } from "../std/secret-text.ts";
import { failureOfStatus, failureOfSilence, failureOfAnswer, failureOfTrouble, type Asked } from "./array-failure.ts";
import type { HttpReply, Send } from "./send.ts";
import { parseJson, readError } from "./wire.ts";

/** A request, and what no failure may show of it besides the login. */
export interface Ask {
  readonly verb: Verb;
  readonly path: string;
  readonly body?: SecretText;
  readonly secrets?: readonly SecretText[];
}

/** A request that did not succeed. `unknown`: the array may have done it all the same, so a write wants a look. */
export interface Miss {
  readonly failure: ArrayFailure;
  readonly outcome: "not done" | "unknown";
}

/** Asks the array and gives the JSON of a success: 200 or 201 without an error in it. */
export type Exchange = (ask: Ask, signal: AbortSignal) => Promise<Result<unknown, Miss>>;

export function createExchange(send: Send, login: SecretText): Exchange {
  return async ({ verb, path, body, secrets = [] }, signal) => {
    const asked = { verb, secrets: [login, ...secrets] };
    const sent = await send({ verb, path, body }, signal);
    if (sent.ok) return resultOf(asked, sent.value);
    return err({ failure: failureOfSilence(asked, sent.error), outcome: sent.error.sent ? "unknown" : "not done" });
  };
}

function resultOf(asked: Asked, reply: HttpReply): Result<unknown, Miss> {
  const { httpStatus, text } = reply;
  const body = parseJson(text);
  const error = readError(body);
  const outcome = mayHaveDoneIt(httpStatus) ? "unknown" : "not done";
  if (error !== undefined) return err({ failure: failureOfAnswer(asked, reply, error), outcome });
  if (httpStatus >= 300) return err({ failure: failureOfStatus(asked, reply), outcome });
  if (httpStatus !== 200 && httpStatus !== 201) {
    // 202 would be a job; these calls are synchronous (their pages name no `return_timeout`).
    return err({ failure: failureOfTrouble(asked, "unexpected", `HTTP ${httpStatus}`), outcome });
  }
  if (typeof body === "object" && body !== null) return ok(body);
  const trouble = body === undefined ? "unreadable" : "unexpected";
  return err({ failure: failureOfTrouble(asked, trouble, `HTTP ${httpStatus}`), outcome });
}

/** What passes on a request, or works on it, and then fails may have seen it through. A 503 turns it away. */
function mayHaveDoneIt(httpStatus: number): boolean {
  return httpStatus < 300 || httpStatus === 408 || (httpStatus >= 500 && httpStatus !== 503);
}
