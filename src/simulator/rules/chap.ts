import { ok, type Result } from "../../std/result.ts";
import type { AuthenticationType, Chap, ChapPair } from "../model/cluster.ts";
import { refuse, type ApiError } from "../wire/api-error.ts";
import type { CredentialBody, PairBody } from "./credential-body.ts";

type ChapBody = NonNullable<CredentialBody["chap"]>;

/** Whether a body says anything about CHAP; `{"chap": {"inbound": {}}}` does not. */
export function mentionsChap(chap: ChapBody | undefined): boolean {
  return [chap?.inbound, chap?.outbound].some((pair) => pair?.user !== undefined || pair?.password !== undefined);
}

/**
 * The CHAP pairs of a credential of `type` after a body was applied to what was `stored` (nothing, for POST). The order of
 * the checks does not show: each mistake has its own code.
 */
export function applyChap(
  type: AuthenticationType,
  body: ChapBody | undefined,
  stored: Chap,
  method: "POST" | "PATCH",
  clearing: "accepted" | "refused" | "ignored",
): Result<Chap, ApiError> {
  if (type !== "chap") return mentionsChap(body) ? refuse("5374900", { target: "chap" }) : ok(stored);
  const lengths = checkLengths(body, method === "PATCH" && clearing !== "refused");
  if (!lengths.ok) return lengths;
  const inbound = applyInbound(body?.inbound, stored.inbound);
  if (!inbound.ok) return inbound;
  const outbound = applyOutbound(body?.outbound, stored.outbound, clearing);
  if (!outbound.ok) return outbound;
  if (outbound.value === undefined) return ok({ inbound: inbound.value });
  if (secretBytes(inbound.value.password).equals(secretBytes(outbound.value.password))) {
    return refuse("5374147", { target: "chap.outbound.password" });
  }
  return ok({ inbound: inbound.value, outbound: outbound.value });
}

/** User and password come together, or not at all if a pair is stored. */
function applyInbound(body: PairBody | undefined, stored: ChapPair | undefined): Result<ChapPair, ApiError> {
  if (body?.user !== undefined && body.password !== undefined) {
    return ok({ user: body.user, password: body.password });
  }
  const nothing = body?.user === undefined && body?.password === undefined;
  return nothing && stored !== undefined ? ok(stored) : refuse("5374149", { target: "chap.inbound" });
}

/** An empty user clears the pair, or is taken and changes nothing. */
function applyOutbound(
  body: PairBody | undefined,
  stored: ChapPair | undefined,
  clearing: "accepted" | "refused" | "ignored",
): Result<ChapPair | undefined, ApiError> {
  if (body?.user === "") {
    if (body.password === undefined) return ok(clearing === "ignored" ? stored : undefined);
    const message = "chap.outbound.password cannot be set when chap.outbound.user is cleared.";
    return refuse("262186", { message, target: "chap.outbound.password" });
  }
  if (body?.user !== undefined) {
    if (body.password === undefined) return refuse("5374150", { target: "chap.outbound.password" });
    return ok({ user: body.user, password: body.password });
  }
  if (body?.password === undefined) return ok(stored);
  if (stored !== undefined) return ok({ user: stored.user, password: body.password });
  const message = 'Field "chap.outbound.user" is required.';
  return refuse("262212", { message, target: "chap.outbound.user" });
}

/** User 1 to 128 bytes, password 1 to 512 bytes: ontapdocs, san-admin/chap-authentication-concept.adoc. */
const longestUserBytes = 128;
const longestPasswordBytes = 512;

/** An empty user is too short, except for the outbound user of a PATCH that may clear the pair. */
function checkLengths(body: ChapBody | undefined, mayClear: boolean): Result<void, ApiError> {
  for (const direction of ["inbound", "outbound"] as const) {
    const pair = body?.[direction];
    const clears = mayClear && direction === "outbound" && pair?.user === "";
    const user = clears ? ok(undefined) : checkLength(`chap.${direction}.user`, pair?.user, longestUserBytes);
    if (!user.ok) return user;
    const field = `chap.${direction}.password`;
    const password = checkLength(field, pair?.password, longestPasswordBytes);
    if (!password.ok) return password;
    if (pair?.password !== undefined && !isGoodSecret(pair.password)) return refuse("5374145", { target: field });
  }
  return ok(undefined);
}

/** The value is not quoted in the message: it may be a secret. */
function checkLength(field: string, text: string | undefined, longest: number): Result<void, ApiError> {
  const bytes = text === undefined ? 1 : Buffer.byteLength(text);
  if (bytes >= 1 && bytes <= longest) return ok(undefined);
  const message = `The value of field "${field}" must have 1 to ${longest} bytes.`;
  return refuse("262245", { message, target: field, values: [field] });
}

/** "any valid string or an even number of valid hexadecimal digits preceded by '0X' or '0x'" */
function isGoodSecret(password: string): boolean {
  return !isHexSecret(password) || /^0x([0-9a-f]{2})+$/i.test(password);
}

const isHexSecret = (password: string): boolean => /^0x/i.test(password);

function secretBytes(password: string): Buffer {
  return isHexSecret(password) ? Buffer.from(password.slice(2), "hex") : Buffer.from(password, "utf8");
}
