/** A request as HTTP delivered it, before anything was believed. */
export interface ApiRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  readonly certificateUser: string | undefined;
}
