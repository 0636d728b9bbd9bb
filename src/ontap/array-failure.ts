import { isKnownCode, meaningOfCode, meaningOfJudgement, meaningOfTrouble } from "../array/catalogue/catalogue.ts";
import type { Trouble } from "../array/catalogue/troubles.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { Verb } from "../array/verb.ts";
import type { HttpReply, NoReply } from "./send.ts";
import type { WireError } from "./wire.ts";

/** The request that failed, as far as a failure needs it: what it was, and what takes secrets out of others' words. */
export interface Asked {
  readonly verb: Verb;
  readonly clean: (text: string) => string;
}

/** ONTAP answered with an error of its own. */
export function failureOfAnswer(asked: Asked, reply: HttpReply, error: WireError): ArrayFailure {
  const { httpStatus, retryAfterMs } = reply;
  const code = error.code === undefined ? undefined : codeShown(error.code, asked.clean);
  return {
    kind: "array",
    verb: asked.verb,
    meaning: meaningOfCode(code, httpStatus, asked.verb),
    answer: {
      httpStatus,
      code,
      message: shown(error.message, longest.message, asked.clean),
      target: error.target === undefined ? undefined : shown(error.target, longest.target, asked.clean),
    },
    detail: undefined,
    retryAfterMs,
  };
}

/** An HTTP status other than success, without an error of ONTAP: a proxy's, or a web server's own. */
export function failureOfStatus(asked: Asked, reply: HttpReply): ArrayFailure {
  const message = `HTTP ${reply.httpStatus} without an error of ONTAP`;
  return failureOfAnswer(asked, reply, { code: undefined, message, target: undefined });
}

/** The array took a write without doing it yet; `link` is where its answer says that it can be looked up. */
export function failureOfPending(
  asked: Asked,
  { httpStatus, location }: HttpReply,
  link: string | undefined,
): ArrayFailure {
  const where = [location && `Location ${location}`, link !== location && link && `request ${link}`].filter(Boolean);
  const detail = [`HTTP ${httpStatus}`, ...where].join(", ");
  return {
    kind: "array",
    verb: asked.verb,
    meaning: meaningOfJudgement("approval pending", undefined),
    answer: { httpStatus, code: undefined, message: "", target: undefined },
    detail: shown(detail, longest.message, asked.clean),
    retryAfterMs: undefined,
  };
}

/** No whole reply came back. */
export function failureOfSilence(asked: Asked, { trouble, detail, retryAfterMs }: NoReply): ArrayFailure {
  return { ...failureOfTrouble(asked, trouble, detail), retryAfterMs };
}

/** What happened on the way, or an answer that we cannot read. `detail` may hold anything; it is redacted here. */
export function failureOfTrouble(asked: Asked, trouble: Trouble, detail: string | undefined): ArrayFailure {
  return {
    kind: "array",
    verb: asked.verb,
    meaning: meaningOfTrouble(trouble),
    answer: undefined,
    detail: detail === undefined ? undefined : shown(detail, longest.message, asked.clean),
    retryAfterMs: undefined,
  };
}

/** The same failure, with one more thing to know about it; `fact` is our own words. */
export function withDetail(failure: ArrayFailure, fact: string): ArrayFailure {
  return { ...failure, detail: failure.detail === undefined ? fact : `${failure.detail}; ${fact}` };
}

/** A code that the catalogue knows tells nothing of a secret, even of one that is spelled like it. */
function codeShown(code: string, clean: Asked["clean"]): string {
  return isKnownCode(code) ? code : shown(code, longest.code, clean);
}

/** So much of what others wrote goes into a status; the API bounds it likewise. */
const longest = { code: 32, message: 1024, target: 256 } as const;

/** ONTAP's messages are a sentence or two; a longer text is not worth the search. */
const longestRead = 16_384;

/** Redacts first: what a cut leaves of a secret would not be recognised. Control characters could move a terminal's cursor. */
function shown(text: string, most: number, clean: Asked["clean"]): string {
  if (text.length > longestRead) return "(too long to show)";
  const line = clean(text)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, " ")
    .trim();
  return line.length <= most ? line : `${line.slice(0, most - 1).toWellFormed()}…`;
}
