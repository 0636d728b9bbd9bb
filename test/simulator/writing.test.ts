import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { Dialect } from "../../src/simulator/model/dialect.ts";
import { aCredential, credentials, iqn, startHarness, type Harness } from "./harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness[Symbol.asyncDispose]());

const inbound = { user: "host1", password: "inbound-secret" };
const outbound = { user: "ontap", password: "outbound-secret" };

async function shown(initiator = iqn): Promise<Record<string, unknown>> {
  const { svm: _svm, _links, initiator: _initiator, ...rest } = (await harness.get(harness.pathOf(initiator))).body;
  return rest;
}

async function stored(initiator = iqn) {
  const all = await harness.simulator.sideDoor.credentials();
  return all.find((credential) => credential.svm === "svm1" && credential.initiator === initiator);
}

async function succeed(reply: ReturnType<Harness["patch"]>): Promise<void> {
  const { status, text } = await reply;
  expect(text).toBe("{\n}");
  expect(status).toBe(200);
}

const speak = (dialect: Partial<Dialect>) => harness.simulator.sideDoor.act({ do: "set-dialect", dialect });
const address = (ranges: unknown, masks?: unknown) => ({ initiator_address: { ranges, masks } });

describe("POST", () => {
  test("answers 201 with an empty object and a relative Location that ends in both keys", async () => {
    const { status, headers, text } = await harness.post(aCredential());
    expect([status, text]).toEqual([201, "{\n}"]);
    expect(headers["location"]).toBe(harness.pathOf(iqn));
    expect((await harness.get(String(headers["location"]))).body.initiator).toBe(iqn);
  });

  test("returns the record if asked, but never a secret", async () => {
    const { body, text } = await harness.post(aCredential(), "?return_records=true");
    expect(body).toMatchObject({ num_records: 1, records: [{ initiator: iqn, chap: { inbound: { user: "host1" } } }] });
    expect(text).not.toContain("secret");
    expect((await stored())?.inbound).toEqual(inbound);
  });

  test("accepts JSON that is labelled as a form, as curl does with -d", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect((await harness.call({ method: "POST", path: credentials, body: aCredential(), headers })).status).toBe(201);
  });

  test("accepts dotted names, types in any case and an SVM by name and UUID", async () => {
    const { svm: _, ...body } = aCredential({ authentication_type: "CHAP" });
    expect((await harness.post({ ...body, "svm.name": "svm1", "svm.uuid": harness.svm1 })).status).toBe(201);
    expect((await shown())["authentication_type"]).toBe("chap");
  });

  test("folds upper case in the initiator, or refuses it", async () => {
    expect((await harness.post(aCredential({ initiator: "iqn.1995-08.com.EXAMPLE:b" }))).status).toBe(201);
    expect((await stored("iqn.1995-08.com.example:b"))?.initiator).toBe("iqn.1995-08.com.example:b");
    await speak({ upperCaseInitiator: "refused" });
    expect((await harness.post(aCredential({ initiator: "iqn.1995-08.com.EXAMPLE:c" }))).body.error.code).toBe(
      "5373972",
    );
  });

  test("takes secrets of any characters, and hex", async () => {
    const password = "pässwörd with spaces 日本";
    await harness.post(aCredential({ chap: { inbound: { user: "host1", password } } }));
    expect((await stored())?.inbound?.password).toBe(password);
    await succeed(
      harness.patch(iqn, { authentication_type: "chap", chap: { inbound: { user: "h", password: "0XaB01" } } }),
    );
    expect((await stored())?.inbound?.password).toBe("0XaB01");
  });

  test("refuses names that are too long with the igroups' code", async () => {
    const initiator = `iqn.1995-08.com.example:${"x".repeat(200)}`;
    expect((await harness.post(aCredential({ initiator }))).body.error.code).toBe("5373992");
  });
});

describe("the default credential", () => {
  test("comes with the iSCSI service and goes with it", async () => {
    expect(await shown("default")).toEqual({ authentication_type: "none" });
    await harness.simulator.sideDoor.act({ do: "remove-service", svm: "svm1" });
    expect((await harness.get(harness.pathOf("default"))).body.error.code).toBe("4");
    expect((await harness.post(aCredential())).body.error.code).toBe("5374078");
    await harness.simulator.sideDoor.act({ do: "create-service", svm: "svm1" });
    expect(await shown("default")).toEqual({ authentication_type: "none" });
  });

  test("can be changed, to deny or to chap", async () => {
    await succeed(harness.patch("default", { authentication_type: "deny" }));
    expect(await shown("default")).toEqual({ authentication_type: "deny" });
    await succeed(harness.patch("default", { authentication_type: "CHAP", chap: { inbound, outbound } }));
    expect(await shown("default")).toEqual({
      authentication_type: "chap",
      chap: { inbound: { user: "host1" }, outbound: { user: "ontap" } },
    });
  });
});

describe("PATCH of CHAP", () => {
  beforeEach(() => harness.post(aCredential({ chap: { inbound, outbound } })));

  test("keeps the outbound pair when only the inbound one is sent", async () => {
    const next = { user: "host1", password: "another-secret" };
    await succeed(harness.patch(iqn, { authentication_type: "chap", chap: { inbound: next } }));
    expect(await stored()).toMatchObject({ inbound: next, outbound });
  });

  test("changes the outbound pair, or its password, alone", async () => {
    await succeed(
      harness.patch(iqn, { authentication_type: "chap", chap: { outbound: { user: "o", password: "p" } } }),
    );
    await succeed(harness.patch(iqn, { authentication_type: "chap", chap: { outbound: { password: "q" } } }));
    expect(await stored()).toMatchObject({ inbound, outbound: { user: "o", password: "q" } });
  });

  test("clears the outbound pair with an empty user", async () => {
    await succeed(harness.patch(iqn, { authentication_type: "chap", chap: { outbound: { user: "" } } }));
    expect((await stored())?.outbound).toBeUndefined();
    expect(await shown()).toEqual({ authentication_type: "chap", chap: { inbound: { user: "host1" } } });
    const post = await harness.post(
      aCredential({ initiator: "iqn.1995-08.com.example:b", chap: { inbound, outbound: { user: "" } } }),
    );
    expect(post.body.error.code).toBe("262245");
  });

  test("to none or deny hides CHAP; whether the pairs come back is a matter of dialect", async () => {
    await succeed(harness.patch(iqn, { authentication_type: "none" }));
    expect(await shown()).toEqual({ authentication_type: "none" });
    expect((await harness.patch(iqn, { authentication_type: "chap" })).body.error.code).toBe("5374149");

    await speak({ chapAfterTypeChange: "kept" });
    await harness.patch(iqn, { authentication_type: "chap", chap: { inbound } });
    await succeed(harness.patch(iqn, { authentication_type: "deny" }));
    expect(await shown()).toEqual({ authentication_type: "deny" });
    await succeed(harness.patch(iqn, { authentication_type: "chap" }));
    expect((await stored())?.inbound).toEqual(inbound);
  });

  test.each([
    { chapWithoutType: "5374900", code: "5374900" },
    { chapWithoutType: "262186", code: "262186" },
    { chapWithoutType: "accepted", code: undefined },
  ] as const)("without a type, in the dialect $chapWithoutType", async ({ chapWithoutType, code }) => {
    await speak({ chapWithoutType });
    expect((await harness.patch(iqn, { chap: { inbound } })).body.error?.code).toBe(code);
  });

  test("treats null as not given, which is how NetApp's Ansible module comes to 5374149", async () => {
    const chap = { inbound: { user: "host1", password: null }, outbound };
    expect((await harness.patch(iqn, { authentication_type: "chap", chap })).body.error.code).toBe("5374149");
  });
});

describe("PATCH of addresses", () => {
  beforeEach(() => harness.post(aCredential(address([{ start: "10.0.0.1", end: "10.0.0.9" }]))));
  const ranges = async () => {
    const list = (await shown())["initiator_address"] as { ranges?: { start: string; end: string }[] } | undefined;
    return list?.ranges?.map(({ start, end }) => `${start}-${end}`);
  };

  test("does not need CHAP, and replaces the list", async () => {
    await succeed(harness.patch(iqn, address([{ start: "10.1.0.1", end: "10.1.0.1" }])));
    expect(await ranges()).toEqual(["10.1.0.1-10.1.0.1"]);
    await succeed(harness.patch(iqn, address([])));
    expect(await shown()).not.toHaveProperty("initiator_address");
  });

  test("adds, and adds nothing twice", async () => {
    const more = address([
      { start: "10.0.0.1", end: "10.0.0.9" },
      { start: "10.0.1.1", end: "10.0.1.9" },
    ]);
    await succeed(harness.patch(iqn, more, "?add_initiator_addresses=true"));
    expect(await ranges()).toEqual(["10.0.0.1-10.0.0.9", "10.0.1.1-10.0.1.9"]);
  });

  test("removes, and splits what is hit in part", async () => {
    const middle = address([{ start: "10.0.0.4", end: "10.0.0.5" }], [{ address: "10.0.0.8", netmask: "30" }]);
    await succeed(harness.patch(iqn, middle, "?remove_initiator_addresses=true"));
    expect(await ranges()).toEqual(["10.0.0.1-10.0.0.3", "10.0.0.6-10.0.0.7"]);
  });

  test("normalises: netmask as length, IPv6 with 64 by default, family added and accepted back", async () => {
    await speak({ addressView: "as-written" });
    const masks = [
      { address: "10.2.3.4", netmask: "255.255.0.0" },
      { address: "2001:0DB8::0:1", family: "ipv6" },
    ];
    await succeed(harness.patch(iqn, address([{ start: "::0001", end: "::2", family: "ipv6" }], masks)));
    expect((await shown())["initiator_address"]).toEqual({
      ranges: [{ family: "ipv6", start: "::1", end: "::2" }],
      masks: [
        { family: "ipv4", address: "10.2.3.4", netmask: "16" },
        { family: "ipv6", address: "2001:db8::1", netmask: "64" },
      ],
    });
  });

  test.each([
    { dialect: { addressView: "ranges" }, ranges: ["10.0.0.0-10.0.0.255", "10.0.1.0-10.0.1.9"], masks: undefined },
    { dialect: { addressView: "both" }, ranges: ["10.0.0.0-10.0.0.255", "10.0.1.0-10.0.1.9"], masks: ["10.0.0.7"] },
    { dialect: { addressView: "ranges", addressMerging: "adjacent" }, ranges: ["10.0.0.0-10.0.1.9"], masks: undefined },
    {
      dialect: { addressView: "as-written", maskHostBits: "cleared" },
      ranges: ["10.0.1.0-10.0.1.9"],
      masks: ["10.0.0.0"],
    },
  ] as const)("shows one list in the dialect $dialect", async ({ dialect, ranges: expectedRanges, masks }) => {
    await speak(dialect);
    const list = address([{ start: "10.0.1.0", end: "10.0.1.9" }], [{ address: "10.0.0.7", netmask: "24" }]);
    await succeed(harness.patch(iqn, list));
    const shownList = (await shown())["initiator_address"] as { masks?: { address: string }[] };
    expect((await ranges())?.toSorted()).toEqual(expectedRanges);
    expect(shownList.masks?.map((mask) => mask.address)).toEqual(masks);
  });

  test("spells IPv6 as it was written in one dialect", async () => {
    await speak({ addressView: "as-written", ipv6Spelling: "as-written" });
    await succeed(
      harness.patch(iqn, address([{ start: "2001:DB8:0::1", end: "2001:0db8::2" }], [{ address: "FE80::1" }])),
    );
    expect((await shown())["initiator_address"]).toEqual({
      ranges: [{ family: "ipv6", start: "2001:DB8:0::1", end: "2001:0db8::2" }],
      masks: [{ family: "ipv6", address: "FE80::1", netmask: "64" }],
    });
  });
});

describe("initiators", () => {
  const upper = iqn.toUpperCase();

  test.each([
    { initiatorSpelling: "folded", shows: iqn },
    { initiatorSpelling: "as-written", shows: "IQN.1992-08.com.netapp:Initiator1" },
    { initiatorSpelling: "upper", shows: upper },
  ] as const)("are spelled $initiatorSpelling in answers, and default always alike", async ({ shows, ...dialect }) => {
    await speak(dialect);
    await harness.post(aCredential({ initiator: "IQN.1992-08.com.netapp:Initiator1" }));
    const { body } = await harness.get(`${credentials}?svm.name=svm1`);
    expect(body.records.map((record: { initiator: string }) => record.initiator)).toEqual(["default", shows]);
  });

  test("are compared with case in one dialect, by the spelling that answers have", async () => {
    await speak({ initiatorSpelling: "upper", initiatorsCompared: "with-case" });
    await harness.post(aCredential());
    expect((await harness.get(harness.pathOf(iqn))).body.error.code).toBe("4");
    expect((await harness.remove(iqn)).body.error.code).toBe("5374895");
    expect((await harness.post(aCredential())).body.error.code).toBe("5374142");
    expect((await harness.get(harness.pathOf(upper))).status).toBe(200);
    expect((await harness.remove(upper)).status).toBe(200);
  });
});

describe("clearing the outbound pair", () => {
  const mutual = { inbound, outbound };
  const clear = () => harness.patch(iqn, { authentication_type: "chap", chap: { inbound, outbound: { user: "" } } });

  test.each([
    { clearOutbound: "accepted", status: 200, code: undefined, left: undefined },
    { clearOutbound: "refused", status: 400, code: "262245", left: outbound },
    { clearOutbound: "ignored", status: 200, code: undefined, left: outbound },
  ] as const)("is $clearOutbound", async ({ clearOutbound, status, code, left }) => {
    await speak({ clearOutbound });
    await harness.post(aCredential({ chap: mutual }));
    const reply = await clear();
    expect([reply.status, reply.body.error?.code, (await stored())?.outbound]).toEqual([status, code, left]);
  });
});

describe("DELETE", () => {
  test("answers an empty object, accepts the body {} and deletes", async () => {
    await harness.post(aCredential());
    await succeed(harness.call({ method: "DELETE", path: harness.pathOf(iqn), body: {} }));
    expect((await harness.get(harness.pathOf(iqn))).status).toBe(404);
  });
});

describe("what the documentation leaves open", () => {
  test("the status of the resource's own codes", async () => {
    await speak({ statuses: { "5374*": 500, "5374895": 404 } });
    expect((await harness.remove("default")).status).toBe(500);
    expect((await harness.remove(iqn)).status).toBe(404);
  });

  test("the code for keys in a PATCH", async () => {
    await harness.post(aCredential());
    await speak({ keyInPatch: "262203" });
    expect((await harness.patch(iqn, { svm: { name: "svm1" } })).body.error.code).toBe("262203");
  });

  test("colons in links", async () => {
    await speak({ hrefColon: "encoded" });
    const { headers } = await harness.post(aCredential());
    expect(headers["location"]).toBe(harness.pathOf(iqn.replace(":", "%3A")));
  });

  test("credentials without a service", async () => {
    await harness.post(aCredential());
    await speak({ credentialsWithoutService: "kept" });
    await harness.simulator.sideDoor.act({ do: "remove-service", svm: "svm1" });
    expect((await harness.get(harness.pathOf(iqn))).status).toBe(200);
  });

  test("error arguments for everybody", async () => {
    await speak({ errorArguments: "always" });
    expect((await harness.remove(iqn)).body.error.arguments).toHaveLength(2);
  });
});

describe("an SVM that takes no writes", () => {
  test.each([
    { change: { state: "stopped" }, code: "5374893" },
    { change: { subtype: "dp_destination" }, code: "2621574" },
    { change: { iscsiAllowed: false }, code: "2621507" },
  ] as const)("says $code after $change", async ({ change, code }) => {
    await harness.post(aCredential());
    await harness.simulator.sideDoor.act({ do: "change-svm", svm: "svm1", ...change });
    expect((await harness.patch(iqn, { authentication_type: "deny" })).body.error.code).toBe(code);
    expect((await harness.remove(iqn)).body.error.code).toBe(code);
    expect((await harness.post(aCredential({ initiator: "iqn.1995-08.com.example:b" }))).body.error.code).toBe(code);
    expect((await harness.get(harness.pathOf(iqn))).status).toBe(200);
  });
});
