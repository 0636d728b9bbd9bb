import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { FaultInput } from "../../src/simulator/faults/fault.ts";
import { drawLatencyMs } from "../../src/simulator/faults/latency.ts";
import { seededRandom } from "../../src/simulator/faults/seeded-random.ts";
import { aCredential, credentials, iqn, startHarness, type Harness } from "./harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness[Symbol.asyncDispose]());

const strike = (fault: FaultInput) => harness.simulator.sideDoor.addFault(fault);
const act = (action: Parameters<Harness["simulator"]["sideDoor"]["act"]>[0]) => harness.simulator.sideDoor.act(action);
const sideDoor = () => harness.simulator.sideDoor;
const isStored = async () => (await sideDoor().credentials()).some(({ initiator }) => initiator === iqn);

describe("an error on command", () => {
  test.each([
    { code: "6691623", status: 401 },
    { code: "6", status: 403 },
    { code: "262160", status: 429 },
    { code: "7", status: 503 },
    { code: "8", status: 503 },
    { code: "65541", status: 500 },
    { code: "65552", status: 500 },
    { code: "65562", status: 500 },
    { code: "262145", status: 500 },
    { code: "262210", status: 500 },
    { code: "2621573", status: 400 },
    { code: "2621574", status: 400 },
    { code: "393271", status: 503 },
    { code: "262325", status: 400 },
  ])("$code comes with status $status, and nothing is changed", async ({ code, status }) => {
    await strike({ effect: "error", code });
    const reply = await harness.post(aCredential());
    expect([reply.status, reply.body.error.code]).toEqual([status, code]);
    expect(await isStored()).toBe(false);
  });

  test("may bring its own status, text, target and Retry-After", async () => {
    await strike({ effect: "error", code: "7", status: 429, message: "busy", target: "svm", retryAfterSeconds: 3 });
    const { status, headers, body } = await harness.get(credentials);
    expect([status, headers["retry-after"], body.error]).toEqual([
      429,
      "3",
      { message: "busy", code: "7", target: "svm" },
    ]);
  });

  test("may come although the request took effect", async () => {
    await strike({ effect: "error", code: "65541", applied: true });
    expect((await harness.post(aCredential())).body.error.code).toBe("65541");
    expect(await isStored()).toBe(true);
  });

  test("may have a number as its code, as proxies make it", async () => {
    await strike({ effect: "numeric-code" });
    expect((await harness.remove(iqn)).body.error.code).toBe(5374895);
  });
});

describe("a write that is not done", () => {
  test("is accepted, and nothing changes", async () => {
    await harness.post(aCredential());
    await strike({ effect: "ignore", when: { method: ["POST", "PATCH", "DELETE"] } });
    const before = await sideDoor().credentials();
    const replies = [
      await harness.patch(iqn, { authentication_type: "deny" }),
      await harness.remove(iqn),
      await harness.post(aCredential({ initiator: "iqn.1992-08.com.netapp:other" })),
    ];
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 201]);
    expect(await sideDoor().credentials()).toEqual(before);
    expect((await harness.patch(iqn, { authentication_type: "kerberos" })).status).toBe(400);
  });

  test("waits for another administrator's approval", async () => {
    await strike({ effect: "await-approval", index: 3, when: { method: "POST" } });
    const { status, headers, body } = await harness.post(aCredential());
    expect([status, body.index, headers["location"]]).toEqual([202, 3, "/api/security/multi-admin-verify/requests/3"]);
    expect(await isStored()).toBe(false);
  });
});

describe("an answer that goes wrong", () => {
  test("is not JSON, from whatever stands in front", async () => {
    await strike({ effect: "body", status: 502, text: "<html>Bad Gateway</html>" });
    const { status, headers, text } = await harness.get(credentials);
    expect([status, headers["content-type"], text]).toEqual([502, "text/html", "<html>Bad Gateway</html>"]);
  });

  test("ends too early", async () => {
    await strike({ effect: "truncate", bytes: 20 });
    await expect(harness.get(credentials)).rejects.toThrow(/closed|terminated|aborted/);
  });

  test("is lost after the request took effect", async () => {
    await strike({ effect: "lose-answer", when: { method: "POST" } });
    await expect(harness.post(aCredential())).rejects.toThrow(brokenConnection);
    expect(await isStored()).toBe(true);
  });

  test("is a reset before the request took effect", async () => {
    await strike({ effect: "reset", when: { method: "POST" } });
    await expect(harness.post(aCredential())).rejects.toThrow(brokenConnection);
    expect(await isStored()).toBe(false);
  });

  test("never comes, with or without effect", async () => {
    await strike({ effect: "hang", applied: true });
    const hanging = harness.post(aCredential());
    await expect(Promise.race([hanging, late(300)])).rejects.toThrow("late");
    expect(await isStored()).toBe(true);
    await harness.simulator.stop();
    await expect(hanging).rejects.toThrow(brokenConnection);
  });

  test("comes byte by byte", async () => {
    await strike({ effect: "drip", bytesPerSecond: 400 });
    const since = performance.now();
    expect((await harness.remove(iqn)).body.error.code).toBe("5374895");
    expect(performance.now() - since).toBeGreaterThan(200);
  });

  test("comes late", async () => {
    await strike({ effect: "delay", latency: { shape: "fixed", ms: 150 } });
    const since = performance.now();
    await harness.get(credentials);
    expect(performance.now() - since).toBeGreaterThan(140);
  });
});

describe("a read after a write", () => {
  test("may see the old state for a while, in lists as well", async () => {
    await strike({ effect: "lag", ms: 400, when: { method: ["POST", "PATCH", "DELETE"] } });
    await harness.post(aCredential());
    expect((await harness.get(harness.pathOf(iqn))).status).toBe(404);
    expect((await harness.get(credentials)).body.num_records).toBe(2);
    expect((await harness.post(aCredential())).body.error.code).toBe("5374142");
    await late(450).catch(() => {});
    expect((await harness.get(harness.pathOf(iqn))).status).toBe(200);
    await harness.remove(iqn);
    expect((await harness.get(harness.pathOf(iqn))).status).toBe(200);
    expect((await harness.get(credentials)).body.num_records).toBe(3);
    await late(450).catch(() => {});
    expect((await harness.get(harness.pathOf(iqn))).status).toBe(404);
  });
});

describe("which requests a fault meets", () => {
  const strikes = async (fault: Partial<FaultInput>, requests: readonly (() => Promise<{ status: number }>)[]) => {
    await strike({ ...fault, effect: "error", code: "262160" });
    const statuses: boolean[] = [];
    for (const request of requests) statuses.push((await request()).status === 429);
    return statuses;
  };

  test("by method, path and user", async () => {
    await act({ do: "put-login", user: "other", password: "pw" });
    const requests = [
      () => harness.get(credentials),
      () => harness.get(harness.pathOf(iqn)),
      () => harness.remove(iqn),
      () => harness.call({ path: credentials, as: { user: "other", password: "pw" } }),
    ];
    expect(await strikes({ when: { method: "GET" } }, requests)).toEqual([true, true, false, true]);
    await sideDoor().clearFaults();
    expect(await strikes({ when: { path: `${credentials}/*` } }, requests)).toEqual([false, true, true, false]);
    await sideDoor().clearFaults();
    expect(await strikes({ when: { user: "other" } }, requests)).toEqual([false, false, false, true]);
  });

  test("by count", async () => {
    const requests = Array.from({ length: 5 }, () => () => harness.get("/api/cluster"));
    expect(await strikes({ skip: 1, times: 2 }, requests)).toEqual([false, true, true, false, false]);
    expect(await sideDoor().faults()).toMatchObject([{ id: 1, struck: 2 }]);
  });

  test("by chance, which the seed decides", async () => {
    const statuses = async () => {
      await using fresh = await startHarness({
        seed: 7,
        faults: [{ effect: "error", code: "262160", probability: 0.3 }],
      });
      const result: number[] = [];
      for (let count = 0; count < 60; count += 1) result.push((await fresh.get("/api/cluster")).status);
      return result;
    };
    const first = await statuses();
    expect(await statuses()).toEqual(first);
    const struck = first.filter((status) => status === 429).length;
    expect(struck).toBeGreaterThan(8);
    expect(struck).toBeLessThan(30);
  });

  test("until it is removed", async () => {
    const id = await strike({ effect: "error", code: "262160" });
    await sideDoor().removeFault(id);
    expect((await harness.get("/api/cluster")).status).toBe(200);
    await expect(sideDoor().removeFault(id)).rejects.toThrow(`no fault ${id}`);
  });

  test("and a fault that cannot be is refused with a sentence", async () => {
    await expect(strike({ effect: "error", code: "99" })).rejects.toThrow("does not know this error code");
    await expect(strike({ effect: "drip" } as FaultInput)).rejects.toThrow("bytesPerSecond");
  });
});

describe("latency", () => {
  const draws = (latency: Parameters<typeof drawLatencyMs>[0]) => {
    const random = seededRandom(1);
    return Array.from({ length: 2000 }, () => drawLatencyMs(latency, random)).toSorted((a, b) => a - b);
  };
  const at = (sorted: readonly number[], part: number) => sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN;

  test("is fixed, uniform or log-normal", () => {
    expect(new Set(draws({ shape: "fixed", ms: 40 }))).toEqual(new Set([40]));
    const uniform = draws({ shape: "uniform", fromMs: 10, toMs: 20 });
    expect([at(uniform, 0) >= 10, at(uniform, 1) <= 20, Math.round(at(uniform, 0.5))]).toEqual([true, true, 15]);
    const logNormal = draws({ shape: "log-normal", medianMs: 40, sigma: 0.5 });
    expect(at(logNormal, 0.5)).toBeGreaterThan(36);
    expect(at(logNormal, 0.5)).toBeLessThan(44);
    expect(at(logNormal, 0.99)).toBeGreaterThan(100);
  });

  test("delays every request", async () => {
    await act({ do: "set-latency", latency: { shape: "fixed", ms: 100 } });
    const since = performance.now();
    await harness.get("/api/cluster");
    expect(performance.now() - since).toBeGreaterThan(90);
  });
});

describe("connections", () => {
  const causeOf = async (promise: Promise<unknown>): Promise<string> => {
    const error: unknown = await promise.then(
      () => new Error("it succeeded"),
      (error: unknown) => error,
    );
    return `${(error as { code?: string }).code ?? ""} ${String(error)}`;
  };

  test("are refused while a LIF moves, and come back on the same port", async () => {
    await harness.get("/api/cluster");
    await act({ do: "refuse-connections", forMs: 400 });
    expect(await causeOf(harness.get("/api/cluster"))).toMatch(/ECONNREFUSED|closed|ECONNRESET/);
    expect(await causeOf(harness.get("/api/cluster"))).toContain("ECONNREFUSED");
    await late(500).catch(() => {});
    expect((await harness.get("/api/cluster")).status).toBe(200);
  });

  test("are cut during the handshake", async () => {
    await act({ do: "abort-handshakes", abort: true });
    expect(await causeOf(harness.get("/api/cluster"))).toMatch(/ECONNRESET|disconnected|closed/);
    await act({ do: "abort-handshakes", abort: false });
    expect((await harness.get("/api/cluster")).status).toBe(200);
  });

  test.each([
    { kind: "wrong-name", cause: /ALTNAME/ },
    { kind: "expired", cause: /CERT_HAS_EXPIRED/ },
    { kind: "unknown-authority", cause: /UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|SELF_SIGNED/ },
  ] as const)("show a certificate with $kind", async ({ kind, cause }) => {
    await harness.get("/api/cluster");
    await act({ do: "show-certificate", kind });
    expect(await causeOf(harness.get("/api/cluster").catch(() => harness.get("/api/cluster")))).toMatch(cause);
    await act({ do: "show-certificate", kind: "valid" });
    expect((await harness.get("/api/cluster")).status).toBe(200);
  });
});

describe("an SVM behind its users' backs", () => {
  test("is re-created under its name with another UUID", async () => {
    await harness.post(aCredential());
    const { uuid } = await act({ do: "recreate-svm", svm: "svm1" });
    expect(uuid).not.toBe(harness.svm1);
    expect((await harness.remove(iqn)).body.error.code).toBe("2621462");
    expect((await harness.get("/api/svm/svms?name=svm1")).body.records).toMatchObject([{ uuid }]);
  });

  test("is renamed, stopped, started, deleted", async () => {
    await act({ do: "rename-svm", svm: "svm1", to: "svm7" });
    expect((await harness.get(harness.pathOf("default"))).body.svm.name).toBe("svm7");
    await act({ do: "stop-svm", svm: "svm7" });
    expect((await harness.get(`/api/svm/svms/${harness.svm1}`)).body.state).toBe("stopped");
    await act({ do: "start-svm", svm: "svm7" });
    await act({ do: "delete-svm", svm: "svm7" });
    expect((await harness.get("/api/svm/svms")).body.num_records).toBe(2);
    await expect(act({ do: "stop-svm", svm: "svm7" })).rejects.toThrow("there is no SVM svm7");
    await expect(act({ do: "create-svm", name: "svm2" })).rejects.toThrow("there is an SVM named svm2 already");
  });

  test("is changed by a script at its time", async () => {
    await using scripted = await startHarness({
      script: [{ atMs: 300, action: { do: "rename-svm", svm: "svm1", to: "later" } }],
    });
    const name = async () => (await scripted.get(`/api/svm/svms/${scripted.svm1}`)).body.name;
    expect(await name()).toBe("svm1");
    await late(400).catch(() => {});
    expect(await name()).toBe("later");
  });
});

const brokenConnection = /ECONNRESET|closed|disconnected/;

/** Rejects with "late" after a while. */
function late(ms: number): Promise<never> {
  return new Promise((_, reject) => void setTimeout(() => reject(new Error("late")), ms));
}
