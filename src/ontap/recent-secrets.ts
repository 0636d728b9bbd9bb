import type { Authentication } from "../array/credential.ts";
import { createRedactor, type Redactor } from "../std/redact.ts";
import type { SecretText } from "../std/secret-text.ts";
import { passwordsOf } from "./request-bodies.ts";

/**
 * What was sent to one array lately, so that an answer that quotes an earlier request shows nothing either. In memory
 * only, and gone with the session.
 */
export interface RecentSecrets {
  /** To be told before each write. */
  sent(authentication: Authentication | undefined): void;
  /** Hides the login and what was sent. A user name that we have sent ourselves stays, also if it is a password elsewhere. */
  readonly redactor: () => Redactor;
}

/** Enough for the requests that an array may mix up; few enough to search for in every answer. */
const mostRemembered = 32;

export function rememberSecrets(login: readonly SecretText[]): RecentSecrets {
  /** By value, oldest first. */
  const secrets = new Map<string, SecretText>();
  const users = new Set<string>();
  let redactor: Redactor | undefined;

  function create(): Redactor {
    const strict = createRedactor([...login, ...secrets.values()]);
    return {
      text: (text) => strict.text(text),
      names(given) {
        const clean = strict.names(given);
        return clean === given ? given : given.map((name, index) => (users.has(name) ? name : (clean[index] ?? name)));
      },
    };
  }

  return {
    sent(authentication) {
      if (authentication?.type !== "chap") return;
      for (const secret of passwordsOf(authentication)) renew(secrets, secret.reveal(), secret);
      for (const pair of [authentication.inbound, authentication.outbound])
        if (pair !== undefined) users.add(pair.user);
      trim(secrets);
      trim(users);
      redactor = undefined;
    },
    redactor: () => (redactor ??= create()),
  };
}

function renew<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  map.delete(key);
  map.set(key, value);
}

function trim(oldestFirst: Map<string, unknown> | Set<string>): void {
  for (const key of oldestFirst.keys()) {
    if (oldestFirst.size <= mostRemembered) return;
    oldestFirst.delete(key);
  }
}
