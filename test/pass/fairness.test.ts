import { describe, expect, test } from "vitest";
import { manifest } from "../model/world.ts";
import { namespace as owner, openScene, type Scene } from "./scene.ts";

/** What one tenant asks for, and however often, delays no other on the same array, and loads the array within bounds. */

const everything = {
  namespaces: { from: "All" },
  svms: ["*"],
  initiators: ["*"],
  authenticationTypes: ["chap", "deny", "none"],
};
const initiatorOf = (tenant: string, name: string): string => `iqn.1994-05.com.redhat:${tenant}.${name}`;
const chap = { authenticationType: "chap", chap: { inbound: { secretRef: { name: "chap" } } } };

async function openShared(spec: object = {}) {
  const scene = await openScene();
  const { people } = scene.world.cluster;
  const must = (answer: { readonly status: number; readonly message?: string }): void => {
    if (answer.status >= 300) throw new Error(answer.message);
  };
  for (const name of ["busy", "quiet"]) people.create({ kind: "Namespace", metadata: { name } });
  scene.connection({ grants: [everything], ...spec });
  await scene.settles();
  return {
    scene,
    secret: (tenant: string, password: string): void =>
      must(
        people.apply(
          manifest("Secret", tenant, "chap", {
            type: "kubernetes.io/basic-auth",
            stringData: { username: "user", password },
          }),
        ),
      ),
    declare: (tenant: string, name: string, more: object): void =>
      must(
        people.create(
          manifest("IscsiCredential", tenant, name, {
            spec: {
              connectionRef: { name: "array", namespace: owner },
              svm: { name: "svm1" },
              initiator: initiatorOf(tenant, name),
              ...more,
            },
          }),
        ),
      ),
    edit: (tenant: string, name: string, patch: object): void =>
      must(people.edit("IscsiCredential", tenant, name, patch)),
  };
}

const request = (n: number): object => ({
  metadata: { annotations: { "ontap-iscsi.dev/reconcile-requested-at": `${n}` } },
});

/** How many requests of credentials the array was asked in a stretch of time. */
async function requestsDuring(scene: Scene, during: () => Promise<void>): Promise<readonly string[]> {
  const before = scene.array.requests().length;
  await during();
  return scene.array
    .requests()
    .slice(before)
    .filter(({ path }) => path.includes("/iscsi/credentials"))
    .map(({ method }) => method);
}

async function untilHeld(scene: Scene, initiator: string, type: string): Promise<number> {
  const startedMs = scene.world.clock.monotonic();
  while (scene.held(initiator)?.authenticationType !== type) await scene.later(10);
  return scene.world.clock.monotonic() - startedMs;
}

describe("one edit of a tenant beside 250 credentials of another that rotate", () => {
  test("waits for a request that is under way, and not for the crowd", { timeout: 30_000 }, async () => {
    const { scene, secret, declare, edit } = await openShared();
    secret("busy", "first-password1");
    for (let n = 0; n < 250; n += 1) declare("busy", `host-${n}`, chap);
    declare("quiet", "host", { authenticationType: "deny" });
    await scene.settles();
    await scene.admin({ do: "set-latency", latency: { shape: "fixed", ms: 300 } });
    secret("busy", "second-password");
    await scene.later(500);
    edit("quiet", "host", { spec: { authenticationType: "none" } });
    // A read and a write of its own, and one request of another before each.
    expect(await untilHeld(scene, initiatorOf("quiet", "host"), "none")).toBeLessThan(4 * 300 + 200);
    const busy = scene.array.credentials().filter(({ chap: { inbound } }) => inbound?.password === "second-password");
    expect(busy.length).toBeLessThan(125);
  });
});

describe("a tenant who does the same thing hundreds of times", () => {
  test("an edited Secret: its object is written within bounds, and the last value arrives", async () => {
    const { scene, secret, declare } = await openShared();
    secret("busy", "first-password1");
    declare("busy", "host", chap);
    await scene.settles();
    const asked = await requestsDuring(scene, async () => {
      for (let n = 0; n < 312; n += 1) {
        secret("busy", `password-number-${n}`);
        await scene.later(40);
      }
      await scene.later(30_000);
    });
    expect(asked.filter((method) => method !== "GET").length).toBeLessThan(20);
    expect(scene.held(initiatorOf("busy", "host"))?.chap.inbound?.password).toBe("password-number-311");
  });

  test.each([
    { what: "a request by annotation", patch: (n: number) => request(n) },
    {
      what: "an edit that changes nothing on the array",
      patch: (n: number) => ({ spec: { adoptionPolicy: n % 2 === 0 ? "Adopt" : "Refuse" } }),
    },
    {
      what: "a request of an object that is refused",
      type: "deny",
      spec: { mode: "Plan" },
      patch: (n: number) => request(n),
    },
    { what: "a request of an object without secrets", type: "deny", patch: (n: number) => request(n) },
  ])("$what: reads and writes within bounds, and the last one is handled", async ({ patch, type, spec = {} }) => {
    const { scene, secret, declare, edit } = await openShared();
    secret("busy", "first-password1");
    declare("busy", "host", { ...(type === undefined ? chap : { authenticationType: type }), ...spec });
    await scene.settles();
    const asked = await requestsDuring(scene, async () => {
      for (let n = 0; n < 300; n += 1) {
        edit("busy", "host", patch(n));
        await scene.later(40);
      }
      await scene.later(30_000);
    });
    expect(asked.filter((method) => method !== "GET").length).toBeLessThan(20);
    expect(asked.filter((method) => method === "GET").length).toBeLessThan(20);
    const host = scene.world.cluster.people.get("IscsiCredential", "busy", "host");
    const status = host?.["status"] as {
      readonly observedGeneration: number;
      readonly lastHandledReconcileAt?: string;
    };
    expect(status.observedGeneration).toBe(host?.metadata.generation);
    expect(status.lastHandledReconcileAt).toBe("metadata" in patch(0) ? "299" : undefined);
  });

  test("shorter intervals than the connection's: they are raised, and the status says so", async () => {
    const { scene, secret, declare } = await openShared({ resyncInterval: "10m" });
    secret("busy", "first-password1");
    declare("busy", "host", { ...chap, resyncInterval: "5s", reassertInterval: "1m" });
    await scene.settles();
    const asked = await requestsDuring(scene, () => scene.later(60 * 60_000));
    expect(asked.filter((method) => method !== "GET").length).toBeLessThanOrEqual(6);
    expect(asked.filter((method) => method === "GET").length).toBeLessThanOrEqual(7);
    const status = scene.world.cluster.people.get("IscsiCredential", "busy", "host")?.["status"];
    expect(JSON.stringify(status)).toContain("spec.resyncInterval and spec.reassertInterval count as 600s");
  });
});
