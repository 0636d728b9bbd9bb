import type { Verb } from "./verb.ts";

/** One request that was sent to an array, or that did not get there. */
export interface ArrayCall {
  readonly verb: Verb;
  /**
   * What came of it, from a closed set: `2xx`; ONTAP's own code if the catalogue knows it, else the class of the HTTP
   * status, such as `5xx`; or the trouble that left it without an answer, such as `timeout`.
   */
  readonly code: string;
  readonly tookMs: number;
}

/** Is told of every request to one array, when it has ended. */
export interface CallMeter {
  called(call: ArrayCall): void;
}
