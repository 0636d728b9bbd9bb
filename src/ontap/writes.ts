import { outboundNotClearable, type ArrayFailure } from "../array/failure.ts";
import type { ArrayCredential, CredentialChange, CredentialCreation } from "../array/credential.ts";
import type { CredentialId } from "../array/identifiers.ts";
import type { AddressedCredential, ArrayResult } from "../array/port.ts";
import { err, ok } from "../std/result.ts";
import type { SecretText } from "../std/secret-text.ts";
import { unreachable } from "../std/unreachable.ts";
import { withDetail } from "./array-failure.ts";
import type { Ask, Exchange, Miss } from "./exchange.ts";
import { paths } from "./paths.ts";
import { isAbsence, readCredentialFrom } from "./reads.ts";
import { changeBody, clearsOutbound, creationBody, passwordsOf } from "./request-bodies.ts";
import { effectOfCreation, shows } from "./visible.ts";

/**
 * A creation whose answer was lost has succeeded if the credential is there as wanted: it was absent when the caller
 * looked, so only our request can have made it with our user names, and then with our passwords.
 */
export async function create(
  exchange: Exchange,
  id: CredentialId,
  creation: CredentialCreation,
  signal: AbortSignal,
): ArrayResult<void> {
  const secrets = passwordsOf(creation.authentication);
  const ask = { verb: "POST", path: paths.creation, body: creationBody(id, creation), secrets } as const;
  const written = await exchange(ask, signal);
  if (written.ok) return ok(undefined);
  if (written.error.outcome !== "unknown") return err(written.error.failure);
  const seen = await readBack(exchange, id, secrets, signal);
  if (seen.state === "held" && shows(seen.credential, effectOfCreation(creation))) return ok(undefined);
  return err(unresolved(written.error.failure, seen));
}

/**
 * A change whose answer was lost has succeeded if everything that it changes is seen. A password cannot be seen: then
 * the change, which may be repeated, is made once more.
 */
export async function change(
  exchange: Exchange,
  id: AddressedCredential,
  wanted: CredentialChange,
  signal: AbortSignal,
): ArrayResult<void> {
  const { authentication, addresses } = wanted;
  const secrets = passwordsOf(authentication);
  const path = paths.change(id, addresses?.merge ?? "replace");
  const ask: Ask = { verb: "PATCH", path, body: changeBody(wanted), secrets };
  const written = await exchange(ask, signal);
  if (written.ok) return ok(undefined);
  if (written.error.outcome !== "unknown") return err(refusedChange(written.error, wanted));
  const seen = await readBack(exchange, id, secrets, signal);
  if (seen.state !== "held" || !shows(seen.credential, wanted)) return err(unresolved(written.error.failure, seen));
  if (secrets.length === 0) return ok(undefined);
  const again = await exchange(ask, signal);
  return again.ok
    ? ok(undefined)
    : err(withDetail(refusedChange(again.error, wanted), "the second attempt; passwords cannot be seen"));
}

/** Codes with which a release may refuse the empty user that clears an outbound pair: it was not documented before 9.12. */
const refusesToClear: ReadonlySet<string | undefined> = new Set([
  "2",
  "262179",
  "262185",
  "262197",
  "262245",
  "262247",
  "5374149",
  "5374150",
]);

function refusedChange({ failure }: Miss, wanted: CredentialChange): ArrayFailure {
  const cannotClear = clearsOutbound(wanted) && refusesToClear.has(failure.answer?.code);
  return cannotClear ? outboundNotClearable(failure) : failure;
}

/** A removal whose answer was lost has succeeded if the credential is gone. */
export async function remove(
  exchange: Exchange,
  id: AddressedCredential,
  signal: AbortSignal,
): ArrayResult<"removed" | "absent"> {
  const written = await exchange({ verb: "DELETE", path: paths.removal(id) }, signal);
  if (written.ok) return ok("removed");
  if (isAbsence(written.error.failure)) return ok("absent");
  if (written.error.outcome !== "unknown") return err(written.error.failure);
  const seen = await readBack(exchange, id, [], signal);
  return seen.state === "absent" ? ok("absent") : err(unresolved(written.error.failure, seen));
}

type ReadBack =
  | { readonly state: "absent" }
  | { readonly state: "held"; readonly credential: ArrayCredential }
  | { readonly state: "failed"; readonly reason: string };

async function readBack(
  exchange: Exchange,
  id: AddressedCredential,
  secrets: readonly SecretText[],
  signal: AbortSignal,
): Promise<ReadBack> {
  const read = await readCredentialFrom(exchange, id, signal, secrets);
  if (!read.ok) return { state: "failed", reason: read.error.meaning.reason };
  return read.value === undefined ? { state: "absent" } : { state: "held", credential: read.value };
}

/** The failure of a write whose outcome stays unknown; the caller's next read will tell. */
function unresolved(failure: ArrayFailure, seen: ReadBack): ArrayFailure {
  switch (seen.state) {
    case "failed":
      return withDetail(failure, `it may have been done; reading it back failed with ${seen.reason}`);
    case "absent":
      return withDetail(failure, "read back: the array holds no such credential");
    case "held":
      return withDetail(failure, "read back: the array does not show what was written");
    default:
      return unreachable(seen);
  }
}
