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

/** What happened, with ONTAP's code and other facts, and what to do: two sentences for people. */
export function describeFailure({ meaning, answer, detail }: ArrayFailure): string {
  const code = answer?.code === undefined ? undefined : `ONTAP ${answer.code}`;
  const facts = [code, detail].filter((fact) => fact !== undefined).join("; ");
  const sentence = facts === "" ? meaning.sentence : `${meaning.sentence.replace(/\.$/, "")} (${facts}).`;
  return `${sentence} ${meaning.remedy}`;
}
