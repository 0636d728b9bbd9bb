import { once } from "node:events";
import { connect } from "node:tls";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { administrator, aCredential, basic, credentials, iqn, startHarness, type Harness } from "./harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness[Symbol.asyncDispose]());

describe("a path", () => {
  beforeEach(() => harness.post(aCredential()));

  test.each([
    { because: "a raw colon, as Ansible sends it", path: (path: string) => path },
    { because: "an encoded colon, as the Python library sends it", path: (path: string) => path.replace(":", "%3A") },
    { because: "another case in the initiator", path: (path: string) => path.replace("netapp", "NetApp") },
    {
      because: "a doubled slash, as na_ontap_rest_info follows links",
      path: (path: string) => path.replace("/api/", "/api//"),
    },
    { because: "the pinned version", path: (path: string) => path.replace("/api/", "/api/v1/") },
    { because: "dot segments, which are removed", path: (path: string) => path.replace("/san/", "/./nas/../san/") },
  ])("finds the credential with $because", async ({ path }) => {
    expect((await harness.get(path(harness.pathOf(iqn)))).body.initiator).toBe(iqn);
  });

  test.each([
    { because: "decoded twice", path: (path: string) => path.replace(":", "%253A"), code: "4" },
    {
      because: "an encoded .. is a name and does not climb",
      path: (path: string) => `${path.replace(iqn, "")}%2E%2E`,
      code: "4",
    },
    {
      because: "an encoded slash is no separator",
      path: (path: string) => path.replace(`/${iqn}`, `%2F${iqn}`),
      code: "3",
    },
    { because: "without an initiator it is no collection", path: (path: string) => path.replace(iqn, ""), code: "3" },
    { because: "outside /api", path: (path: string) => path.replace("/api", ""), code: "3" },
  ])("finds nothing: $because", async ({ path, code }) => {
    expect((await harness.get(path(harness.pathOf(iqn)))).body.error.code).toBe(code);
  });

  test("of an absent record says which key leads nowhere", async () => {
    const noSvm = await harness.get(harness.pathOf(iqn).replace(harness.svm1, "no-such-uuid"));
    expect(noSvm.body.error).toEqual({ message: "entry doesn't exist", code: "4", target: "svm.uuid" });
    expect((await harness.get(harness.pathOf("eui.0123456789abcdef"))).body.error.target).toBe("initiator");
  });
});

describe("a connection", () => {
  /** Sends `count` requests over one TLS connection and gives all that came back, until the server closes it. */
  async function talk(count: number): Promise<{ text: string; ms: number }> {
    const { port } = new URL(harness.simulator.url);
    const socket = connect({ host: "127.0.0.1", port: Number(port), ca: harness.simulator.caPem });
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const request = `GET ${credentials} HTTP/1.1\r\nHost: simulator\r\nAuthorization: ${basic(administrator)}\r\n\r\n`;
    await once(socket, "secureConnect");
    socket.write(request.repeat(count));
    const since = performance.now();
    await once(socket, "end");
    return { text, ms: performance.now() - since };
  }

  test("is closed after 100 requests, as Keep-Alive says", async () => {
    const { text, ms } = await talk(100);
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(100);
    expect(text.match(/Connection: close/g)).toHaveLength(1);
    expect(ms).toBeLessThan(4000);
  });

  test("is closed after five idle seconds, as Keep-Alive says", async () => {
    const { text, ms } = await talk(1);
    expect(text).toContain("Keep-Alive: timeout=5, max=100");
    expect(ms).toBeGreaterThan(4500);
    expect(ms).toBeLessThan(8000);
  });

  test("needs TLS with a known authority", async () => {
    await expect(fetch(`${harness.simulator.url}/api/cluster`)).rejects.toThrow("fetch failed");
    await expect(fetch(`${harness.simulator.url.replace("https", "http")}/api/cluster`)).rejects.toThrow(
      "fetch failed",
    );
  });
});

describe("a simulator that cannot start", () => {
  test("gives back what it had taken", async () => {
    const taken = { host: "127.0.0.1", port: Number(new URL(harness.simulator.url).port) };
    const free = { host: "127.0.0.1", port: 0 };
    const listen = await (async () => {
      await using other = await startHarness({ listen: free });
      return { ...free, port: Number(new URL(other.simulator.url).port) };
    })();
    await expect(startHarness({ listen, sideDoor: taken })).rejects.toThrow("EADDRINUSE");
    await expect(startHarness({ listen, logins: [{ user: "x", svm: "svm9" }] })).rejects.toThrow(
      "there is no SVM svm9",
    );
    await using third = await startHarness({ listen });
    expect((await third.get("/api/cluster")).status).toBe(200);
  });
});

describe("two simulators with one seed", () => {
  test("have the same UUIDs; another seed has others, and a UUID can be given", async () => {
    const uuid = "7d1b0e0c-0000-4000-8000-000000000001";
    await using same = await startHarness();
    await using other = await startHarness({ seed: 2, svms: [{ name: "svm1" }, { name: "svm2", uuid }] });
    expect(same.svm1).toBe(harness.svm1);
    expect(other.svm1).not.toBe(harness.svm1);
    expect(other.svm2).toBe(uuid);
  });
});
