import { Pool } from "undici";

import { startMemorySimulator, type MemorySimulator } from "../../src/simulator/in-memory.ts";
import type { WorldOptions } from "../../src/simulator/stage.ts";
import { startSimulator, type Simulator, type SimulatorOptions } from "../../src/simulator/start.ts";
import { systemClock } from "../../src/std/clock.ts";

export const iqn = "iqn.1992-08.com.netapp:initiator1";
export const credentials = "/api/protocols/san/iscsi/credentials";
export const administrator = { user: "admin", password: "netapp1!" } as const;

export interface Call {
  readonly method?: string;
  /** Sent as it is: what `..`, `//` and `%2E` mean is the server's business. */
  readonly path: string;
  /** Sent as JSON, or as it is if it is text or bytes. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without it: the administrator. Null sends no Authorization at all. */
  readonly as?: { readonly user: string; readonly password: string } | null;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The parsed body; undefined if there is none or it is no JSON. */
  // Tests look into answers of any shape; a wrong look is a failing test.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** What a test asks an ONTAP, whatever carries it. */
export interface ApiHarness extends AsyncDisposable {
  readonly simulator: Pick<Simulator, "sideDoor">;
  readonly call: (call: Call) => Promise<Reply>;
  readonly get: (path: string, headers?: Call["headers"]) => Promise<Reply>;
  readonly post: (body: unknown, query?: string) => Promise<Reply>;
  readonly patch: (initiator: string, body: unknown, query?: string) => Promise<Reply>;
  readonly remove: (initiator: string, query?: string) => Promise<Reply>;
  /** The path of a credential of svm1. */
  readonly pathOf: (initiator: string) => string;
  readonly svm1: string;
  readonly svm2: string;
  readonly svm3: string;
}

export interface Harness extends ApiHarness {
  readonly simulator: Simulator;
}

const world = { svms: [{ name: "svm1" }, { name: "svm2" }, { name: "svm3", iscsi: false }], logins: [administrator] };

/** A simulator with svm1 and svm2, svm3 without iSCSI service, and one administrator; and a client that trusts it. */
export async function startHarness(options: Partial<SimulatorOptions> = {}): Promise<Harness> {
  const simulator = await startSimulator({ ...world, ...options }, { clock: systemClock });
  const pool = new Pool(simulator.url, { connections: 4, connect: { ca: simulator.caPem } });
  const harness = await harnessOver(simulator, (call) => send(pool, call));
  return {
    ...harness,
    simulator,
    async [Symbol.asyncDispose]() {
      await pool.destroy();
      await simulator.stop();
    },
  };
}

/** The same without HTTPS and sockets. */
export async function startMemoryHarness(options: Partial<WorldOptions> = {}): Promise<ApiHarness> {
  const simulator = await startMemorySimulator({ ...world, ...options }, { clock: systemClock });
  const harness = await harnessOver(simulator, (call) => sendInMemory(simulator, call));
  return {
    ...harness,
    async [Symbol.asyncDispose]() {
      simulator.stop();
    },
  };
}

async function harnessOver(
  simulator: Pick<Simulator, "sideDoor">,
  call: ApiHarness["call"],
): Promise<Omit<ApiHarness, keyof AsyncDisposable>> {
  const uuids = new Map((await simulator.sideDoor.svms()).map(({ name, uuid }) => [name, uuid]));
  const [svm1 = "", svm2 = "", svm3 = ""] = ["svm1", "svm2", "svm3"].map((name) => uuids.get(name));
  const pathOf = (initiator: string) => `${credentials}/${svm1}/${initiator}`;
  return {
    simulator,
    call,
    pathOf,
    svm1,
    svm2,
    svm3,
    get: (path, headers) => call({ path, ...(headers && { headers }) }),
    post: (body, query = "") => call({ method: "POST", path: credentials + query, body }),
    patch: (initiator, body, query = "") => call({ method: "PATCH", path: pathOf(initiator) + query, body }),
    remove: (initiator, query = "") => call({ method: "DELETE", path: pathOf(initiator) + query }),
  };
}

async function sendInMemory(
  simulator: MemorySimulator,
  { method = "GET", path, body, headers, as = administrator }: Call,
): Promise<Reply> {
  const isRaw = body === undefined || typeof body === "string" || body instanceof Uint8Array;
  const request = {
    method,
    target: path,
    headers: { ...(as && { authorization: basic(as) }), ...headers },
    ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
  };
  const reply = await simulator.send(request, AbortSignal.timeout(5000));
  if (reply.kind !== "answer") throw new Error(`closed: ${reply.kind}`);
  return { status: reply.status, headers: reply.headers, text: reply.body, body: parsed(reply.body) };
}

async function send(pool: Pool, { method = "GET", path, body, headers, as = administrator }: Call): Promise<Reply> {
  const isRaw = body === undefined || typeof body === "string" || body instanceof Uint8Array;
  const response = await pool.request({
    method,
    path,
    headers: { ...(as && { authorization: basic(as) }), ...headers },
    body: isRaw ? (body ?? null) : JSON.stringify(body),
    headersTimeout: 5000,
    bodyTimeout: 5000,
  });
  const text = await response.body.text();
  return { status: response.statusCode, headers: response.headers, text, body: parsed(text) };
}

export function basic({ user, password }: { readonly user: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The body of a POST that succeeds; what is given replaces or, as undefined, removes. */
export function aCredential(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    svm: { name: "svm1" },
    initiator: iqn,
    authentication_type: "chap",
    chap: { inbound: { user: "host1", password: "inbound-secret" } },
    ...changes,
  };
}
