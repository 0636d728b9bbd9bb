import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startHealthServer, type HealthServer } from "../../src/health/server.ts";

/** Clients that mean no good, or hang, must not cost a pod its life: /livez answers within a second all the time. */

const bigPage = "ontap_iscsi_leader 1\n".repeat(400_000);
let server: HealthServer;
let sockets: Socket[];

beforeEach(async () => {
  sockets = [];
  server = await startHealthServer({
    host: "127.0.0.1",
    port: 0,
    pages: { "/livez": () => ({ status: 200, text: "ok" }), "/metrics": () => ({ status: 200, text: bigPage }) },
    onDefect: (_page, error) => {
      throw error;
    },
  });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await server.close();
});

async function open(send: string): Promise<Socket> {
  const [host = "", port = ""] = server.address.split(":");
  const socket = connect(Number(port), host);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  if (send !== "") socket.write(send);
  sockets.push(socket);
  return socket;
}

/** As kubelet asks: on a socket of its own. Resolves to the milliseconds until the whole answer was there. */
async function probe(): Promise<number> {
  const startedMs = performance.now();
  const request = get(`http://${server.address}/livez`, { agent: false });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const text = (await response.toArray()).join("");
  expect(text).toBe("ok");
  return performance.now() - startedMs;
}

describe("livez answers within a second beside 200 sockets", () => {
  test.each([
    { because: "that send nothing", send: "" },
    { because: "that send half a request", send: "GET /livez HTTP/1.1\r\nHost: a\r\n" },
    { because: "that do not read their scrape", send: "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n" },
    {
      because: "that announce a body and do not send it",
      send: "POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
    },
  ])("$because", async ({ send }) => {
    for (let opened = 0; opened < 200; opened += 1) (await open(send)).pause();
    for (let round = 0; round < 10; round += 1) {
      expect(await probe()).toBeLessThan(1000);
      // They come again, as fast as they are closed.
      for (let opened = 0; opened < 20; opened += 1) (await open(send)).pause();
      await sleep(100);
    }
  });
});

test("a socket on which nothing happens is closed after five seconds", async () => {
  const socket = await open("GET /livez HTTP/1.1\r\n");
  const startedMs = performance.now();
  socket.resume();
  await once(socket, "close");
  expect(performance.now() - startedMs).toBeLessThan(7000);
});
