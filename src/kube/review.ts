import { createHash } from "node:crypto";
import * as z from "zod";
import type { KubeAnswer } from "../api/failure.ts";
import type { Clock } from "../std/clock.ts";
import { ok } from "../std/result.ts";
import type { SecretText } from "../std/secret-text.ts";
import type { KubeTransport } from "./transport.ts";

/** What the API server says about the bearer of a token: who cannot prove an identity, and who may not. */
export type ReviewVerdict = "granted" | "unauthenticated" | "forbidden";

/** Asks whether the bearer of `token` may GET a path that is not a Kubernetes resource, such as /metrics. */
export type Review = (token: SecretText, signal: AbortSignal) => KubeAnswer<ReviewVerdict>;

export interface ReviewOptions {
  /** Not behind the fence: a review stores nothing, and a standby is scraped too. */
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly path: string;
}

const tokenReview = z.object({
  status: z.object({
    authenticated: z.boolean().default(false),
    user: z
      .object({
        username: z.string(),
        uid: z.string().optional(),
        groups: z.array(z.string()).default([]),
        extra: z.record(z.string(), z.array(z.string())).optional(),
      })
      .optional(),
  }),
});
const accessReview = z.object({ status: z.object({ allowed: z.boolean().default(false) }) });

/** A scraper comes every few seconds; a right that is withdrawn ends within a minute. */
const rememberMs = 60_000;
/** A client that sends a new token with each request must not fill the memory. */
const mostRemembered = 256;

/**
 * TokenReview, then SubjectAccessReview, as controller-runtime guards its metrics. Verdicts are remembered for a minute by
 * the token's digest, so that neither scrapes nor guesses become requests one by one.
 */
export function createReview({ transport, clock, path }: ReviewOptions): Review {
  const remembered = new Map<string, { readonly verdict: ReviewVerdict; readonly untilMs: number }>();

  return async (token, signal) => {
    const digest = createHash("sha256").update(token.reveal()).digest("base64");
    const known = remembered.get(digest);
    if (known !== undefined && clock.monotonic() < known.untilMs) return ok(known.verdict);
    const reviewed = await review(transport, path, token, signal);
    if (!reviewed.ok) return reviewed;
    remembered.delete(digest);
    const [oldest] = remembered.keys();
    if (remembered.size >= mostRemembered && oldest !== undefined) remembered.delete(oldest);
    remembered.set(digest, { verdict: reviewed.value, untilMs: clock.monotonic() + rememberMs });
    return reviewed;
  };
}

async function review(
  transport: KubeTransport,
  path: string,
  token: SecretText,
  signal: AbortSignal,
): KubeAnswer<ReviewVerdict> {
  const post = (group: string, resource: string, kind: string, spec: object) =>
    transport.send(
      {
        method: "POST",
        path: `/apis/${group}/v1/${resource}`,
        body: { apiVersion: `${group}/v1`, kind, metadata: {}, spec },
      },
      signal,
    );
  const proven = await post("authentication.k8s.io", "tokenreviews", "TokenReview", { token: token.reveal() });
  if (!proven.ok) return proven;
  const identity = tokenReview.safeParse(proven.value);
  const user = identity.data?.status.authenticated === true ? identity.data.status.user : undefined;
  if (user === undefined) return ok("unauthenticated");
  const { username, ...rest } = user;
  const attributes = { path, verb: "get" };
  const spec = { user: username, ...rest, nonResourceAttributes: attributes };
  const permitted = await post("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview", spec);
  if (!permitted.ok) return permitted;
  return ok(accessReview.safeParse(permitted.value).data?.status.allowed === true ? "granted" : "forbidden");
}
