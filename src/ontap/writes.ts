import type { ArrayCredential, CredentialChange, CredentialCreation } from "../array/credential.ts";
import type { ArrayFailure } from "../array/failure.ts";
import type { CredentialId } from "../array/identifiers.ts";
import type { ArrayResult } from "../array/port.ts";
import { err, ok } from "../std/result.ts";
import type { SecretText } from "../std/secret-text.ts";
import { unreachable } from "../std/unreachable.ts";
import { withDetail } from "./array-failure.ts";
import type { Ask, Exchange } from "./exchange.ts";
import { paths } from "./paths.ts";
import { isAbsence, readCredentialFrom } from "./reads.ts";
import { changeBody, creationBody, passwordsOf } from "./request-bodies.ts";
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
  if (written.error.outcome === "not done") return err(written.error.failure);
  const look = await lookAfter(exchange, id, secrets, signal);
  if (look.state === "held" && shows(look.credential, effectOfCreation(creation))) return ok(undefined);
  return err(unresolved(written.error.failure, look));
}

/**
 * A change whose answer was lost has succeeded if everything that it changes is seen. A password cannot be seen: then
 * the change, which may be repeated, is made once more.
 */
export async function change(
  exchange: Exchange,
  id: CredentialId,
  wanted: CredentialChange,
  signal: AbortSignal,
): ArrayResult<void> {
  const { authentication, addresses } = wanted;
  const secrets = passwordsOf(authentication);
  const path = paths.change(id, addresses?.merge ?? "replace");
  const ask: Ask = { verb: "PATCH", path, body: changeBody(wanted), secrets };
  const written = await exchange(ask, signal);
  if (written.ok) return ok(undefined);
  if (written.error.outcome === "not done") return err(written.error.failure);
  const look = await lookAfter(exchange, id, secrets, signal);
  if (look.state !== "held" || !shows(look.credential, wanted)) return err(unresolved(written.error.failure, look));
  if (secrets.length === 0) return ok(undefined);
  const again = await exchange(ask, signal);
  return again.ok
    ? ok(undefined)
    : err(withDetail(again.error.failure, "the second attempt; passwords cannot be seen"));
}

/** To remove what is not there succeeds; a removal whose answer was lost has succeeded if the credential is gone. */
export async function remove(exchange: Exchange, id: CredentialId, signal: AbortSignal): ArrayResult<void> {
  const written = await exchange({ verb: "DELETE", path: paths.removal(id) }, signal);
  if (written.ok || isAbsence(written.error.failure)) return ok(undefined);
  if (written.error.outcome === "not done") return err(written.error.failure);
  const look = await lookAfter(exchange, id, [], signal);
  return look.state === "absent" ? ok(undefined) : err(unresolved(written.error.failure, look));
}

type Look =
  | { readonly state: "absent" }
  | { readonly state: "held"; readonly credential: ArrayCredential }
  | { readonly state: "unreadable"; readonly reason: string };

async function lookAfter(
  exchange: Exchange,
  id: CredentialId,
  secrets: readonly SecretText[],
  signal: AbortSignal,
): Promise<Look> {
  const read = await readCredentialFrom(exchange, id, signal, secrets);
  if (!read.ok) return { state: "unreadable", reason: read.error.meaning.reason };
  return read.value === undefined ? { state: "absent" } : { state: "held", credential: read.value };
}

/** The failure of a write whose outcome stays unknown; the caller's next read will tell. */
function unresolved(failure: ArrayFailure, look: Look): ArrayFailure {
  switch (look.state) {
    case "unreadable":
      return withDetail(failure, `it may have been done; reading it back failed with ${look.reason}`);
    case "absent":
      return withDetail(failure, "read back: the array holds no such credential");
    case "held":
      return withDetail(failure, "read back: the array does not show what was written");
    default:
      return unreachable(look);
  }
}
