import { describe, expect, onTestFinished, test } from "vitest";
import {
  basicAuth,
  aPlace,
  arrayPassword,
  chapFrom,
  conditionOf,
  eventually,
  mutualFrom,
  useWorld,
} from "./harness.ts";

/** What people see when something is wrong, and that mending it is enough. */

const world = useWorld();

const encoded = (text: string | Buffer): string => Buffer.from(text).toString("base64");

describe("Secrets that cannot serve are found before the array is asked", () => {
  const cases: readonly {
    readonly because: string;
    readonly data: Readonly<Record<string, string>>;
    readonly reason: string;
    readonly says: string;
  }[] = [
    {
      because: "a key is missing",
      data: { username: encoded("node") },
      reason: "SecretKeyNotFound",
      says: "key password (inbound password) is missing",
    },
    {
      because: "a value is empty",
      data: { username: encoded("node"), password: "" },
      reason: "SecretValueEmpty",
      says: "key password (inbound password) is empty",
    },
    {
      because: "echo left a line break",
      data: { username: encoded("node"), password: encoded("canary-secret-1\n") },
      reason: "SecretValueLineBreak",
      says: "printf instead of echo",
    },
    {
      because: "it is not text",
      data: { username: encoded("node"), password: encoded(Buffer.from([0xff, 0xfe])) },
      reason: "SecretValueInvalid",
      says: "is not UTF-8 text",
    },
    {
      because: "it holds a NUL byte",
      data: { username: encoded("node"), password: encoded("canary\0secret-2") },
      reason: "SecretValueInvalid",
      says: "NUL byte",
    },
    {
      because: "an editor left a byte order mark",
      data: { username: encoded("node"), password: encoded("\uFEFFcanary-byte-1") },
      reason: "SecretValueInvalid",
      says: "contains a byte order mark",
    },
    {
      because: "the user is longer than ONTAP takes",
      data: { username: encoded("n".repeat(129)), password: encoded("canary-secret-3") },
      reason: "SecretValueTooLong",
      says: "128 bytes for a user name",
    },
    {
      because: "128 characters can be more than 128 bytes",
      data: { username: encoded("ü".repeat(65)), password: encoded("canary-secret-3") },
      reason: "SecretValueTooLong",
      says: "(inbound user)",
    },
    {
      because: "the password is longer than ONTAP takes",
      data: { username: encoded("node"), password: encoded("p".repeat(513)) },
      reason: "SecretValueTooLong",
      says: "512 for a password",
    },
    {
      because: "0x without pairs of digits",
      data: { username: encoded("node"), password: encoded("0xcanary") },
      reason: "PasswordHexInvalid",
      says: "5374145",
    },
  ];

  test.each(cases)("$because: $reason", async ({ data, reason, says }) => {
    const place = await aPlace(world);
    const metadata = { name: "chap", namespace: place.namespace };
    await world.cluster.create({ apiVersion: "v1", kind: "Secret", metadata, type: basicAuth, data });
    await place.createCredential("unusable", chapFrom("chap"));
    const stalled = await place.untilReady("unusable", reason);
    expect(conditionOf(stalled, "Stalled")).toMatchObject({ status: "True", reason });
    expect(conditionOf(stalled, "Stalled")?.message).toContain(says);
    expect(conditionOf(stalled, "SecretsResolved")).toMatchObject({ status: "False", reason });
    expect(stalled["status"]).not.toHaveProperty("ontapError");
    expect(JSON.stringify(stalled)).not.toContain("canary");
    expect(await place.stored("unusable")).toBeUndefined();

    await world.cluster.patch("secrets", place.namespace, "chap", {
      data: { username: encoded("node"), password: encoded("mended-secret-1") },
    });
    const ready = await place.untilReady("unusable");
    expect(conditionOf(ready, "Stalled")).toBeUndefined();
  });

  test("equal passwords in both directions name ONTAP's code, and mending the Secret is enough", async () => {
    const place = await aPlace(world);
    const pairs = {
      "node.session.auth.username": "node",
      "node.session.auth.password": "canary-the-same",
      "node.session.auth.username_in": "array",
      "node.session.auth.password_in": "canary-the-same",
    };
    await place.createSecret("chap", pairs, "kubernetes.io/iscsi-chap");
    await place.createCredential("equal", mutualFrom("chap"));
    const stalled = await place.untilReady("equal", "PasswordsEqual");
    expect(conditionOf(stalled, "Ready")?.message).toContain("5374147");
    await world.cluster.patch("secrets", place.namespace, "chap", {
      stringData: { "node.session.auth.password_in": "another-secret1" },
    });
    await place.untilReady("equal");
  });

  test("a password that hosts treat differently is a warning, not a failure", async () => {
    const place = await aPlace(world);
    await place.createSecret("chap", { username: "node", password: "short" });
    await place.createCredential("short", chapFrom("chap"));
    const ready = await place.untilReady("short");
    expect(conditionOf(ready, "PasswordFormatWarning")?.message).toContain(
      "inbound password is not 12 to 16 bytes long",
    );
    await world.cluster.patch("secrets", place.namespace, "chap", { stringData: { password: "twelve-bytes" } });
    await eventually(
      async () =>
        conditionOf(await place.credential("short"), "PasswordFormatWarning") === undefined ? true : undefined,
      "the warning goes",
    );
  });
});

describe("what is missing is named, and picked up within a second of its appearance", () => {
  const appeared = async (
    act: () => Promise<unknown>,
    place: Awaited<ReturnType<typeof aPlace>>,
    name: string,
  ): Promise<number> => {
    const startedMs = performance.now();
    await act();
    await place.untilReady(name);
    return performance.now() - startedMs;
  };

  test("a Secret", async () => {
    const place = await aPlace(world);
    await place.createCredential("early", chapFrom("late"));
    const waiting = await place.untilReady("early", "SecretNotFound");
    expect(conditionOf(waiting, "Reconciling")?.message).toContain(
      "Secret late (spec.chap.inbound.secretRef.name) does not exist",
    );
    expect(
      await appeared(
        () => place.createSecret("late", { username: "node", password: "late-secret-123" }),
        place,
        "early",
      ),
    ).toBeLessThan(5000);
  });

  test("a connection", async () => {
    const place = await aPlace(world);
    await place.createCredential("unconnected", { connectionRef: { name: "later" } });
    const waiting = await place.untilReady("unconnected", "ConnectionNotFound");
    expect(conditionOf(waiting, "Ready")?.message).toContain(`OntapConnection ${place.namespace}/later`);
    const spec = {
      endpoint: world.array.url,
      auth: { basic: { secretRef: { name: "ontap-login" } } },
      tls: { caBundle: world.array.caPem },
    };
    const later = {
      apiVersion: "ontap-iscsi.dev/v1alpha1",
      kind: "OntapConnection",
      metadata: { name: "later", namespace: place.namespace },
      spec,
    };
    expect(await appeared(() => world.cluster.create(later), place, "unconnected")).toBeLessThan(5000);
  });

  test("an SVM, which the next probe of the connection finds", async () => {
    const place = await aPlace(world, { resyncInterval: "5s" });
    await place.createCredential("svmless", { svm: { name: "svm9" } });
    const stalled = await place.untilReady("svmless", "SvmNotFound");
    expect(conditionOf(stalled, "Stalled")?.message).toMatch(/shows no SVM svm9 \(spec\.svm\), only: svm1, svm2, svm3/);
    await world.array.sideDoor.act({ do: "create-svm", name: "svm9" });
    await place.untilReady("svmless");
    await world.array.sideDoor.act({ do: "delete-svm", svm: "svm9" });
  });

  test("an iSCSI service: the array's own answer stands in status.ontapError, with the next attempt", async () => {
    const place = await aPlace(world);
    await place.createCredential("serviceless", { svm: { name: "svm3" } });
    const waiting = await place.untilReady("serviceless", "IscsiServiceMissing");
    expect(conditionOf(waiting, "Reconciling")?.message).toContain("ONTAP 5374078");
    expect(waiting["status"]).toMatchObject({
      nextAttemptTime: expect.stringMatching(/Z$/),
      consecutiveFailures: 1,
      ontapError: { code: "5374078", operation: "POST", httpStatus: 400, reason: "IscsiServiceMissing" },
      svm: { name: "svm3" },
    });
    await world.array.sideDoor.act({ do: "create-service", svm: "svm3" });
    const ready = await place.untilReady("serviceless");
    expect(ready["status"]).not.toHaveProperty("ontapError");
    expect(ready["status"]).not.toHaveProperty("nextAttemptTime");
  });
});

describe("an SVM", () => {
  test("that is renamed keeps its credential; one made again under the name gets it again", async () => {
    await world.array.sideDoor.act({ do: "create-svm", name: "moving" });
    const place = await aPlace(world, { resyncInterval: "5s" });
    await place.createCredential("movable", { svm: { name: "moving" }, authenticationType: "deny" });
    await place.untilReady("movable");
    await world.array.sideDoor.act({ do: "rename-svm", svm: "moving", to: "moved" });
    const svmOf = async (): Promise<{ name?: string; uuid?: string } | undefined> =>
      ((await place.credential("movable"))?.["status"] as { svm?: { name?: string; uuid?: string } } | undefined)?.svm;
    await eventually(async () => ((await svmOf())?.name === "moved" ? true : undefined), "the new name is shown");
    await world.array.sideDoor.act({ do: "rename-svm", svm: "moved", to: "moving" });
    const { uuid } = (await svmOf()) ?? {};
    await world.array.sideDoor.act({ do: "recreate-svm", svm: "moving" });
    await eventually(() => place.stored("movable"), "the credential is on the new SVM");
    await eventually(async () => ((await svmOf())?.uuid === uuid ? undefined : true), "the new UUID is shown");
    expect(await place.stored("movable")).toMatchObject({ svm: "moving", authenticationType: "deny" });
  });
});

describe("connections", () => {
  test("say what they see", async () => {
    const place = await aPlace(world);
    const connection = await eventually(async () => {
      const seen = await world.cluster.get("ontapconnections", place.namespace, "array");
      return conditionOf(seen, "Ready")?.status === "True" ? seen : undefined;
    }, "the connection is ready");
    expect(connection["status"]).toMatchObject({
      cluster: { name: expect.any(String), version: expect.stringMatching(/^9\.\d+\.\d+$/) },
    });
    expect(conditionOf(connection, "Reachable")?.status).toBe("True");
    expect(conditionOf(connection, "Authenticated")?.status).toBe("True");
  });

  const failing = async (place: Awaited<ReturnType<typeof aPlace>>, reason: string) =>
    eventually(async () => {
      const seen = await world.cluster.get("ontapconnections", place.namespace, "array");
      return conditionOf(seen, "Ready")?.reason === reason ? seen : undefined;
    }, `the connection says ${reason}`);

  test("a wrong password is tried once, and said on the connection; credentials wait for it", async () => {
    const place = await aPlace(world);
    await world.array.sideDoor.act({ do: "put-login", user: "careful", password: "the-right-one" });
    await world.cluster.patch("secrets", place.namespace, "ontap-login", {
      stringData: { username: "careful", password: "the-wrong-one" },
    });
    const refused = await failing(place, "LoginRefused");
    expect(conditionOf(refused, "Authenticated")?.status).toBe("False");
    expect(refused["status"]).toMatchObject({ login: { refusals: 1 } });
    await place.createCredential("patient", {});
    const waiting = await place.untilReady("patient", "ConnectionNotReady");
    expect(conditionOf(waiting, "Reconciling")?.message).toContain("LoginRefused");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const refusals = (await world.array.sideDoor.requests()).filter(
      ({ user, status }) => user === "careful" && status === 401,
    );
    expect(refusals).toHaveLength(1);
    await world.cluster.patch("secrets", place.namespace, "ontap-login", { stringData: { password: "the-right-one" } });
    await place.untilReady("patient");
  });

  test("log in with a client certificate, or a token, and believe a CA from a Secret", async () => {
    const { certificatePem, keyPem } = await world.array.sideDoor.clientCertificate("certified");
    await world.array.sideDoor.act({ do: "put-login", user: "certified", certificate: true });
    await world.array.sideDoor.act({
      do: "put-token",
      token: "an-access-token-canary",
      user: "admin",
      lifetimeMs: 60_000,
    });
    const place = await aPlace(world);
    await place.createSecret("ca", { "ca.crt": world.array.caPem }, "Opaque");
    await place.createSecret("certificate", { "tls.crt": certificatePem, "tls.key": keyPem }, "kubernetes.io/tls");
    const labels = { "ontap-iscsi.dev/use": "login" };
    await place.createSecret("token", { token: "an-access-token-canary" }, "Opaque", { labels });
    const tls = { caBundle: null, caRef: { kind: "Secret", name: "ca" } };
    for (const [name, auth] of Object.entries({
      certified: { basic: null, clientCertificate: { secretRef: { name: "certificate" } } },
      tokened: { clientCertificate: null, bearerToken: { secretRef: { name: "token" } } },
    })) {
      await world.cluster.patch("ontapconnections", place.namespace, "array", { spec: { auth, tls } });
      await place.createCredential(name, { authenticationType: "deny" });
      await place.untilReady(name);
      expect(await place.stored(name)).toMatchObject({ authenticationType: "deny" });
    }
    await world.cluster.patch("secrets", place.namespace, "certificate", {
      stringData: { "tls.crt": "no certificate" },
    });
    const auth = { bearerToken: null, clientCertificate: { secretRef: { name: "certificate" } } };
    await world.cluster.patch("ontapconnections", place.namespace, "array", { spec: { auth } });
    const refused = await failing(place, "SecretInvalid");
    expect(conditionOf(refused, "Stalled")?.message).toContain(
      "Secret certificate (spec.auth.clientCertificate.secretRef.name): key tls.crt holds no certificate in PEM form",
    );
    // Rotation: the next version of the Secret is used at once.
    await world.cluster.patch("secrets", place.namespace, "certificate", { stringData: { "tls.crt": certificatePem } });
    await failing(place, "Connected");
  });

  test("believe anybody only where the object says so, and then with a warning", async () => {
    const place = await aPlace(world, { tls: { insecureSkipVerify: true } });
    const connected = await failing(place, "Connected");
    expect(conditionOf(connected, "InsecureTlsWarning")?.message).toContain("set tls.caBundle or tls.caRef instead");
    await world.cluster.patch("ontapconnections", place.namespace, "array", {
      spec: { tls: { insecureSkipVerify: false, caBundle: world.array.caPem } },
    });
    await eventually(
      async () =>
        conditionOf(await world.cluster.get("ontapconnections", place.namespace, "array"), "InsecureTlsWarning") ===
        undefined
          ? true
          : undefined,
      "the warning goes",
    );
  });

  test.each([
    ["expired", "CertificateExpired"],
    ["wrong-name", "CertificateNameMismatch"],
    ["unknown-authority", "CertificateUntrusted"],
  ] as const)("tell a certificate that is %s from others: %s", async (kind, reason) => {
    onTestFinished(async () => void (await world.array.sideDoor.act({ do: "show-certificate", kind: "valid" })));
    await world.array.sideDoor.act({ do: "show-certificate", kind });
    const place = await aPlace(world);
    const refused = await failing(place, reason);
    expect(conditionOf(refused, "Reachable")?.status).toBe("False");
    await world.array.sideDoor.act({ do: "show-certificate", kind: "valid" });
    await failing(place, "Connected");
  });

  test("a certificate of an unknown authority", async () => {
    const place = await aPlace(world, { tls: {} });
    const refused = await failing(place, "CertificateUntrusted");
    expect(conditionOf(refused, "Reachable")?.status).toBe("False");
    await world.cluster.patch("ontapconnections", place.namespace, "array", {
      spec: { tls: { caBundle: world.array.caPem } },
    });
    await failing(place, "Connected");
  });

  test("outlive the credentials that need them, and name them", async () => {
    const place = await aPlace(world);
    await place.createCredential("needy", { authenticationType: "deny" });
    await place.untilReady("needy");
    await world.cluster.delete("ontapconnections", place.namespace, "array");
    const held = await failing(place, "InUse");
    expect(conditionOf(held, "Ready")?.message).toContain(`${place.namespace}/needy`);
    await world.cluster.delete("iscsicredentials", place.namespace, "needy");
    await eventually(
      async () =>
        (await world.cluster.get("ontapconnections", place.namespace, "array")) === undefined ? true : undefined,
      "the connection is gone",
    );
    expect(await place.stored("needy")).toBeUndefined();
  });
});

describe("switches", () => {
  test("Plan writes nothing and shows what it would", async () => {
    const place = await aPlace(world);
    await place.createSecret("chap", { username: "node", password: "planned-secret1" });
    await place.createCredential("planned", { ...chapFrom("chap"), mode: "Plan" });
    const planned = await place.untilReady("planned", "PlanPending");
    expect(planned["status"]).toMatchObject({
      plan: { operation: "POST", changes: [{ field: "initiator", wanted: "chap" }] },
    });
    expect(await place.stored("planned")).toBeUndefined();
    await world.cluster.patch("iscsicredentials", place.namespace, "planned", { spec: { mode: "Enforce" } });
    const ready = await place.untilReady("planned");
    expect(ready["status"]).not.toHaveProperty("plan");
  });

  test("suspend stops before the next write and leaves Ready as it was", async () => {
    const place = await aPlace(world);
    await place.createSecret("chap", { username: "node", password: "before-suspend" });
    await place.createCredential("suspended", chapFrom("chap"));
    await place.untilReady("suspended");
    await world.cluster.patch("iscsicredentials", place.namespace, "suspended", { spec: { suspend: true } });
    await world.cluster.patch("secrets", place.namespace, "chap", { stringData: { password: "during-suspend" } });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await place.stored("suspended")).toMatchObject({ inbound: { password: "before-suspend" } });
    expect(conditionOf(await place.credential("suspended"), "Ready")?.status).toBe("True");
    await world.cluster.patch("iscsicredentials", place.namespace, "suspended", { spec: { suspend: false } });
    await eventually(
      async () => ((await place.stored("suspended"))?.inbound?.password === "during-suspend" ? true : undefined),
      "the array has the password",
    );
  });

  test("a requested look is taken at once, and echoed", async () => {
    const place = await aPlace(world);
    await place.createCredential("asked", { authenticationType: "deny" });
    await place.untilReady("asked");
    await world.array.sideDoor.act({
      do: "put-credential",
      svm: "svm1",
      initiator: place.initiator("asked"),
      authenticationType: "none",
    });
    const annotations = { "ontap-iscsi.dev/reconcile-requested-at": "now" };
    await world.cluster.patch("iscsicredentials", place.namespace, "asked", { metadata: { annotations } });
    await eventually(
      async () => ((await place.stored("asked"))?.authenticationType === "deny" ? true : undefined),
      "the drift is corrected",
    );
    await eventually(
      async () =>
        ((await place.credential("asked"))?.["status"] as { lastHandledReconcileAt?: string } | undefined)
          ?.lastHandledReconcileAt,
      "the request is echoed",
    );
  });
});

test("no secret is ever printed: log, status, Events", async () => {
  const canaries = /canary|mended-secret|the-right-one|the-wrong-one|planned-secret|(before|during)-suspend/;
  expect(world.operator.logLines.join("\n")).not.toMatch(canaries);
  expect(world.operator.logLines.join("\n")).not.toContain(arrayPassword);
  for (const path of [
    "/apis/ontap-iscsi.dev/v1alpha1/iscsicredentials",
    "/apis/ontap-iscsi.dev/v1alpha1/ontapconnections",
    "/apis/events.k8s.io/v1/events",
  ]) {
    const text = JSON.stringify(await world.cluster.send({ method: "GET", path }));
    expect(text).not.toMatch(canaries);
    expect(text).not.toContain(arrayPassword);
  }
});
