import { describe, expect, test } from "vitest";

import type { OntapArray } from "../../src/array/port.ts";
import { accessTo, openArray, outcomeOf, signal, startArrayOnSimulator } from "./array-on-simulator.ts";
import { httpAnswer, startRawServer } from "../../tools/harness/raw-server.ts";

/** Answers that no ONTAP gives: each is a failure with a meaning, within the time that a request may take. */

async function ask(respond: Parameters<typeof startRawServer>[0], requestTimeoutMs = 400): Promise<string> {
  await using server = await startRawServer(respond);
  const trust = { caPem: server.caPem, serverName: undefined, insecureSkipVerify: false };
  const array = openArray(accessTo(server.url, { trust, requestTimeoutMs }));
  const started = performance.now();
  const outcome = outcomeOf(await array.svms(signal));
  expect(performance.now() - started).toBeLessThan(requestTimeoutMs + 400);
  await array.close();
  return outcome;
}

const whole = '{"records":[],"num_records":0}';
const megabyte = "x".repeat(1024 * 1024);

describe("an answer of another kind", () => {
  test.each([
    ["HTML with a good status", httpAnswer(200, "<html>Log in</html>"), /^AnswerUnreadable: HTTP 200/],
    ["nothing with a good status", httpAnswer(200, ""), /^AnswerUnreadable/],
    ["204", httpAnswer(204, ""), /^AnswerUnexpected: HTTP 204/],
    ["a job", httpAnswer(202, '{"job":{"uuid":"1"}}'), /^AnswerUnexpected: HTTP 202/],
    ["half a JSON", httpAnswer(200, '{"records":['), /^AnswerUnreadable/],
    ["JSON that is no object", httpAnswer(200, "[]"), /^AnswerUnexpected: the body is not as documented/],
    ["JSON null", httpAnswer(200, "null"), /^AnswerUnexpected/],
    ["an object without records", httpAnswer(200, "{}"), /^AnswerUnexpected: records/],
    ["bytes that are no UTF-8", httpAnswer(200, Buffer.from([0xff, 0xfe, 0x80])), /^AnswerUnreadable/],
    ["a redirect", httpAnswer(302, "", { location: "https://127.0.0.1:1/api/x" }), /^Redirected/],
    ["an HTML 404", httpAnswer(404, "<html>"), /^NothingThere/],
    ["an HTML 401", httpAnswer(401, "<html>"), /^LoginRefused/],
    ["an HTML 429", httpAnswer(429, "<html>", { "retry-after": "1" }), /^TooManyRequests/],
    ["an HTML 503", httpAnswer(503, "<html>"), /^ServiceUnavailable/],
    ["an unknown status", httpAnswer(599, "<html>"), /^UnknownServerError/],
    ["no HTTP at all", Buffer.from("220 smtp.example.com ESMTP\r\n"), /^AnswerUnreadable/],
    [
      "two lengths",
      Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n{}\r\n`),
      /^AnswerUnreadable/,
    ],
    ["headers without end", Buffer.from(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(64 * 1024)}\r\n\r\n`), /^AnswerTooLarge/],
    ["an error in a 200", httpAnswer(200, '{"error":{"code":"8","message":"busy"}}'), /^ResourceBusy/],
    ["a whole answer", httpAnswer(200, whole), /^done/],
  ])("%s", async (_, bytes, outcome) => {
    expect(await ask((socket) => socket.write(bytes))).toMatch(outcome);
  });

  test("deep JSON does not exhaust the stack", async () => {
    const deep = `{"records":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    expect(await ask((socket) => socket.write(httpAnswer(200, deep)), 2000)).toMatch(
      /^AnswerTooLarge: nested too deep/,
    );
  });

  test("an answer of nothing but empty objects is not made into a million of them", async () => {
    const bomb = `{"records":[${"{},".repeat(600_000)}{}]}`;
    expect(await ask((socket) => socket.write(httpAnswer(200, bomb)), 2000)).toMatch(
      /^AnswerTooLarge: .*too many values/,
    );
  });
});

describe("an answer that does not end well", () => {
  test("cut within its headers", async () => {
    expect(await ask((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-le"))).toBe("ConnectionLost");
  });

  test("cut within its body", async () => {
    const bytes = httpAnswer(200, whole);
    expect(await ask((socket) => socket.end(bytes.subarray(0, -5)))).toBe("ConnectionLost");
  });

  test("no answer at all", async () => {
    expect(await ask((socket) => socket.end())).toBe("ConnectionLost");
    expect(await ask((socket) => socket.destroy())).toBe("ConnectionLost");
  });

  test("silence", async () => {
    expect(await ask(() => undefined)).toBe("AnswerTimeout: no whole answer within 400 ms");
  });

  test("headers, then silence", async () => {
    const bytes = httpAnswer(200, whole);
    expect(await ask((socket) => socket.write(bytes.subarray(0, -whole.length)))).toMatch(/^AnswerTimeout/);
  });

  test("a byte now and then", async () => {
    const bytes = httpAnswer(200, whole);
    const drip = (socket: { write: (chunk: Buffer) => boolean; destroyed: boolean }): void => {
      let sent = 0;
      const timer = setInterval(() => {
        if (socket.destroyed || sent === bytes.length) clearInterval(timer);
        else socket.write(bytes.subarray(sent, (sent += 1)));
      }, 20);
    };
    expect(await ask(drip)).toMatch(/^AnswerTimeout/);
  });

  test("more than any answer, announced or not", async () => {
    const flood = (chunked: boolean) => (socket: { write: (chunk: string) => boolean; destroyed: boolean }) => {
      const length = chunked ? "transfer-encoding: chunked" : `content-length: ${64 * megabyte.length}`;
      socket.write(`HTTP/1.1 200 OK\r\n${length}\r\n\r\n`);
      const chunk = chunked ? `100000\r\n${megabyte}\r\n` : megabyte;
      for (let sent = 0; sent < 20 && !socket.destroyed; sent += 1) socket.write(chunk);
    };
    expect(await ask(flood(false), 5000)).toBe("AnswerTooLarge: more than 2097152 bytes");
    expect(await ask(flood(true), 5000)).toBe("AnswerTooLarge: more than 2097152 bytes");
  });
});

test("many arrays that answer slowly and at length crowd out each other, and not an array of short answers", async () => {
  const half = megabyte.repeat(2).slice(0, -1);
  await using hostile = await startRawServer((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${2 * megabyte.length}\r\n\r\n`);
    socket.write(half);
  });
  await using honest = await startRawServer((socket) => socket.write(httpAnswer(200, whole)));
  const accessOf = ({ url, caPem }: { url: string; caPem: string }) =>
    accessTo(url, { trust: { caPem, serverName: undefined, insecureSkipVerify: false }, requestTimeoutMs: 3000 });
  const arrays = Array.from({ length: 12 }, () => openArray(accessOf(hostile)));
  const hanging = arrays.map((array) => array.svms(signal).then(outcomeOf));
  const [first] = await Promise.all([Promise.any(hanging), openArray(accessOf(honest)).svms(signal).then(outcomeOf)]);
  expect(first).toBe("TooManyAnswers");
  const outcomes = await Promise.all(hanging);
  expect(outcomes.filter((outcome) => outcome === "TooManyAnswers").length).toBeGreaterThanOrEqual(4);
  expect(outcomes.filter((outcome) => outcome.startsWith("AnswerTimeout")).length).toBeGreaterThanOrEqual(7);
});

test.each(["https://[::::]", "https://", "https://a b"])("%s is not an endpoint", async (endpoint) => {
  expect(outcomeOf(await openArray(accessTo(endpoint)).svms(signal))).toBe("EndpointInvalid");
});

describe("the simulator's own faults", () => {
  const cases = [
    ["a truncated answer", { effect: "truncate", bytes: 10 }, "ConnectionLost"],
    ["a slow answer", { effect: "drip", bytesPerSecond: 20 }, /^AnswerTimeout/],
    ["a hanging array", { effect: "hang" }, /^AnswerTimeout/],
    ["a reset", { effect: "reset" }, "ConnectionLost"],
    ["a proxy's page", { effect: "body", status: 502, text: "<html>" }, "BadGateway"],
    ["numbers for codes", { effect: "error", code: "262160" }, "TooManyRequests"],
    ["a failover", { effect: "error", code: "393271" }, "FailoverUnderWay"],
    ["a locked SVM", { effect: "error", code: "2621573" }, "SvmLocked"],
  ] as const;
  test.each(cases)("%s", async (_, fault, outcome) => {
    await using world = await startArrayOnSimulator();
    const array = world.open({ requestTimeoutMs: 400 });
    await world.simulator.sideDoor.addFault({ effect: "numeric-code" });
    await world.simulator.sideDoor.addFault({ ...fault, times: 1 });
    expect(outcomeOf(await array.svms(signal))).toMatch(outcome);
    expect(outcomeOf(await array.svms(signal))).toBe("done");
  });

  test("a pause that ONTAP asks for is kept by all callers", async () => {
    await using world = await startArrayOnSimulator();
    await world.simulator.sideDoor.addFault({ effect: "error", code: "262160", retryAfterSeconds: 1, times: 1 });
    const first = await world.array.svms(signal);
    expect(first).toMatchObject({ ok: false, error: { retryAfterMs: 1000, meaning: { reason: "TooManyRequests" } } });
    const paused = performance.now();
    const reads: readonly (keyof OntapArray & ("svms" | "cluster"))[] = ["svms", "cluster", "svms"];
    const outcomes = await Promise.all(reads.map(async (read) => outcomeOf(await world.array[read](signal))));
    expect(outcomes).toEqual(["done", "done", "done"]);
    expect(performance.now() - paused).toBeGreaterThanOrEqual(950);
  });
});

test("a connection is given up before the array closes it, and used again until then", async () => {
  let requests = 0;
  await using server = await startRawServer((socket) => {
    requests += 1;
    socket.write(httpAnswer(200, whole, { "keep-alive": "timeout=3, max=100" }));
  });
  const trust = { caPem: server.caPem, serverName: undefined, insecureSkipVerify: false };
  const array = openArray(accessTo(server.url, { trust }));
  await array.svms(signal);
  // A connection is free for the next request a moment after the answer.
  await new Promise((resolve) => setImmediate(resolve));
  await array.svms(signal);
  expect([requests, server.connections()]).toEqual([2, 1]);
  await new Promise((resolve) => setTimeout(resolve, 1600));
  await array.svms(signal);
  expect([requests, server.connections()]).toEqual([3, 2]);
  await array.close();
});
