import type { Login, OpenArray } from "../array/port.ts";
import type { Clock } from "../std/clock.ts";
import type { SecretText } from "../std/secret-text.ts";
import { unreachable } from "../std/unreachable.ts";
import { createExchange } from "./exchange.ts";
import { govern } from "./governor.ts";
import { measure } from "./measure.ts";
import { readClusterFrom, readCredentialFrom, readCredentialsFrom, readSvmsFrom } from "./reads.ts";
import type { OpenTransport } from "./send.ts";
import { change, create, remove } from "./writes.ts";

export interface OpenArrayDeps {
  readonly clock: Clock;
  /** HTTPS in production; simulations bring a `send` of their own. */
  readonly openTransport: OpenTransport;
}

/** Opens arrays over ONTAP's REST API. Nothing is sent before the first call. */
export function createOpenArray({ clock, openTransport }: OpenArrayDeps): OpenArray {
  return (access, meter) => {
    const { send, close } = openTransport(access);
    const { send: governed, loginRefusals } = govern(measure(send, clock, meter), {
      clock,
      maxConcurrentRequests: access.maxConcurrentRequests,
    });
    const exchange = createExchange(governed, secretOf(access.login));
    return {
      cluster: (signal) => readClusterFrom(exchange, signal),
      svms: (signal) => readSvmsFrom(exchange, signal),
      credentials: (svm, signal) => readCredentialsFrom(exchange, svm, signal),
      credential: (id, signal) => readCredentialFrom(exchange, id, signal),
      createCredential: (id, creation, signal) => create(exchange, id, creation, signal),
      changeCredential: (id, wanted, signal) => change(exchange, id, wanted, signal),
      removeCredential: (id, signal) => remove(exchange, id, signal),
      loginRefusals,
      close,
    };
  };
}

function secretOf(login: Login): SecretText {
  switch (login.method) {
    case "basic":
      return login.password;
    case "clientCertificate":
      return login.keyPem;
    case "bearerToken":
      return login.token;
    default:
      return unreachable(login);
  }
}
