import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { aCredential, credentials, iqn, startHarness, type Harness } from "./harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness[Symbol.asyncDispose]());

const names = ["a", "b", "c"].map((letter) => `iqn.1995-08.com.example:${letter}`);
const record = (initiator: string, changes: Readonly<Record<string, unknown>> = {}) =>
  aCredential({ initiator, ...changes });

async function stored(): Promise<readonly string[]> {
  const all = await harness.simulator.sideDoor.credentials();
  return all
    .map(
      ({ svm, initiator, authenticationType }) =>
        `${svm} ${initiator.split(":")[1] ?? initiator} ${authenticationType}`,
    )
    .toSorted();
}

describe("a query-based change", () => {
  test("meets everything that matches: initiator=default is the default credential of every SVM", async () => {
    const { status, body } = await harness.call({
      method: "PATCH",
      path: `${credentials}?initiator=default`,
      body: { authentication_type: "deny" },
    });
    expect([status, body.num_records]).toEqual([200, 2]);
    expect(await stored()).toEqual(["svm1 default deny", "svm2 default deny"]);
  });

  test("is what an unencoded .. after an initiator makes of an instance URL", async () => {
    await harness.post(aCredential());
    const path = `${harness.pathOf(iqn)}/../..?authentication_type=chap`;
    expect((await harness.call({ method: "DELETE", path })).status).toBe(200);
    expect(await stored()).toEqual(["svm1 default none", "svm2 default none"]);
  });

  test("stops at the first failure, unless it is to go on", async () => {
    for (const name of names) await harness.post(record(name));
    const all = `${credentials}?svm.name=svm1`;
    const stopped = await harness.call({ method: "DELETE", path: all });
    expect(stopped.body).toMatchObject({ num_records: 0, error: { code: "5374148" } });
    const finished = await harness.call({ method: "DELETE", path: `${all}&continue_on_failure=true` });
    expect(finished.body).toMatchObject({ num_records: 3, error: { code: "5374148" } });
  });

  test("acts on max_records at a time and links to the rest", async () => {
    for (const name of names) await harness.post(record(name));
    let path: string | undefined = `${credentials}?initiator=iqn*&max_records=2`;
    const counts: number[] = [];
    while (path !== undefined) {
      const { body } = await harness.call({ method: "DELETE", path });
      counts.push(body.num_records);
      path = body["_links"].next?.href;
    }
    expect(counts).toEqual([2, 1]);
  });

  test("needs a query, so that a client that drops empty values deletes nothing", async () => {
    for (const path of [credentials, `${credentials}/`, `${credentials}//`, `${credentials}?max_records=1`]) {
      expect((await harness.call({ method: "DELETE", path })).status).toBe(400);
    }
    const { body } = await harness.call({ method: "PATCH", path: credentials, body: { authentication_type: "deny" } });
    expect(body.error.code).toBe("262212");
    expect(await stored()).toEqual(["svm1 default none", "svm2 default none"]);
  });
});

describe("a record-based change", () => {
  const run = async (method: string, records: readonly unknown[], query = "") => {
    const reply = await harness.call({ method, path: credentials + query, body: { records } });
    expect(reply.status).toBe(202);
    expect(reply.headers["location"]).toBe(reply.body.job["_links"].results.href);
    const job = await harness.get(reply.body.job["_links"].self.href);
    const results = await harness.get(reply.body.job["_links"].results.href);
    return { state: job.body.state, results: results.body };
  };

  test("is a job whose results are told by the resource", async () => {
    const { state, results } = await run(
      "POST",
      names.map((name) => record(name)),
    );
    expect(state).toBe("success");
    expect(results).toMatchObject({ num_records: 3, records: names.map((initiator) => ({ initiator })) });
    expect(JSON.stringify(results)).not.toContain("secret");
  });

  test("is rolled back when a record fails, unless it is to go on", async () => {
    const records = [record(names[0] ?? ""), record("nonsense"), record(names[1] ?? "")];
    const failed = await run("POST", records);
    expect([failed.state, failed.results.num_records]).toEqual(["failure", 0]);
    expect(failed.results.errors[0]).toEqual({
      code: "262287",
      message: expect.stringMatching(/^POST of record "svm\.name: svm1, initiator: nonsense" failed\. Reason: /),
    });
    expect(await stored()).toEqual(["svm1 default none", "svm2 default none"]);
    const continued = await run("POST", records, "?continue_on_failure=true");
    expect(continued.results.num_records).toBe(2);
    expect(await stored()).toHaveLength(4);
  });

  test("changes and deletes by the keys in the body", async () => {
    for (const name of names) await harness.post(record(name));
    const keys = (initiator: string) => ({ svm: { name: "svm1" }, initiator });
    const patched = await run("PATCH", [{ ...keys(names[0] ?? ""), authentication_type: "deny" }]);
    expect(patched.results.records).toMatchObject([{ authentication_type: "deny" }]);
    const deleted = await run("DELETE", [keys("default"), keys(names[1] ?? "")]);
    expect(deleted.results).toMatchObject({ num_records: 0, errors: [{ code: "262287" }] });
    expect(await stored()).toEqual(["svm1 a deny", "svm1 c chap", "svm1 default none", "svm2 default none"]);
  });
});
