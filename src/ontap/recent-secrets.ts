import type { Authentication } from "../array/credential.ts";
import { createRedactor, type Redactor } from "../std/redact.ts";
import type { SecretText } from "../std/secret-text.ts";
import { passwordsOf } from "./request-bodies.ts";

/**
 * What was sent to one array lately, so that an answer that quotes an earlier request shows nothing either. In memory
 * only.
 */
export interface RecentSecrets {
  /** To be told before each write. */
  sent(authentication: Authentication | undefined): void;
  /** Hides the login and what was sent. A user name that we have sent ourselves stays, also if it is a password elsewhere. */
  readonly redactor: () => Redactor;
}

/** The secrets that were sent to one endpoint, by whichever session, by value and oldest first. */
interface Sent {
  readonly secrets: Map<string, SecretText>;
  changes: number;
}

/** Enough for the requests that an array may mix up; few enough to search for in every answer. */
const mostRemembered = 32;
/** Beyond them the endpoint to which nothing was opened for longest is forgotten. */
const mostEndpoints = 256;

/**
 * Remembers by endpoint: a session ends when its login changes or is refused, and the array may still quote what an earlier
 * session has sent.
 */
export function createSecretMemory(): (endpoint: string, login: readonly SecretText[]) => RecentSecrets {
  const byEndpoint = new Map<string, Sent>();
  return (endpoint, login) => {
    const sent = byEndpoint.get(endpoint) ?? { secrets: new Map<string, SecretText>(), changes: 0 };
    renew(byEndpoint, endpoint, sent);
    trim(byEndpoint, mostEndpoints);
    return rememberSecrets(sent, login);
  };
}

function rememberSecrets(sent: Sent, login: readonly SecretText[]): RecentSecrets {
  const users = new Set<string>();
  let made: { readonly redactor: Redactor; readonly changes: number } | undefined;

  function remember(secrets: readonly SecretText[]): void {
    for (const secret of secrets) renew(sent.secrets, secret.reveal(), secret);
    trim(sent.secrets, mostRemembered);
    sent.changes += 1;
  }

  function create(): Redactor {
    const strict = createRedactor([...login, ...sent.secrets.values()]);
    return {
      text: (text) => strict.text(text),
      names(given) {
        const clean = strict.names(given);
        return clean === given ? given : given.map((name, index) => (users.has(name) ? name : (clean[index] ?? name)));
      },
    };
  }

  remember(login);
  return {
    sent(authentication) {
      if (authentication?.type !== "chap") return;
      remember(passwordsOf(authentication));
      for (const pair of [authentication.inbound, authentication.outbound])
        if (pair !== undefined) users.add(pair.user);
      trim(users, mostRemembered);
    },
    redactor() {
      if (made?.changes !== sent.changes) made = { redactor: create(), changes: sent.changes };
      return made.redactor;
    },
  };
}

function renew<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  map.delete(key);
  map.set(key, value);
}

function trim(oldestFirst: Map<string, unknown> | Set<string>, most: number): void {
  for (const key of oldestFirst.keys()) {
    if (oldestFirst.size <= most) return;
    oldestFirst.delete(key);
  }
}
