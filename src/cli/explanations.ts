import { allEntries } from "../array/catalogue/catalogue.ts";
import type { CatalogueEntry } from "../array/catalogue/entry.ts";
import { connectionConditions } from "../connection/vocabulary.ts";
import { connectionReasons } from "../connection/vocabulary.ts";
import { credentialConditions } from "../credential/vocabulary.ts";
import { credentialEventReasons, credentialReasons } from "../credential/vocabulary.ts";

/** A word of ours that a person meets in a status or an Event. */
export interface OwnWord {
  readonly word: string;
  readonly where: string;
  readonly meaning: string;
}

/** What `explain` can explain: an answer of an array, or a word of ours. */
export type Explanation = { readonly array: CatalogueEntry } | { readonly own: OwnWord };

const credentials = "an IscsiCredential";
const connections = "an OntapConnection";

const ownWords: readonly OwnWord[] = [
  ...wordsOf(credentialReasons, `reason in a condition or an Event of ${credentials}`),
  ...wordsOf(credentialEventReasons, `reason of an Event of ${credentials}`),
  ...wordsOf(connectionReasons, `reason in a condition of ${connections}`),
  ...wordsOf(credentialConditions, `condition of ${credentials}`),
  ...wordsOf(connectionConditions, `condition of ${connections}`),
];

function wordsOf(meanings: Readonly<Record<string, string>>, where: string): readonly OwnWord[] {
  return Object.entries(meanings).map(([word, meaning]) => ({ word, where, meaning }));
}

/** All of them: codes first, then what is not a code, in the order of the documentation. */
export const explanations: readonly Explanation[] = [
  ...allEntries.map((array) => ({ array })),
  ...ownWords.map((own) => ({ own })),
];

/** By code, or by reason or condition in any case: a reason may mean several codes, and a word be on both kinds. */
export function explanationsOf(name: string): readonly Explanation[] {
  const folded = name.toLowerCase();
  return explanations.filter((explanation) => namesOf(explanation).some((each) => each.toLowerCase() === folded));
}

const namesOf = (explanation: Explanation): readonly string[] =>
  "own" in explanation ? [explanation.own.word] : [explanation.array.code ?? "", explanation.array.reason];
