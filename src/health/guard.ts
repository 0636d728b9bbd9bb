import { SecretText } from "../std/secret-text.ts";
import type { Answer, Page } from "./server.ts";

/** Whether the bearer of a token may read a page; `unavailable` when that cannot be found out now. */
export type Access = "granted" | "unauthenticated" | "forbidden" | "unavailable";

export type AccessOf = (token: SecretText) => Promise<Access>;

/** The same page for those whom `accessOf` lets in. Others are told no more than the status. */
export function guard(page: Page, accessOf: AccessOf): Page {
  return async (query, authorization) => {
    const [, token] = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? "") ?? [];
    const access = token === undefined ? "unauthenticated" : await accessOf(new SecretText(token));
    return access === "granted" ? page(query, authorization) : refusals[access];
  };
}

const refusals: Readonly<Record<Exclude<Access, "granted">, Answer>> = {
  unauthenticated: { status: 401, text: "send the bearer token of a ServiceAccount\n" },
  forbidden: { status: 403, text: "the token's user may not get this path; grant the nonResourceURL\n" },
  unavailable: { status: 503, text: "the API server cannot be asked about this token now\n" },
};
