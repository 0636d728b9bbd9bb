import { ok, type Result } from "../../std/result.ts";
import type { Login } from "../model/cluster.ts";
import { hasFeature } from "../model/release.ts";
import type { World } from "../model/world.ts";
import { refuse, type ApiError } from "../wire/api-error.ts";

/** What a request brings to say who it is from. */
export interface Credentials {
  readonly authorization: string | undefined;
  /** Common name of a client certificate that the handshake has verified. */
  readonly certificateUser: string | undefined;
}

/** Observed: locked after five failures, counted over all clients of the user, without automatic unlocking. */
export const failuresUntilLocked = 5;

/**
 * The login behind a request. Every refusal is the same 401 with code 6691623 and the text "User is not authorized.":
 * unknown user, wrong password, locked account and expired token cannot be told apart, as observed on 9.18.1.
 */
export function authenticate(world: World, credentials: Credentials): Result<Login, ApiError> {
  const [scheme = "", value = ""] = credentials.authorization?.split(" ", 2) ?? [];
  switch (scheme.toLowerCase()) {
    case "basic":
      return withPassword(world, value);
    case "bearer":
      return withToken(world, value);
    default:
      return withCertificate(world, credentials.certificateUser);
  }
}

/** Who the request says it is from, true or not. */
export function claimedUser(world: World, { authorization, certificateUser }: Credentials): string | undefined {
  const [scheme = "", value = ""] = authorization?.split(" ", 2) ?? [];
  switch (scheme.toLowerCase()) {
    case "basic":
      return Buffer.from(value, "base64").toString("utf8").split(":", 1)[0];
    case "bearer":
      return world.cluster.tokens.get(value)?.user;
    default:
      return certificateUser;
  }
}

function withPassword(world: World, base64: string): Result<Login, ApiError> {
  const pair = Buffer.from(base64, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  const login = world.cluster.logins.get(colon < 0 ? pair : pair.slice(0, colon));
  if (login === undefined || login.locked) return refuse("6691623");
  if (login.password !== undefined && colon >= 0 && pair.slice(colon + 1) === login.password) {
    if (login.failureCount > 0) world.cluster.logins.set(login.user, { ...login, failureCount: 0 });
    return alive(world, login);
  }
  const failureCount = login.failureCount + 1;
  world.cluster.logins.set(login.user, { ...login, failureCount, locked: failureCount >= failuresUntilLocked });
  return refuse("6691623");
}

function withToken(world: World, text: string): Result<Login, ApiError> {
  const { version, tokens } = world.cluster;
  const token = hasFeature(version, "bearerTokens") ? tokens.get(text) : undefined;
  if (token === undefined || world.clock.now() >= token.expiresMs) return refuse("6691623");
  return alive(world, world.cluster.logins.get(token.user));
}

function withCertificate(world: World, user: string | undefined): Result<Login, ApiError> {
  const login = user === undefined ? undefined : world.cluster.logins.get(user);
  return login?.certificate === true && !login.locked ? alive(world, login) : refuse("6691623");
}

/** An SVM's logins die with it. */
function alive(world: World, login: Login | undefined): Result<Login, ApiError> {
  if (login === undefined) return refuse("6691623");
  const orphaned = login.svmUuid !== undefined && !world.cluster.svms.has(login.svmUuid);
  return orphaned ? refuse("6691623") : ok(login);
}
