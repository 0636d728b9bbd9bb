import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { aCredential, credentials, startHarness, type Harness } from "./harness.ts";

const initiators = ["a", "b", "c", "d", "e"].map((letter) => `iqn.1995-08.com.example:${letter}`);

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  for (const [index, initiator] of initiators.entries()) {
    await harness.post(
      aCredential({
        initiator,
        svm: { name: index < 3 ? "svm1" : "svm2" },
        chap: { inbound: { user: `host${index}`, password: "inbound-secret" } },
      }),
    );
  }
  const ranges = [{ start: "10.0.0.1", end: "10.0.0.9" }];
  const masks = [{ address: "2001:DB8:0::1", netmask: "64" }];
  await harness.patch(initiators[0] ?? "", { initiator_address: { ranges, masks } });
  await harness.patch(initiators[1] ?? "", { authentication_type: "deny" });
});
afterAll(() => harness[Symbol.asyncDispose]());

async function list(query: string): Promise<readonly string[]> {
  const { status, body } = await harness.get(`${credentials}?${query}`);
  expect(status).toBe(200);
  expect(body.num_records).toBe(body.records.length);
  return body.records.map(({ initiator }: { initiator: string }) => initiator.replace(/^iqn.*:/, ""));
}

describe("a collection", () => {
  test("shows what identifies the records, with links, in the order of the keys", async () => {
    const { body } = await harness.get(credentials);
    expect(body.num_records).toBe(7);
    expect(body["_links"]).toEqual({ self: { href: credentials } });
    expect(Object.keys(body.records[0]).toSorted()).toEqual(["_links", "initiator", "svm"]);
    const keys = body.records.map(
      (record: { svm: { uuid: string }; initiator: string }) => `${record.svm.uuid} ${record.initiator}`,
    );
    expect(keys).toEqual(keys.toSorted());
  });

  test("shows everything but secrets with fields=*, and the same with **", async () => {
    const { body, text } = await harness.get(`${credentials}?fields=*&initiator=*:a`);
    expect(body.records).toEqual([
      {
        svm: { uuid: harness.svm1, name: "svm1", _links: { self: { href: `/api/svm/svms/${harness.svm1}` } } },
        initiator: initiators[0],
        authentication_type: "chap",
        chap: { inbound: { user: "host0" } },
        initiator_address: {
          ranges: [
            { family: "ipv4", start: "10.0.0.1", end: "10.0.0.9" },
            { family: "ipv6", start: "2001:db8::", end: "2001:db8::ffff:ffff:ffff:ffff" },
          ],
          masks: [{ family: "ipv6", address: "2001:db8::1", netmask: "64" }],
        },
        _links: { self: { href: harness.pathOf(initiators[0] ?? "") } },
      },
    ]);
    expect(text).not.toContain("password");
    expect((await harness.get(`${credentials}?fields=**&initiator=*:a`)).body.records).toEqual(body.records);
  });

  test("repeats the query in its self link", async () => {
    const { body } = await harness.get(`${credentials}?fields=*&max_records=100`);
    expect(body["_links"].self.href).toBe(`${credentials}?fields=*&max_records=100`);
  });

  test("of no records is 200 with an empty list", async () => {
    const { status, body } = await harness.get(`${credentials}?svm.name=nobody`);
    expect([status, body.records, body.num_records]).toEqual([200, [], 0]);
  });

  test("counts without records when return_records=false", async () => {
    const { body } = await harness.get(`${credentials}?return_records=false`);
    expect([body.num_records, body.records]).toEqual([7, undefined]);
  });
});

describe("fields", () => {
  const shows = async (fields: string) => {
    const { body } = await harness.get(`${harness.pathOf(initiators[0] ?? "")}?fields=${encodeURIComponent(fields)}`);
    return Object.keys(body).filter((name) => !["_links", "svm", "initiator"].includes(name));
  };

  test.each([
    { fields: "authentication_type", shown: ["authentication_type"], because: "a leaf" },
    { fields: "chap", shown: ["chap"], because: "an object with all its leaves" },
    {
      fields: "chap.{inbound,outbound},authentication_type",
      shown: ["authentication_type", "chap"],
      because: "braces",
    },
    { fields: "*,!chap", shown: ["authentication_type", "initiator_address"], because: "all but one" },
    { fields: "_links", shown: [], because: "links are always there" },
  ])("$fields: $because", async ({ fields, shown }) => {
    expect(await shows(fields)).toEqual(shown);
  });

  test("reach into lists without an index", async () => {
    const { body } = await harness.get(`${harness.pathOf(initiators[0] ?? "")}?fields=initiator_address.ranges.start`);
    expect(body.initiator_address).toEqual({ ranges: [{ start: "10.0.0.1" }, { start: "2001:db8::" }] });
  });

  test("that are empty are as good as none, as Trident asks for SVMs", async () => {
    const { status, body } = await harness.get("/api/svm/svms?fields=&name=svm1");
    expect([status, body.records]).toMatchObject([200, [{ uuid: harness.svm1, name: "svm1" }]]);
  });

  test("that are unknown are passed over with ignore_unknown_fields=true", async () => {
    const { status } = await harness.get(`${credentials}?fields=from_the_future&ignore_unknown_fields=true`);
    expect(status).toBe(200);
  });

  test("that are filtered by are shown", async () => {
    const { body } = await harness.get(`${credentials}?authentication_type=deny`);
    expect(body.records[0].authentication_type).toBe("deny");
  });
});

describe("filters", () => {
  test.each([
    { query: "initiator=*:a", found: ["a"], because: "a wildcard" },
    {
      query: "initiator=iqn.1995-08.com.example:a|iqn.1995-08.com.example:e",
      found: ["a", "e"],
      because: "one of a list",
    },
    { query: "initiator=IQN.1995-08.com.example:A", found: ["a"], because: "initiators are compared without case" },
    { query: "initiator=!default&svm.name=svm1", found: ["a", "b", "c"], because: "a negation, and two filters" },
    { query: "initiator=!default|!*:a&svm.name=svm1", found: ["b", "c"], because: "negations hold together" },
    { query: "chap.inbound.user=host0..host3", found: ["a", "c", "d"], because: "a range; b has no pair any more" },
    { query: "chap.inbound.user=%3Ehost2", found: ["d", "e"], because: "greater than" },
    {
      query: "chap.inbound.user=%3C%3Dhost2",
      found: ["a", "c"],
      because: "not greater than; unset fields do not match",
    },
    { query: "chap.inbound.user=!host0", found: ["c", "d", "e"], because: "unset fields match no negation either" },
    { query: "chap.inbound.user=null", found: ["default", "b", "default"], because: "not set" },
    { query: "chap.inbound.user=!null", found: ["a", "c", "d", "e"], because: "set" },
    { query: 'initiator="iqn.1995-08.com.example:*"', found: [], because: "a quoted star is a star" },
    { query: "initiator={iqn.1995-08.com.example:a}", found: ["a"], because: "braces quote too" },
    { query: "authentication_type=CHAP", found: ["a", "c", "d", "e"], because: "types in any case" },
    { query: "initiator_address.ranges.start=10.0.0.1", found: ["a"], because: "any item of a list" },
    { query: "initiator_address.masks.netmask=%3C100", found: ["a"], because: "netmasks are numbers" },
    { query: "query=host0|host4&query_fields=chap.inbound.user", found: ["a", "e"], because: "a cross-field query" },
    { query: "query=svm2%20host*&query_fields=*", found: ["d", "e"], because: "all words in any fields" },
  ])("$query: $because", async ({ query, found }) => {
    expect((await list(query)).toSorted()).toEqual(found.toSorted());
  });
});

describe("order and pages", () => {
  test("order_by sorts, downwards if asked, and $orderBy is another name for it", async () => {
    expect(await list("initiator=!default&order_by=initiator+desc")).toEqual(["e", "d", "c", "b", "a"]);
    expect(await list("initiator=!default&%24orderBy=svm.name,initiator%20desc")).toEqual(["c", "b", "a", "e", "d"]);
  });

  test.each(["", "&order_by=initiator"])(
    "next links lead through everything once, at last to an empty page (%s)",
    async (order) => {
      const seen: string[] = [];
      let href: string | undefined =
        `${credentials}?initiator=!default&max_records=5&fields=authentication_type${order}`;
      let lastCount = -1;
      while (href !== undefined) {
        const { body, headers } = await harness.get(href);
        for (const record of body.records) seen.push(record.initiator);
        lastCount = body.num_records;
        href = body["_links"].next?.href;
        expect(headers["link"]).toBe(href === undefined ? undefined : `<${href}>; rel="next"`);
      }
      expect(seen.toSorted()).toEqual(initiators);
      expect(lastCount).toBe(0);
    },
  );

  test("offset skips", async () => {
    expect(await list("initiator=!default&order_by=initiator&offset=3")).toEqual(["d", "e"]);
  });
});

describe("answers", () => {
  test("are HAL for any Accept but application/json, which gets no links but the next one", async () => {
    const hal = await harness.get(credentials, { accept: "text/html" });
    expect(hal.headers["content-type"]).toBe("application/hal+json");
    const plain = await harness.get(`${credentials}?max_records=1`, { accept: "application/json" });
    expect(plain.headers["content-type"]).toBe("application/json");
    expect(plain.body["_links"]).toEqual({ next: { href: expect.stringContaining("start.") } });
    expect(JSON.stringify(plain.body.records)).not.toContain("_links");
  });

  test("are pretty unless pretty=false, and {} takes three bytes", async () => {
    const pretty = await harness.get(credentials);
    expect(pretty.text).toMatch(/^\{\n {2}"records": \[\n {4}\{\n/);
    const compact = await harness.get(`${credentials}?pretty=false`);
    expect(compact.text).toMatch(/^\{"records":\[\{/);
    const { text, headers } = await harness.call({ method: "OPTIONS", path: credentials });
    expect([text, headers["content-length"]]).toEqual(["{\n}", "3"]);
    const empty = await harness.get(`${credentials}?svm.name=nobody`);
    expect(empty.text).toContain('"records": [\n  ],');
  });

  test("carry the documented headers", async () => {
    const { headers } = await harness.get(credentials);
    expect(headers).toMatchObject({
      server: "libzapid-httpd",
      "x-content-type-options": "nosniff",
      "cache-control": "no-cache,no-store,must-revalidate",
      vary: "Accept-Encoding",
      date: expect.any(String),
      "keep-alive": "timeout=5, max=100",
    });
  });

  test("to HEAD are those to GET without a body; OPTIONS says what is allowed", async () => {
    const get = await harness.get(credentials);
    const head = await harness.call({ method: "HEAD", path: credentials });
    expect([head.status, head.text, head.headers["content-length"]]).toEqual([200, "", get.headers["content-length"]]);
    const collection = await harness.call({ method: "OPTIONS", path: credentials });
    expect(collection.headers["allow"]).toBe("GET, HEAD, OPTIONS, POST, DELETE, PATCH");
    const instance = await harness.call({ method: "OPTIONS", path: harness.pathOf("default") });
    expect(instance.headers["allow"]).toBe("GET, HEAD, OPTIONS, DELETE, PATCH");
    const svms = await harness.call({ method: "OPTIONS", path: "/api/svm/svms" });
    expect(svms.headers["allow"]).toBe("GET, HEAD, OPTIONS");
  });

  test("carry error arguments only for clients that ask for them", async () => {
    const path = `${credentials}?return_timeout=600`;
    expect((await harness.get(path)).body.error).toEqual({
      message: 'The value "600" is invalid for field "return_timeout" (<0..120>)',
      code: "262197",
      target: "return_timeout",
    });
    const asked = await harness.get(path, { "X-Dot-Error-Arguments": "true" });
    expect(asked.body.error.arguments[0]).toEqual({ code: "1", message: "600" });
  });
});

describe("related reads", () => {
  test("the version of the cluster", async () => {
    const { body } = await harness.get("/api/cluster?fields=version");
    expect(body.version).toEqual({
      full: expect.stringMatching(/^NetApp Release 9\.18\.1: /),
      generation: 9,
      major: 18,
      minor: 1,
    });
    expect(body["_links"]).toEqual({ self: { href: "/api/cluster" } });
  });

  test("SVMs by name, where an unknown name is an empty list", async () => {
    const { body } = await harness.get("/api/svm/svms?name=svm3&fields=uuid,state,subtype,iscsi");
    expect(body.records).toMatchObject([
      {
        uuid: harness.svm3,
        name: "svm3",
        state: "running",
        subtype: "default",
        iscsi: { allowed: true, enabled: false },
      },
    ]);
    expect((await harness.get("/api/svm/svms?name=svm9")).body.num_records).toBe(0);
    expect((await harness.get(`/api/svm/svms/${harness.svm1}`)).body.name).toBe("svm1");
  });

  test("iSCSI services, which an SVM may lack", async () => {
    const { body } = await harness.get("/api/protocols/san/iscsi/services?fields=*");
    expect(body.records.map(({ svm }: { svm: { name: string } }) => svm.name).toSorted()).toEqual(["svm1", "svm2"]);
    expect(body.records[0]).toMatchObject({ enabled: true, target: { name: expect.stringMatching(/^iqn\.1992-08/) } });
    expect((await harness.get(`/api/protocols/san/iscsi/services/${harness.svm3}`)).body.error.code).toBe("4");
  });

  test("live sessions with how they were authenticated", async () => {
    const initiator = initiators[0] ?? "";
    const login = { do: "log-in-host", svm: "svm1", initiator, address: "10.0.0.5" } as const;
    const inbound = { user: "host0", password: "inbound-secret" };
    expect(await harness.simulator.sideDoor.act({ ...login, inbound })).toMatchObject({ accepted: true });
    const path = `/api/protocols/san/iscsi/sessions?svm.uuid=${harness.svm1}&initiator.name=${initiator}&fields=*`;
    const { body } = await harness.get(path);
    expect(body.records).toMatchObject([
      {
        initiator: { name: initiator },
        connections: [{ authentication_type: "chap", initiator_address: { address: "10.0.0.5" } }],
      },
    ]);
    const { href } = body.records[0]["_links"].self;
    expect((await harness.get(href)).body.tsih).toBe(body.records[0].tsih);
  });
});
