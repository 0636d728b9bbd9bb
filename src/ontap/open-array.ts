import type { ArrayCalls, Login, OpenArray, Requester } from "../array/port.ts";
import type { Clock } from "../std/clock.ts";
import type { SecretText } from "../std/secret-text.ts";
import { unreachable } from "../std/unreachable.ts";
import { createExchange, type Exchange } from "./exchange.ts";
import { measure } from "./measure.ts";
import { createSecretMemory } from "./recent-secrets.ts";
import { readClusterFrom, readCredentialFrom, readCredentialsFrom, readSvmsFrom } from "./reads.ts";
import { limitRequests, obeyRetryAfter, passGate, stopAfterUnauthorized } from "./request-limits.ts";
import type { OpenTransport } from "./send.ts";
import { change, create, remove } from "./writes.ts";

export interface OpenArrayDeps {
  readonly clock: Clock;
  /** HTTPS in production; simulations bring a `send` of their own. */
  readonly openTransport: OpenTransport;
}

/**
 * Opens arrays over ONTAP's REST API. Nothing is sent before the first call.
 *
 * A request passes these layers, from the outside in:
 * 1. `exchange` makes JSON of the answer, or a failure with a meaning;
 * 2. `limitRequests` waits for a place among the requests under way, namespace by namespace, changes first;
 * 3. `obeyRetryAfter` waits out a pause that the array asked for;
 * 4. `stopAfterUnauthorized` answers in the array's place after it has refused the login;
 * 5. `passGate` waits for a place among all requests of this login, whichever array object sends them;
 * 6. `measure` counts what goes out;
 * 7. `send` of the transport: HTTPS, one more try on a connection that died when it was used again, and the fence before
 *    each write.
 */
export function createOpenArray({ clock, openTransport }: OpenArrayDeps): OpenArray {
  const rememberSecrets = createSecretMemory();
  return (access, meter) => {
    const transport = openTransport(access);
    const measured = measure(transport.send, clock, meter);
    const guarded = stopAfterUnauthorized(access.gate === undefined ? measured : passGate(measured, access.gate));
    const send = limitRequests(obeyRetryAfter(guarded.send, clock), access.maxConcurrentRequests);
    const secrets = rememberSecrets(access.endpoint, secretsOf(access.login));
    const callsFor = (from: Requester): ArrayCalls => callsOver(createExchange({ send, from, secrets }));
    return {
      ...callsFor(theConnection),
      as: callsFor,
      loginRefusals: guarded.loginRefusals,
      close: transport.close,
    };
  };
}

/** Its probes tell whether anything works, so they wait behind no resync. */
const theConnection: Requester = { namespace: "", urgency: "change" };

function callsOver(exchange: Exchange): ArrayCalls {
  return {
    cluster: (signal) => readClusterFrom(exchange, signal),
    svms: (signal) => readSvmsFrom(exchange, signal),
    credentials: (svm, signal) => readCredentialsFrom(exchange, svm, signal),
    credential: (id, signal) => readCredentialFrom(exchange, id, signal),
    createCredential: (id, creation, signal) => create(exchange, id, creation, signal),
    changeCredential: (id, wanted, signal) => change(exchange, id, wanted, signal),
    removeCredential: (id, signal) => remove(exchange, id, signal),
  };
}

/** What of a login goes over the wire, and might come back: the key of a client certificate never does. */
function secretsOf(login: Login): readonly SecretText[] {
  switch (login.method) {
    case "basic":
      return [login.password];
    case "bearerToken":
      return [login.token];
    case "clientCertificate":
      return [];
    default:
      return unreachable(login);
  }
}
