import type { Verb } from "../verb.ts";

/**
 * What has to happen before the same call could end differently.
 * - `input`: a person changes the object or its Secret; no retry of ours helps.
 * - `environment`: time passes, or an administrator repairs the array or the network.
 * - `permission`: the array's administrator changes the login or its role; it concerns the connection, not the object.
 * - `converge`: nothing; the array differs from what we believed, so the operator reads again and takes the other branch.
 * - `bug`: this program sent something that a correct one never sends.
 */
export type ErrorClass = "input" | "environment" | "permission" | "converge" | "bug";

/** One row of the error catalogue: what an answer of the array, or the lack of one, means to people and to us. */
export interface CatalogueEntry {
  /** ONTAP's code, if it is one of its codes. */
  readonly code: string | undefined;
  /** CamelCase; becomes a condition's reason, so it is API: people write alerts on it. */
  readonly reason: string;
  readonly class: ErrorClass;
  /** How soon an `environment` failure may pass: `soon` backs off from a second, `slow` from five. */
  readonly pace: "soon" | "slow";
  /** The verbs for which the source names it; empty when it may answer any. */
  readonly verbs: readonly Verb[];
  /** One sentence: what happened. */
  readonly sentence: string;
  /** One sentence, imperative: what to do about it. */
  readonly remedy: string;
  /** Where the fact stands: the vendor's page, an issue thread, or `inferred`. */
  readonly source: string;
}

/** A row of one of the tables, whose key is the code, the HTTP status or the trouble. */
export type Row = Omit<CatalogueEntry, "code">;
