import { describe, expect, onTestFinished, test } from "vitest";
import type { ClusterAccess } from "../../src/kube/access.ts";
import { createKubeTransport, type KubeTransport } from "../../src/kube/transport.ts";
import { SecretText } from "../../src/std/secret-text.ts";
import { createManualClock, type ManualClock } from "../harness/manual-clock.ts";
import { httpAnswer, startRawServer } from "../ontap/raw-server.ts";

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

/** A transport to a server that does with each request what a test wants. */
async function serverThat(
  respond: Parameters<typeof startRawServer>[0],
  authorization: ClusterAccess["authorization"] = () => Promise.resolve(undefined),
): Promise<Served> {
  const server = await startRawServer(respond);
  const access: ClusterAccess = {
    server: server.url,
    tls: { ca: server.caPem, cert: undefined, key: undefined, serverName: undefined, skipVerify: false },
    authorization,
    namespace: "default",
  };
  const clock = createManualClock();
  const transport = createKubeTransport(access, clock);
  onTestFinished(async () => {
    await transport.close();
    await server[Symbol.asyncDispose]();
  });
  return { transport, clock };
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
    () => Promise.resolve(new SecretText(`Bearer ${token.onDisk}`)),
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
