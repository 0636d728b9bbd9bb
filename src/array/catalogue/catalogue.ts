import { commonCodes } from "./common-codes.ts";
import type { CatalogueEntry, Row } from "./entry.ts";
import { environmentCodes } from "./environment-codes.ts";
import { judgements, type Judgement } from "./judgements.ts";
import { resourceCodes } from "./resource-codes.ts";
import { rowOfStatus, statuses } from "./statuses.ts";
import { troubles, type Trouble } from "./troubles.ts";
import type { Verb } from "../verb.ts";

const codes = { ...commonCodes, ...environmentCodes, ...resourceCodes } as const satisfies Readonly<
  Record<string, Row>
>;

/** A code of ONTAP that the catalogue explains. */
export type KnownCode = keyof typeof codes;

/** Every reason that a failure of the array can carry. */
export type ArrayReason =
  | (typeof codes)[KnownCode]["reason"]
  | (typeof statuses)[keyof typeof statuses]["reason"]
  | (typeof judgements)[Judgement]["reason"]
  | (typeof troubles)[Trouble]["reason"];

/** What a known code means; for checks that foresee ONTAP's refusal. */
export function entryOfCode(code: KnownCode): CatalogueEntry {
  return entry(code, codes[code]);
}

/**
 * What an error of ONTAP means to a call: by its code if the catalogue knows it, else by the HTTP status it came with. A
 * read that is refused for what it says is never the object's fault, nor is it refused for good.
 */
export function meaningOfCode(code: string | undefined, httpStatus: number, verb: Verb): CatalogueEntry {
  const meaning =
    code !== undefined && isKnownCode(code)
      ? entryOfCode(code)
      : entry(code, statuses[rowOfStatus(httpStatus, code !== undefined)]);
  const blamesRequest = meaning.class === "input" || meaning.class === "bug";
  return verb === "GET" && blamesRequest ? meaningOfJudgement("read refused", code) : meaning;
}

/** What an answer means in the light of the request. */
export function meaningOfJudgement(judgement: Judgement, code: string | undefined): CatalogueEntry {
  return entry(code, judgements[judgement]);
}

/** What it means that no whole, readable answer came back. */
export function meaningOfTrouble(trouble: Trouble): CatalogueEntry {
  return entry(undefined, troubles[trouble]);
}

export function isKnownCode(code: string): code is KnownCode {
  return Object.hasOwn(codes, code);
}

/** Every entry, by where it comes from, codes in ascending order. */
export const catalogue = {
  resource: entriesOfCodes(resourceCodes),
  common: entriesOfCodes(commonCodes),
  environment: entriesOfCodes(environmentCodes),
  statuses: entriesWithoutCode(statuses),
  judgements: entriesWithoutCode(judgements),
  troubles: entriesWithoutCode(troubles),
} as const;

export const allEntries: readonly CatalogueEntry[] = Object.values(catalogue).flat();

/** All entries that carry a reason; empty for an unknown reason. */
export function entriesOfReason(reason: string): readonly CatalogueEntry[] {
  return allEntries.filter((entry) => entry.reason === reason);
}

function entriesOfCodes(table: Readonly<Record<string, Row>>): readonly CatalogueEntry[] {
  return Object.entries(table).map(([code, row]) => entry(code, row));
}

function entriesWithoutCode(table: Readonly<Record<string, Row>>): readonly CatalogueEntry[] {
  return Object.values(table).map((row) => entry(undefined, row));
}

function entry(code: string | undefined, row: Row): CatalogueEntry {
  return { code, ...row };
}
