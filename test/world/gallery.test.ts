import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { longestHistory } from "../../src/api/iscsi-credential.ts";
import type { KubeRequest, KubeTransport } from "../../src/kube/transport.ts";
import { allEntries } from "../../src/array/catalogue/catalogue.ts";
import { connectionReasons } from "../../src/connection/vocabulary.ts";
import { credentialReasons } from "../../src/credential/vocabulary.ts";
import type { Log } from "../../src/std/log.ts";
import { excludedConnectionReasons, excludedCredentialReasons } from "../../tools/gallery/excluded.ts";
import { openGallery, pluralOf, scenarios, type Exhibit, type Gallery } from "../../tools/gallery/gallery.ts";
import { objectNameOf, titleOf, type Look, type Scenario } from "../../tools/gallery/scenario.ts";
import { arrayPassword, galleryNamespace } from "../../tools/gallery/scene.ts";
import { unrulyScenarios } from "../../tools/gallery/unruly-scenarios.ts";
import { eventually } from "../../tools/harness/cluster.ts";
import { argoHealthOf, type ArgoHealth } from "../consumers/argo.ts";
import { fluxFaultsOf } from "../consumers/flux.ts";
import { kstatusOf, waitEnds, type Kstatus } from "../consumers/kstatus.ts";
import { conditionIn, conditionsOf, statusOf } from "../consumers/status-of.ts";

/** What every tool makes of every state, and that a state in which nothing happens costs nothing. */

let gallery: Gallery;
beforeAll(async () => {
  gallery = await openGallery();
});
afterAll(() => gallery?.stop());

const about = scenarios.map((scenario) => [`${scenario.kind} ${titleOf(scenario)}`, scenario] as const);

function exhibitOf(scenario: Scenario): Exhibit {
  const exhibit = gallery.exhibits.find((candidate) => candidate.scenario === scenario);
  if (exhibit === undefined) throw new Error(`${titleOf(scenario)} is not in the gallery`);
  return exhibit;
}

describe("the gallery is complete", () => {
  const shown = (kind: Scenario["kind"]): ReadonlySet<string> =>
    new Set(
      gallery.exhibits
        .filter(({ scenario }) => scenario.kind === kind)
        .flatMap(({ object }) => conditionsOf(object).map(({ reason }) => reason)),
    );

  test.each([
    ["IscsiCredential", credentialReasons, excludedCredentialReasons],
    ["OntapConnection", connectionReasons, excludedConnectionReasons],
  ] as const)("every reason of %s is shown, or excluded for a reason", (kind, reasons, excluded) => {
    const missing = Object.keys(reasons).filter((reason) => !shown(kind).has(reason));
    expect(missing.toSorted()).toEqual(Object.keys(excluded).toSorted());
  });

  test.each([
    ["IscsiCredential", ["bug", "environment", "input", "permission"]],
    // A connection only reads, and a read is never refused for what an object says.
    ["OntapConnection", ["environment", "permission"]],
  ] as const)("every class of the array's errors that %s can show is shown", (kind, wanted) => {
    const classes = allEntries.filter(({ reason }) => shown(kind).has(reason)).map(({ class: of }) => of);
    // What converges is looked at again at once, and never told.
    expect([...new Set(classes)].toSorted()).toEqual(expect.arrayContaining([...wanted]));
  });
});

interface Seen {
  readonly kstatus: Kstatus;
  readonly argo: ArgoHealth;
}

const seenAs: Readonly<Record<Look, Seen>> = {
  unseen: { kstatus: "InProgress", argo: "Progressing" },
  ready: { kstatus: "Current", argo: "Healthy" },
  working: { kstatus: "InProgress", argo: "Progressing" },
  stuck: { kstatus: "Failed", argo: "Degraded" },
  suspended: { kstatus: "Current", argo: "Suspended" },
  "suspended unready": { kstatus: "InProgress", argo: "Suspended" },
  leaving: { kstatus: "Terminating", argo: "Progressing" },
};

const waits: Readonly<Record<Look, ReturnType<typeof waitEnds>>> = {
  unseen: "not yet",
  ready: "well",
  working: "not yet",
  stuck: "badly",
  suspended: "well",
  "suspended unready": "not yet",
  leaving: "not yet",
};

describe.each(about)("%s", (_title, scenario) => {
  test("is seen by kstatus, Argo CD, Flux and Helm as what it is", () => {
    const { object } = exhibitOf(scenario);
    const kstatus = kstatusOf(object);
    expect({ kstatus, argo: argoHealthOf(object) }).toEqual(seenAs[scenario.look]);
    expect(waitEnds(kstatus)).toBe(waits[scenario.look]);
  });

  test("keeps to the rules of conditions", () => {
    const { object } = exhibitOf(scenario);
    expect(fluxFaultsOf(object)).toEqual([]);
    const { observedGeneration, history = [] } = statusOf(object);
    expect(Number.isInteger(observedGeneration)).toBe(true);
    expect(history.length).toBeLessThanOrEqual(longestHistory);
    for (const condition of conditionsOf(object)) {
      expect(condition.reason).toMatch(/^[A-Z][A-Za-z0-9]*$/);
      expect(condition.lastTransitionTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    }
  });

  test("says the same in every run: no time, no id, no secret, and all on a screen", () => {
    const { object } = exhibitOf(scenario);
    for (const { message } of conditionsOf(object)) {
      expect(message.length).toBeLessThanOrEqual(1024);
      expect(message).toMatch(/^\S[^\p{Cc}]*\S$/u);
      expect(message).not.toMatch(/\d{4}-\d\d-\d\dT|[0-9a-f]{8}-[0-9a-f]{4}-|127\.0\.0\.1:\d{4,}/);
    }
    expect(JSON.stringify(object)).not.toMatch(/-secret1?"|0xodd|echoed-|the-same-|wrong-password|nul\\u0000/);
    expect(JSON.stringify(object)).not.toContain(arrayPassword);
  });

  test("shows in the columns of kubectl get", () => {
    const { object, columns } = exhibitOf(scenario);
    const ready = conditionIn(object, "Ready");
    expect(columns.get("Name")).toBe(objectNameOf(scenario));
    expect(columns.get("Ready")).toBe(ready?.status);
    expect(columns.get("Reason")).toBe(scenario.reason);
    expect(columns.get("Message")).toBe(ready?.message);
    for (const cell of columns.values()) expect(String(cell)).not.toContain("<invalid>");
  });
});

test("who is suspended shows in a column", () => {
  const suspended = gallery.exhibits.filter(({ columns }) => columns.get("Suspended") === true);
  expect(suspended.map(({ scenario }) => titleOf(scenario)).toSorted()).toEqual([
    "Applied-suspended",
    "SecretNotFound-suspended",
    "Suspended",
    "SuspendedDeletion",
  ]);
});

test.each(unrulyScenarios.map((scenario) => [`${scenario.kind} ${titleOf(scenario)}`, scenario] as const))(
  "%s: the message names the field and the fix",
  (_title, scenario) => {
    expect(conditionIn(exhibitOf(scenario).object, "Stalled")?.message).toMatch(scenario.says);
  },
);

/** Of a new Event, the object that it regards; the path of an older one begins with its name. */
function regardedBy({ body }: KubeRequest): string {
  const { regarding } = (body ?? {}) as { readonly regarding?: { readonly name: string } };
  return regarding === undefined ? "" : `/${regarding.name}.`;
}

/** Everything that this operator has written to the API server, as `METHOD path`, and its passes by object. */
function watched(): {
  readonly writes: string[];
  readonly passes: Map<string, number>;
  readonly log: Log;
  readonly throughKube: (transport: KubeTransport) => KubeTransport;
} {
  const writes: string[] = [];
  const passes = new Map<string, number>();
  const ignore = (): void => {};
  return {
    writes,
    passes,
    log: {
      debug(fields, message) {
        const key = `${String(fields["controller"])} ${String(fields["key"])}`;
        if (message === "pass ended") passes.set(key, (passes.get(key) ?? 0) + 1);
      },
      info: ignore,
      warn: ignore,
      error: ignore,
    },
    throughKube: (transport) => ({
      ...transport,
      send(request: KubeRequest, signal: AbortSignal) {
        if (request.method !== "GET") writes.push(`${request.method} ${request.path}${regardedBy(request)}`);
        return transport.send(request, signal);
      },
    }),
  };
}

describe("without news", () => {
  const quiet = scenarios.filter(({ attempts, stage }) => attempts !== true && stage !== "unseen");
  const keyOf = (scenario: Scenario): string => `${pluralOf(scenario)} ${galleryNamespace}/${objectNameOf(scenario)}`;
  const pathOf = (scenario: Scenario): string => `/${pluralOf(scenario)}/${objectNameOf(scenario)}`;
  const restless = scenarios.filter(({ attempts }) => attempts).map((scenario) => `/${objectNameOf(scenario)}.`);
  const isOfQuiet = (write: string): boolean =>
    write.includes("/events")
      ? !restless.some((name) => write.includes(name))
      : quiet.some((scenario) => `${write}/`.includes(`${pathOf(scenario)}/`));

  /** Writes of those that do not go on attempting; these have logins of their own. */
  async function arrayWrites(): Promise<readonly string[]> {
    const attempting = new Set(
      scenarios.filter(({ attempts }) => attempts).map((scenario) => `user-of-${objectNameOf(scenario)}`),
    );
    return (await gallery.array.sideDoor.requests())
      .filter(({ method, user }) => method !== "GET" && !attempting.has(user ?? ""))
      .map(({ method, path }) => `${method} ${path}`);
  }

  test("100 passes over every credential write nothing: no status, no finalizer, no Event, nothing on the array", async () => {
    await gallery.array.sideDoor.forgetRequests();
    const { writes, passes, ...through } = watched();
    const operator = await gallery.startOperator(through);
    const credentials = quiet.filter(({ kind }) => kind === "IscsiCredential");
    try {
      const passed = (times: number): Promise<true> =>
        eventually(
          async () => (credentials.every((scenario) => (passes.get(keyOf(scenario)) ?? 0) >= times) ? true : undefined),
          `${times} passes over every credential`,
        );
      await passed(1);
      for (let round = 1; round <= 100; round += 1) {
        const before = Math.min(...credentials.map((scenario) => passes.get(keyOf(scenario)) ?? 0));
        // A namespace's labels decide who may use a connection, so all its credentials are looked at again.
        await gallery.cluster.send({
          method: "PATCH",
          path: `/api/v1/namespaces/${galleryNamespace}`,
          contentType: "application/merge-patch+json",
          body: { metadata: { labels: { round: String(round) } } },
        });
        await passed(before + 1);
      }
      expect(Math.min(...credentials.map((scenario) => passes.get(keyOf(scenario)) ?? 0))).toBeGreaterThan(100);
    } finally {
      await operator.stop();
    }
    expect(writes.filter(isOfQuiet)).toEqual([]);
    expect(await arrayWrites()).toEqual([]);
  });

  test("100 restarts look at every object of both kinds and write nothing", async () => {
    await gallery.array.sideDoor.forgetRequests();
    const { writes, passes, ...through } = watched();
    for (let restart = 1; restart <= 100; restart += 1) {
      const operator = await gallery.startOperator(through);
      await eventually(
        async () => (quiet.every((scenario) => (passes.get(keyOf(scenario)) ?? 0) >= restart) ? true : undefined),
        `every object is looked at after restart ${restart}`,
      );
      await operator.stop();
    }
    expect(writes.filter(isOfQuiet)).toEqual([]);
    expect(await arrayWrites()).toEqual([]);
  }, 180_000);
});
