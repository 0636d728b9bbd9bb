import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { simulatorCommand } from "../../src/cli/simulator.ts";
import { createSideDoorClient } from "../../src/simulator/control/side-door-client.ts";
import { basic } from "./harness.ts";

let folder: string;
let required: readonly string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simulator-"));
  await writeFile(join(folder, "password"), "pass word\n");
  required = [
    "--svm",
    "svm1",
    "--user",
    "admin",
    "--password-file",
    join(folder, "password"),
    "--ca-out",
    join(folder, "ca.pem"),
  ];
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the command; `whileRunning` is called with what it printed when it listens. */
async function run(args: readonly string[], whileRunning?: (lines: readonly string[]) => Promise<void>) {
  const stop = new AbortController();
  const out: string[] = [];
  const err: string[] = [];
  let listens = () => {};
  const listening = new Promise<void>((resolve) => (listens = resolve));
  const exit = simulatorCommand(args, {
    out(line) {
      out.push(line);
      if (line.startsWith(args.includes("--admin-listen") ? "side door" : "listening")) listens();
    },
    err: (line) => err.push(line),
    signal: stop.signal,
  });
  await Promise.race([listening, exit]);
  try {
    if (whileRunning !== undefined && err.length === 0) await whileRunning(out);
  } finally {
    stop.abort(new Error("stop"));
  }
  return { code: await exit, out, err };
}

describe("ontap-iscsi-operator simulator", () => {
  test("prints where it listens, writes its CA, and stops when told", async () => {
    const args = [...required, "--svm", "svm2:no-iscsi", "--admin-listen", "127.0.0.1:0", "--latency", "1ms..2ms"];
    const { code, err } = await run(args, async (lines) => {
      expect(lines).toEqual([
        expect.stringMatching(/^listening on https:\/\/127\.0\.0\.1:[0-9]+$/),
        expect.stringMatching(/^side door on http:\/\/127\.0\.0\.1:[0-9]+$/),
      ]);
      const [url = "", doorUrl = ""] = lines.map((line) => line.split(" ").at(-1));
      const dispatcher = new Agent({ connect: { ca: await readFile(join(folder, "ca.pem"), "utf8") } });
      const authorization = basic({ user: "admin", password: "pass word" });
      const { statusCode, body } = await request(`${url}/api/cluster`, { dispatcher, headers: { authorization } });
      await body.text();
      await dispatcher.destroy();
      expect(statusCode).toBe(200);
      expect((await createSideDoorClient(doorUrl).svms()).map(({ name, iscsi }) => [name, iscsi])).toEqual([
        ["svm1", true],
        ["svm2", false],
      ]);
    });
    expect([code, err]).toEqual([0, []]);
  });

  test("gives a SVM the UUID that the command line names", async () => {
    const uuid = "02c9e252-41be-11e9-81d5-00a0986138f7";
    const { code } = await run(
      [...required, "--svm", `fixed=${uuid}`, "--admin-listen", "127.0.0.1:0"],
      async (lines) => {
        const door = createSideDoorClient(lines.at(-1)?.split(" ").at(-1) ?? "");
        expect((await door.svms()).find(({ name }) => name === "fixed")?.uuid).toBe(uuid);
      },
    );
    expect(code).toBe(0);
  });

  test("as a service container: names of the certificate, and a side door for those who know the token", async () => {
    const tokenFile = join(folder, "token");
    await writeFile(tokenFile, "a-token\n");
    const elsewhere = ["--cert-name", "ontap-simulator", "--cert-name", "10.1.2.3", "--admin-listen", "0.0.0.0:0"];
    const { code, err } = await run([...required, ...elsewhere, "--admin-token-file", tokenFile], async (lines) => {
      const [port = "", doorPort = ""] = lines.map((line) => line.split(":").at(-1));
      const ca = await readFile(join(folder, "ca.pem"), "utf8");
      for (const servername of ["ontap-simulator", "localhost"]) {
        const dispatcher = new Agent({ connect: { ca, servername } });
        const authorization = basic({ user: "admin", password: "pass word" });
        const url = `https://127.0.0.1:${port}/api/cluster`;
        const { statusCode, body } = await request(url, { dispatcher, headers: { authorization } });
        await body.text();
        await dispatcher.destroy();
        expect(statusCode).toBe(200);
      }
      const door = `http://127.0.0.1:${doorPort}`;
      expect(await createSideDoorClient(door, "a-token").svms()).toHaveLength(1);
      for (const stranger of [createSideDoorClient(door), createSideDoorClient(door, "another-token")]) {
        await expect(stranger.credentials()).rejects.toThrow("send Authorization: Bearer");
        await expect(stranger.act({ do: "stop-svm", svm: "svm1" })).rejects.toThrow("send Authorization: Bearer");
      }
      expect(await createSideDoorClient(door, "a-token").svms()).toMatchObject([{ state: "running" }]);
    });
    expect([code, err]).toEqual([0, []]);
  });

  test("--help says everything and exits 0", async () => {
    const { code, out } = await run(["--help"]);
    expect(code).toBe(0);
    expect(out[0]).toContain("--admin-listen");
  });

  test.each([
    { change: (args: readonly string[]) => args.slice(2), says: "--svm: is missing; name at least one SVM" },
    { change: (args: readonly string[]) => [...args, "--svm", "a b"], says: '--svm: "a b" is not an SVM' },
    { change: (args: readonly string[]) => [...args, "--svm", "svm1"], says: "--svm: svm1 is named twice" },
    { change: (args: readonly string[]) => [...args, "--listen", "8443"], says: '--listen: "8443" is not an address' },
    { change: (args: readonly string[]) => [...args, "--listen", "127.0.0.1:70000"], says: "--listen: " },
    {
      change: (args: readonly string[]) => [...args, "--admin-listen", "0.0.0.0:0"],
      says: "--admin-listen: gives out secrets",
    },
    {
      change: (args: readonly string[]) => [...args, "--admin-token-file", join(folder, "password")],
      says: "must hold one line of printable ASCII without spaces",
    },
    {
      change: (args: readonly string[]) => [...args, "--cert-name", "a b"],
      says: "--cert-name: is not a name or an address",
    },
    { change: (args: readonly string[]) => [...args, "--latency", "fast"], says: '--latency: "fast" is not a latency' },
    { change: (args: readonly string[]) => [...args, "--seed", "x"], says: "--seed: must be a whole number" },
    {
      change: (args: readonly string[]) => [...args, "--faults", "/nowhere.json"],
      says: "--faults: cannot read /nowhere.json",
    },
    {
      change: (args: readonly string[]) => [...args, "--password-file", "/nowhere"],
      says: "--password-file: cannot read",
    },
    {
      change: (args: readonly string[]) => [...args, "--ca-out", "/nowhere/ca.pem"],
      says: "--ca-out: cannot write it",
    },
    { change: (args: readonly string[]) => [...args, "--bogus"], says: "--bogus" },
  ])("refuses $says with exit code 2 and one line", async ({ change, says }) => {
    const { code, err } = await run(change(required));
    expect([code, err]).toEqual([2, [expect.stringContaining(says)]]);
  });

  test("says when a port is taken, and exits 1", async () => {
    const { code } = await run(required, async (lines) => {
      const taken = new URL(lines[0]?.split(" ").at(-1) ?? "").host;
      const second = await run([...required, "--listen", taken]);
      expect([second.code, second.err]).toEqual([1, [expect.stringContaining("EADDRINUSE")]]);
    });
    expect(code).toBe(0);
  });
});

describe("a file of faults", () => {
  const withFile = async (text: string) => {
    await writeFile(join(folder, "faults.json"), text);
    return run(
      [...required, "--faults", join(folder, "faults.json"), "--admin-listen", "127.0.0.1:0"],
      async (lines) => {
        const door = createSideDoorClient(lines.at(-1)?.split(" ").at(-1) ?? "");
        expect(await door.faults()).toHaveLength(1);
      },
    );
  };

  test("is in force from the start", async () => {
    const { code, err } = await withFile(`{
      "faults": [{ "effect": "error", "code": "262160", "when": { "method": "GET" }, "probability": 0.1 }],
      "script": [{ "atMs": 0, "action": { "do": "stop-svm", "svm": "svm1" } }],
      "latency": { "shape": "log-normal", "medianMs": 5, "sigma": 0.5 },
      "dialect": { "addressView": "ranges" }
    }`);
    expect([code, err]).toEqual([0, []]);
  });

  test("may script what turns out not to work", async () => {
    const { err } = await withFile(`{
      "faults": [{ "effect": "reset" }],
      "script": [{ "atMs": 0, "action": { "do": "stop-svm", "svm": "nobody" } }]
    }`);
    expect(err).toEqual([expect.stringContaining("script, stop-svm at 0 ms: there is no SVM nobody")]);
  });

  test.each([
    { text: '{\n  "faults": [\n    { "effect": "eror" }\n  ]\n}', says: "line 3, faults[0].effect: " },
    {
      text: '{\n  "faults": [\n    { "effect": "reset",\n      "probability": 2 }\n  ]\n}',
      says: "line 4, faults[0].probability: ",
    },
    {
      text: '{\n  "faults": [\n    { "effect": "error", "code": "99" }\n  ]\n}',
      says: "line 3, faults[0].code: the simulator does not know this error code",
    },
    { text: '{\n\n  "fauts": []\n}', says: 'line 1, the whole file: Unrecognized key: "fauts"' },
    { text: '{\n  "script": [{ "atMs": 0, "action": { "do": "nothing" } }]\n}', says: "line 2, script[0].action.do: " },
    { text: '{\n  "faults": [\n    { "effect": "reset" },\n  ]\n}', says: "line 4: this is not JSON" },
    { text: '{\n  "faults": [', says: "line 2: the JSON text ends too early" },
    { text: '{\n  "faults": [],\n  "faults": []\n}', says: "line 3: this property is written twice" },
  ])("is refused with line and field: $says", async ({ text, says }) => {
    const { code, err } = await withFile(text);
    expect([code, err]).toEqual([2, [expect.stringContaining(says)]]);
  });
});
