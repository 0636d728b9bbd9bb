import { describe, expect, test } from "vitest";
import type { ArrayReply } from "../model/simulated-array.ts";
import type { Violation } from "./invariants.ts";
import { drawPlan, foreignInitiator, type Plan } from "./plan.ts";
import { run } from "./run.ts";
import { shrink } from "./shrink.ts";
import { connectionOf, credentialManifest, type Stage } from "./stage.ts";
import type { Declared, Step } from "./step.ts";

const place = { namespace: "team-a", name: "x" } as const;
const declared: Declared = {
  connection: "shared",
  svm: "svm1",
  initiator: "iqn.1994-05.com.redhat:a",
  authenticationType: "deny",
  mutual: false,
  addresses: false,
  adoptionPolicy: "Adopt",
  deletionPolicy: "Delete",
  mode: "Enforce",
  suspend: false,
};
const declare = (atMs: number, change: Partial<Declared> = {}): Step => ({
  atMs,
  actor: "tenant",
  do: "declare",
  place,
  declared: { ...declared, ...change },
});
const life = (steps: readonly Step[], calmMs: readonly number[] = []): Plan => ({
  seed: 1,
  elects: false,
  steps,
  calmMs,
});

describe("a life", () => {
  test("is the same whenever its seed is played", async () => {
    const [first, second] = [await run(drawPlan(3)), await run(drawPlan(3))];
    expect(first.trace.length).toBeGreaterThan(30);
    expect(second.trace).toEqual(first.trace);
    expect((await run(drawPlan(4))).trace).not.toEqual(first.trace);
  });

  test("in which nothing goes wrong violates nothing", async () => {
    const { violation, trace } = await run(
      life([
        declare(3000, { authenticationType: "chap" }),
        { atMs: 5000, actor: "tenant", do: "rotate", place, password: "canary-second" },
        { atMs: 9000, actor: "fate", do: "kill" },
        { atMs: 20_000, actor: "admin", do: "delete-credential", array: 0, svm: "svm1", initiator: declared.initiator },
      ]),
    );
    expect(violation).toBeUndefined();
    expect(trace.filter((line) => / (POST|PATCH) a1/.test(line)).length).toBe(3);
  });

  test("in which an object is deleted without a grant leaves its credential, and tells", async () => {
    const steps: readonly Step[] = [
      declare(3000, { connection: "alias", authenticationType: "chap" }),
      { atMs: 40_000, actor: "owner", do: "withdraw-grant", namespace: place.namespace, forMs: 200_000 },
      { atMs: 60_000, actor: "tenant", do: "delete", place },
    ];
    const { violation, trace } = await run(life(steps, [100_000]));
    expect(violation).toBeUndefined();
    expect(trace.filter((line) => line.includes("LeftBehind")).length).toBe(2);
    expect(trace.filter((line) => line.includes("DELETE")).length).toBe(0);
  });

  test("in which an object is in mode Plan never spins", async () => {
    const planned = life([declare(3000, { mode: "Plan", authenticationType: "none" })], [60_000]);
    // Whether the SVM is due so soon is a matter of luck: once in six lives.
    for (let seed = 1; seed <= 8; seed += 1) expect((await run({ ...planned, seed })).violation).toBeUndefined();
  });

  test("in which a correction fails makes it again", async () => {
    const hang: Step = {
      atMs: 228_000,
      actor: "network",
      do: "fault",
      array: 0,
      fault: { effect: "hang", when: { method: ["POST"] }, times: 3 },
    };
    const gone: Step = {
      atMs: 240_000,
      actor: "admin",
      do: "delete-credential",
      array: 0,
      svm: "svm1",
      initiator: declared.initiator,
    };
    expect((await run(life([declare(3000), hang, gone], [420_000]))).violation).toBeUndefined();
  });
});

/** A few in every check; `npm run simulate -- --seeds 2000` plays more. */
test.each([...Array(8).keys()].map((n) => n + 1))(
  "the life of seed %i violates nothing",
  async (seed) => {
    expect((await run(drawPlan(seed))).violation).toBeUndefined();
  },
  30_000,
);

/** The judges are judged: a world that is spoiled on purpose is noticed, by the invariant that is there for it. */
describe("it is seen when", () => {
  const ordinary = life(
    [
      declare(3000),
      { atMs: 80_000, actor: "admin", do: "delete-credential", array: 0, svm: "svm1", initiator: declared.initiator },
    ],
    [220_000],
  );

  test.each<{ readonly what: string; readonly by: Violation["invariant"]; readonly sabotage: (stage: Stage) => void }>([
    {
      what: "an array shows what it no longer holds",
      by: "ready-is-true",
      sabotage({ world, arrays }) {
        let shown: ArrayReply | undefined;
        world.arrays.listen(connectionOf["shared"]?.endpoints[0] ?? "", {
          async send(request) {
            const reply = (await arrays[0]?.send(request)) ?? { kind: "reset" };
            if (request.verb !== "GET" || !request.path.includes("/credentials")) return reply;
            if (reply.kind === "answer" && reply.text.includes(declared.initiator)) shown = reply;
            return shown ?? reply;
          },
        });
      },
    },
    {
      what: "two processes lead",
      by: "one-writer",
      sabotage: (stage) => void [stage.startOperator(), stage.startOperator()],
    },
    {
      what: "another one writes although nothing is to be written",
      by: "quiet-when-settled",
      sabotage({ world }) {
        const body = { metadata: { labels: { note: "x" } } };
        const scribble = (n: number): void => {
          const transport = world.cluster.connect({ name: "operator-0", clock: world.clock });
          const path = "/api/v1/namespaces/storage/secrets/login-shared";
          const request = { method: "PATCH", path, contentType: "application/merge-patch+json", body } as const;
          if (n === 1) void transport.send(request, new AbortController().signal);
          else world.clock.after(60_000, () => scribble(n - 1));
        };
        scribble(6);
      },
    },
    {
      what: "a foreign credential is changed",
      by: "deletes-own",
      sabotage({ arrays, world }) {
        const change = {
          do: "put-credential",
          svm: "svm1",
          initiator: foreignInitiator,
          authenticationType: "deny",
        } as const;
        world.clock.after(5000, () => void arrays[1]?.act(change));
      },
    },
    {
      what: "what belongs to an object that is gone is still there",
      by: "leaves-nothing",
      sabotage({ arrays, world }) {
        const inbound = { user: "user-team-a-x", password: "left behind" };
        const initiator = "iqn.1994-05.com.redhat:b";
        const left = { do: "put-credential", svm: "svm2", initiator, authenticationType: "chap", inbound } as const;
        world.clock.after(5000, () => void arrays[1]?.act(left));
      },
    },
    {
      what: "an initiator that another object waits for is removed",
      by: "no-gap",
      sabotage(stage) {
        const { clock, cluster } = stage.world;
        const uuid = stage.arrays[0]?.svms()[0]?.uuid ?? "";
        const path = `/api/protocols/san/iscsi/credentials/${uuid}/${declared.initiator}`;
        const request = { verb: "DELETE", path, headers: {}, body: "", certificateUser: undefined } as const;
        clock.after(10_000, () => cluster.people.create(credentialManifest({ ...place, name: "y" }, declared)));
        clock.after(50_000, () => {
          cluster.people.delete("IscsiCredential", place.namespace, place.name);
          stage.onArrayWrite({ atMs: clock.monotonic(), array: 0, who: "operator-1", request, status: 200 });
        });
      },
    },
    {
      what: "something is written for an object without a grant",
      by: "grants-count",
      sabotage(stage) {
        const granted = { ...declared, connection: "alias", initiator: "iqn.1994-05.com.redhat:b" };
        stage.world.cluster.people.create(credentialManifest({ ...place, name: "y" }, granted));
        const body = JSON.stringify({ chap: { inbound: { user: "user-team-a-y" } } });
        const request = { verb: "PATCH", path: "", headers: {}, body, certificateUser: undefined } as const;
        stage.withdrawn.set(place.namespace, 0);
        stage.world.clock.after(70_000, () =>
          stage.onArrayWrite({ atMs: 70_000, array: 0, who: "operator-1", request, status: 200 }),
        );
      },
    },
    {
      what: "an Event shows a password",
      by: "no-secret",
      sabotage: ({ world }) =>
        void world.cluster.people.create({
          kind: "Event",
          apiVersion: "events.k8s.io/v1",
          metadata: { namespace: "storage", name: "leak" },
          note: "the password is canary-1",
        }),
    },
    {
      what: "an array never works again",
      by: "liveness",
      sabotage: ({ world }) =>
        world.arrays.listen(connectionOf["shared"]?.endpoints[0] ?? "", { send: async () => ({ kind: "refused" }) }),
    },
  ])("$what", async ({ by, sabotage }) => {
    expect((await run(ordinary, sabotage)).violation?.invariant).toBe(by);
  });
});

test("a failing life is shortened to the steps that it needs", async () => {
  const violation = { invariant: "liveness", seen: "" } as const;
  /** Fails when a process is killed after something was declared. */
  const play = async (plan: Plan) => {
    const declaredAt = plan.steps.findIndex((step) => step.do === "declare");
    const fails = declaredAt !== -1 && plan.steps.findLastIndex((step) => step.do === "kill") > declaredAt;
    return { plan, violation: fails ? violation : undefined, trace: [], virtualMs: 0 };
  };
  const kill = (atMs: number): Step => ({ atMs, actor: "fate", do: "kill" });
  const noise: Step = { atMs: 2000, actor: "cluster", do: "restart" };
  const found = await play(life([kill(1000), noise, declare(3000), noise, declare(4000), kill(5000), noise]));
  const least = await shrink(found, play);
  expect(least.plan.steps.map((step) => step.do)).toEqual(["declare", "kill"]);
});
