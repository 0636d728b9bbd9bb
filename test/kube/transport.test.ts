import { once } from "node:events";
import { createServer } from "node:http";
import { connect as connectTo, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ClusterAccess, ClusterTls } from "../../src/kube/access.ts";
import { tunnelThrough } from "../../src/kube/tunnel.ts";
import { createKubeTransport, type KubeTransport } from "../../src/kube/transport.ts";
import { createAuthority } from "../../src/simulator/certificates.ts";
import { SecretText } from "../../src/std/secret-text.ts";
import { createManualClock, type ManualClock } from "../harness/manual-clock.ts";
import { httpAnswer, startRawServer } from "../../tools/harness/raw-server.ts";

/** How we prove who we are to an API server, whose tokens live for an hour and are renewed on disk. */

const signal = new AbortController().signal;
const refused = '{"kind":"Status","message":"Unauthorized","code":401}';

interface Stage {
  readonly transport: KubeTransport;
  readonly clock: ManualClock;
  /** The tokens that came since this was last asked. */
  readonly came: () => readonly string[];
  /** What kubelet writes into the file. */
  readonly onDisk: (token: string) => void;
  /** The API server takes this one and no other. */
  readonly believe: (token: string) => void;
}

interface Served {
  readonly transport: KubeTransport;
  readonly clock: ManualClock;
}

const tlsOf = (ca: string): ClusterTls => ({
  ca,
  cert: undefined,
  key: undefined,
  serverName: undefined,
  skipVerify: false,
});

/** A transport to a server that does with each request what a test wants, reached as `change` says. */
async function serverThat(
  respond: Parameters<typeof startRawServer>[0],
  change: (access: ClusterAccess) => Partial<ClusterAccess> = () => ({}),
): Promise<Served> {
  const server = await startRawServer(respond);
  const direct: ClusterAccess = {
    server: server.url,
    tunnel: undefined,
    tls: tlsOf(server.caPem),
    readTls: () => Promise.resolve(tlsOf(server.caPem)),
    authorization: () => Promise.resolve(undefined),
    namespace: "default",
  };
  const access = { ...direct, ...change(direct) };
  const clock = createManualClock();
  const transport = createKubeTransport(access, clock);
  onTestFinished(async () => {
    await transport.close();
    await server[Symbol.asyncDispose]();
  });
  return { transport, clock };
}

/** An HTTP proxy that tunnels, or answers what a test wants, and keeps what it was asked. */
async function startProxy(refusal?: string): Promise<{ readonly port: number; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const sockets = new Set<Duplex>();
  const proxy = createServer();
  proxy.on("connect", ({ url = "", headers }, socket) => {
    asked.push([`CONNECT ${url} HTTP`, ...Object.entries(headers).map((field) => field.join(": "))].join("\n"));
    sockets.add(socket);
    if (refusal !== undefined) {
      socket.end(refusal);
      return;
    }
    const { hostname, port } = new URL(`http://${url}`);
    const onward = connectTo(Number(port), hostname, () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    sockets.add(onward);
    for (const end of [socket, onward]) end.on("error", () => undefined);
    socket.pipe(onward).pipe(socket);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  return { port: (proxy.address() as AddressInfo).port, asked };
}

/** At first the token on disk is the one that counts. */
async function stage(): Promise<Stage> {
  const token = { onDisk: "first", believed: "first" };
  let came: string[] = [];
  const { transport, clock } = await serverThat(
    (socket, request) => {
      const shown = /^authorization: Bearer (.*)$/im.exec(request)?.[1]?.trim() ?? "none";
      came.push(shown);
      socket.write(shown === token.believed ? httpAnswer(200, "{}") : httpAnswer(401, refused));
    },
    () => ({ authorization: () => Promise.resolve(new SecretText(`Bearer ${token.onDisk}`)) }),
  );
  return {
    transport,
    clock,
    came() {
      const seen = came;
      came = [];
      return seen;
    },
    onDisk: (next) => void (token.onDisk = next),
    believe: (next) => void (token.believed = next),
  };
}

const get = { method: "GET", path: "/api" } as const;
const whole = { ok: true, value: {} };

describe("a token", () => {
  test.each(["send", "stream"] as const)(
    "that ended is read again, and the request made once more: %s",
    async (how) => {
      const { transport, came, onDisk, believe } = await stage();
      expect(await transport.send(get, signal)).toEqual(whole);
      onDisk("second");
      believe("second");
      expect((await transport[how](get, signal)).ok).toBe(true);
      expect(await transport.send(get, signal)).toEqual(whole);
      expect(came()).toEqual(["first", "first", "second", "second"]);
    },
  );

  test("that is no better when read again is a failure in the server's words; the next request reads it again", async () => {
    const { transport, came, onDisk, believe } = await stage();
    await transport.send(get, signal);
    believe("second");
    const reply = await transport.send(get, signal);
    expect(reply).toMatchObject({ ok: false, error: { problem: "unauthorized", message: "Unauthorized" } });
    expect(came()).toEqual(["first", "first", "first"]);
    onDisk("second");
    expect(await transport.send(get, signal)).toEqual(whole);
    expect(came()).toEqual(["second"]);
  });

  test("is read again every minute, since a new one is on disk long before the old one ends", async () => {
    const { transport, clock, came, onDisk, believe } = await stage();
    await transport.send(get, signal);
    onDisk("second");
    await transport.send(get, signal);
    believe("second");
    await clock.pass(60_001);
    await transport.send(get, signal);
    expect(came()).toEqual(["first", "first", "second"]);
  });
});

test.each([
  { status: 429, header: "30", ms: 30_000 },
  { status: 503, header: "5", ms: 5000 },
  { status: 409, header: "1", ms: 1000 },
  { status: 503, header: "Tue, 14 Nov 2023 22:15:20 GMT", ms: 120_000 },
  { status: 429, header: "86400", ms: 600_000 },
  { status: 500, header: undefined, ms: undefined },
])("an answer $status with Retry-After $header asks to wait $ms ms", async ({ status, header, ms }) => {
  const headers = header === undefined ? {} : { "retry-after": header };
  const { transport } = await serverThat((socket) => socket.write(httpAnswer(status, "{}", headers)));
  expect(await transport.send(get, signal)).toMatchObject({
    ok: false,
    error: { httpStatus: status, retryAfterMs: ms },
  });
});

const pathOf = (request: string): string => request.split(" ")[1] ?? "";

describe("on the way to the API server", () => {
  test("the path of the server stands before every other, with its query", async () => {
    const asked: string[] = [];
    const { transport } = await serverThat(
      (socket, request) => {
        asked.push(pathOf(request));
        socket.write(httpAnswer(200, "{}"));
      },
      ({ server }) => ({ server: `${server}/k8s/clusters/c-m-abc` }),
    );
    await transport.send({ ...get, query: { labelSelector: "a in (b, c)" } }, signal);
    const stream = await transport.stream({ ...get, query: { watch: "true" } }, signal);
    expect(stream.ok).toBe(true);
    expect(asked).toEqual([
      "/k8s/clusters/c-m-abc/api?labelSelector=a+in+%28b%2C+c%29",
      "/k8s/clusters/c-m-abc/api?watch=true",
    ]);
    expect(await transport.send(get, signal)).toMatchObject({ ok: true });
  });

  test("a proxy opens a tunnel for requests and watches, and sees no token", async () => {
    const proxy = await startProxy();
    const { transport } = await serverThat(
      (socket) => socket.write(httpAnswer(200, "{}")),
      () => ({ tunnel: tunnelThrough(new URL(`http://user:p%40ss@127.0.0.1:${proxy.port}`)) }),
    );
    expect(await transport.send(get, signal)).toEqual(whole);
    expect((await transport.stream(get, signal)).ok).toBe(true);
    expect(proxy.asked).toHaveLength(2);
    for (const head of proxy.asked) {
      expect(head).toMatch(/^CONNECT 127\.0\.0\.1:\d+ HTTP/);
      expect(head).toContain(`proxy-authorization: Basic ${Buffer.from("user:p@ss").toString("base64")}`);
    }
  });

  test("a proxy that refuses is a failure that says so, without its password", async () => {
    const proxy = await startProxy("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const { transport } = await serverThat(
      (socket) => socket.write(httpAnswer(200, "{}")),
      () => ({ tunnel: tunnelThrough(new URL(`http://user:canary@127.0.0.1:${proxy.port}`)) }),
    );
    const reply = await transport.send(get, signal);
    expect(reply).toMatchObject({ ok: false, error: { problem: "unreachable", message: "PROXY_ANSWERED_407" } });
  });

  test.each(["send", "stream"] as const)("an authority that was replaced is read again: %s", async (how) => {
    const other = await createAuthority({ commonName: "the authority before" });
    const { transport } = await serverThat(
      (socket) => socket.write(httpAnswer(200, "{}")),
      () => ({ tls: tlsOf(other.certificatePem) }),
    );
    expect((await transport[how](get, signal)).ok).toBe(true);
  });

  test("an authority that is no better when read again is a failure", async () => {
    const other = await createAuthority({ commonName: "another authority" });
    const { transport } = await serverThat(
      (socket) => socket.write(httpAnswer(200, "{}")),
      () => ({ tls: tlsOf(other.certificatePem), readTls: () => Promise.resolve(tlsOf(other.certificatePem)) }),
    );
    const reply = await transport.send(get, signal);
    expect(reply).toMatchObject({ ok: false, error: { problem: "unreachable" } });
  });
});

describe("a connection that ends before a byte of the answer", () => {
  const sent = { ...get, method: "PATCH", body: { a: 1 } } as const;
  test.each([
    { method: "GET", repeated: true },
    { method: "PATCH", repeated: true },
    { method: "PUT", repeated: true },
    { method: "POST", repeated: false },
    { method: "DELETE", repeated: false },
  ] as const)("$method is sent once more: $repeated", async ({ method, repeated }) => {
    const asked: string[] = [];
    const { transport } = await serverThat((socket, request) => {
      asked.push(request.split(" ")[0] ?? "");
      if (asked.length === 2) socket.destroy();
      else socket.write(httpAnswer(200, "{}"));
    });
    await transport.send(get, signal);
    const reply = await transport.send({ ...sent, method }, signal);
    expect(reply.ok).toBe(repeated);
    expect(asked).toEqual(["GET", method, ...(repeated ? [method] : [])]);
  });

  test("once only, and not after a part of the answer", async () => {
    let asked = 0;
    let say = "";
    const { transport } = await serverThat((socket) => {
      asked += 1;
      socket.write(say, () => socket.destroy());
    });
    expect(await transport.send(get, signal)).toMatchObject({ ok: false, error: { problem: "unreachable" } });
    expect(asked).toBe(2);
    say = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"half":';
    await transport.send(get, signal);
    expect(asked).toBe(3);
  });
});

test("an answer that is larger than we take at once is a failure of its own", async () => {
  const { transport } = await serverThat((socket) => socket.write(httpAnswer(200, `"${"x".repeat(17_000_000)}"`)));
  expect(await transport.send(get, signal)).toMatchObject({ ok: false, error: { problem: "too-large" } });
});
