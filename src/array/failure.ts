import { isKnownCode, meaningOfJudgement, type ArrayReason } from "./catalogue/catalogue.ts";
import type { CatalogueEntry } from "./catalogue/entry.ts";
import type { Verb } from "./verb.ts";

/** What ONTAP really answered; its texts have been through `redact`. */
export interface ArrayAnswer {
  readonly httpStatus: number;
  /** ONTAP's own code as it sent it; absent when the answer carried none (a proxy's page, for example). */
  readonly code: string | undefined;
  readonly message: string;
  /** The input that ONTAP blames, if it names one. */
  readonly target: string | undefined;
}

/**
 * A call to the array that did not do what it was asked, with its meaning from the catalogue.
 * Plain data, free of secrets; never thrown.
 */
export interface ArrayFailure {
  readonly kind: "array";
  readonly verb: Verb;
  readonly meaning: CatalogueEntry;
  /** Absent when no whole answer came back: refused, timed out, TLS. */
  readonly answer: ArrayAnswer | undefined;
  /** Facts beside the catalogue's sentence that help a person, such as a TLS library's own words; never a secret. */
  readonly detail: string | undefined;
  /** How long ONTAP asked us to wait. */
  readonly retryAfterMs: number | undefined;
}

/** The same refusal of a change, known to be about the outbound pair that it clears. */
export function outboundNotClearable(failure: ArrayFailure): ArrayFailure {
  return { ...failure, meaning: meaningOfJudgement("outbound not clearable", failure.answer?.code) };
}

/** ONTAP accepted a change that clears the outbound pair, and goes on showing the pair. */
export function outboundStillShown(): ArrayFailure {
  return {
    kind: "array",
    verb: "PATCH",
    meaning: meaningOfJudgement("outbound not clearable", undefined),
    answer: { httpStatus: 200, code: undefined, message: "", target: "chap.outbound.user" },
    detail: "it accepted the change and still shows the pair",
    retryAfterMs: undefined,
  };
}

/** So much of ONTAP's own words fits into a condition that people read. */
const longestQuote = 300;

/** A field as ONTAP names one, and no sentence of its own. */
const fieldName = /^[\w.[\]-]{1,100}$/;

/**
 * What happened, with ONTAP's code and other facts, and what to do: two sentences for people. ONTAP's own words appear
 * only for a code that the catalogue does not know: for the others our sentence says it better, and repeats nothing.
 */
export function describeFailure({ meaning, answer, detail }: ArrayFailure): string {
  const facts = [codeFact(answer), targetFact(meaning, answer), detail].filter((fact) => fact !== undefined).join("; ");
  const sentence = facts === "" ? meaning.sentence : `${meaning.sentence.replace(/\.$/, "")} (${facts}).`;
  return `${sentence} ${meaning.remedy}`;
}

function codeFact(answer: ArrayAnswer | undefined): string | undefined {
  if (answer?.code === undefined) return undefined;
  const { code, message } = answer;
  if (isKnownCode(code) || message === "") return `ONTAP ${code}`;
  const quote = message.length <= longestQuote ? message : `${message.slice(0, longestQuote - 1).toWellFormed()}…`;
  return `ONTAP ${code}: ${quote}`;
}

/** The remedy for a refused value sends people to the field that ONTAP names. */
function targetFact({ reason }: CatalogueEntry, answer: ArrayAnswer | undefined): string | undefined {
  const names = reason === ("ValueRefused" satisfies ArrayReason) || reason === ("ReadRefused" satisfies ArrayReason);
  return names && answer?.target !== undefined && fieldName.test(answer.target) ? `field ${answer.target}` : undefined;
}
