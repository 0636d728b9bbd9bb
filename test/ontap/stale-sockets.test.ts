import { setImmediate } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";

import type { CredentialId } from "../../src/array/identifiers.ts";
import type { OntapArray } from "../../src/array/port.ts";
import { accessTo, initiator, openArray, outcomeOf, pair, signal } from "./array-on-simulator.ts";
import { httpAnswer, startRawServer, type RawServer } from "../../tools/harness/raw-server.ts";

/** An array closes an idle connection in the very moment in which a request goes out over it. */

const id = { svm: "02c9e252-41be-11e9-81d5-00a0986138f7", initiator } as CredentialId;
const record = { svm: { uuid: id.svm }, initiator, authentication_type: "chap", chap: { inbound: { user: "in" } } };
const whole = httpAnswer(200, JSON.stringify({ ...record, records: [] }));

const deaths: Readonly<Record<string, (socket: TLSSocket) => void>> = {
  "an orderly end": (socket) => void socket.end(),
  "a destroyed socket": (socket) => void socket.destroy(),
  "a reset": (socket) => {
    const { _parent: raw } = socket as unknown as { readonly _parent: { resetAndDestroy(): void } };
    raw.resetAndDestroy();
  },
};

/** Each connection answers so many requests, then dies of the next. */
async function serverThatDies(
  death: (socket: TLSSocket) => void,
  answered: number,
): Promise<{ readonly server: RawServer; readonly asked: string[] }> {
  const asked: string[] = [];
  const served = new WeakMap<TLSSocket, number>();
  const server = await startRawServer((socket, request) => {
    asked.push(request.split(" ", 1)[0] ?? "");
    const times = served.get(socket) ?? 0;
    served.set(socket, times + 1);
    if (times >= answered) death(socket);
    else socket.write(whole);
  });
  return { server, asked };
}

const calls = {
  GET: (array: OntapArray) => array.credential(id, signal),
  PATCH: (array: OntapArray) =>
    array.changeCredential(
      id,
      { authentication: { type: "chap", inbound: pair("in"), outbound: undefined }, addresses: undefined },
      signal,
    ),
  DELETE: (array: OntapArray) => array.removeCredential(id, signal),
} as const;

describe.each(Object.entries(deaths))("%s", (_, death) => {
  test.each(["GET", "PATCH"] as const)("a %s goes out once more, at once", async (verb) => {
    const { server, asked } = await serverThatDies(death, 1);
    await using open = server;
    const trust = { caPem: open.caPem, serverName: undefined, insecureSkipVerify: false };
    const array = openArray(accessTo(open.url, { trust, maxConcurrentRequests: 1 }));
    await array.svms(signal);
    await setImmediate();
    expect(outcomeOf(await calls[verb](array))).toBe("done");
    expect([asked, open.connections()]).toEqual([["GET", verb, verb], 2]);
    await array.close();
  });

  test("a DELETE does not: the array may have seen it, so it is looked for", async () => {
    const { server, asked } = await serverThatDies(death, 1);
    await using open = server;
    const trust = { caPem: open.caPem, serverName: undefined, insecureSkipVerify: false };
    const array = openArray(accessTo(open.url, { trust, maxConcurrentRequests: 1 }));
    await array.svms(signal);
    await setImmediate();
    expect(outcomeOf(await calls.DELETE(array))).toMatch(/^ConnectionLost: read back/);
    expect(asked).toEqual(["GET", "DELETE", "GET"]);
    await array.close();
  });

  test("on a fresh connection it is a lost connection", async () => {
    const { server, asked } = await serverThatDies(death, 0);
    await using open = server;
    const trust = { caPem: open.caPem, serverName: undefined, insecureSkipVerify: false };
    const array = openArray(accessTo(open.url, { trust, maxConcurrentRequests: 1 }));
    expect(outcomeOf(await calls.GET(array))).toBe("ConnectionLost");
    expect(asked).toEqual(["GET"]);
    await array.close();
  });
});
