import { expect, test } from "vitest";
import { createManualClock } from "../../test/harness/manual-clock.ts";
import { err, ok } from "../std/result.ts";
import { SecretText } from "../std/secret-text.ts";
import { createReview } from "./review.ts";
import type { KubeRequest, KubeTransport } from "./transport.ts";

const signal = new AbortController().signal;

/** An API server that knows one token, and lets its bearer read one path. */
function anApiServer(allowed = true) {
  const asked: KubeRequest[] = [];
  const transport: KubeTransport = {
    send(request) {
      asked.push(request);
      const { spec } = request.body as { spec: { token?: string } };
      const user = { username: "prometheus", groups: ["g"], extra: { k: ["v"] } };
      if (spec.token === undefined) return Promise.resolve(ok({ status: { allowed } }));
      return Promise.resolve(ok({ status: spec.token === "good" ? { authenticated: true, user } : {} }));
    },
    stream: () => Promise.reject(new Error("not used")),
    close: () => Promise.resolve(),
  };
  return { asked, transport };
}

test("the token is asked about, then its user; the verdict is remembered for a minute", async () => {
  const clock = createManualClock();
  const { asked, transport } = anApiServer();
  const review = createReview({ transport, clock, path: "/metrics" });
  expect(await review(new SecretText("good"), signal)).toEqual(ok("granted"));
  expect(await review(new SecretText("good"), signal)).toEqual(ok("granted"));
  expect(asked.map(({ path }) => path)).toEqual([
    "/apis/authentication.k8s.io/v1/tokenreviews",
    "/apis/authorization.k8s.io/v1/subjectaccessreviews",
  ]);
  expect(asked[1]?.body).toMatchObject({
    spec: {
      user: "prometheus",
      groups: ["g"],
      extra: { k: ["v"] },
      nonResourceAttributes: { path: "/metrics", verb: "get" },
    },
  });
  await clock.pass(61_000);
  await review(new SecretText("good"), signal);
  expect(asked).toHaveLength(4);
});

test("another token proves nothing, and a user without the right is told apart from it", async () => {
  const { transport } = anApiServer(false);
  const review = createReview({ transport, clock: createManualClock(), path: "/metrics" });
  expect(await review(new SecretText("bad"), signal)).toEqual(ok("unauthenticated"));
  expect(await review(new SecretText("good"), signal)).toEqual(ok("forbidden"));
});

test("an API server that is away decides nothing, and nothing is remembered", async () => {
  const { asked, transport } = anApiServer();
  const failure = err({
    kind: "kube",
    problem: "unreachable",
    verb: "POST",
    path: "",
    httpStatus: undefined,
    message: "ECONNREFUSED",
    retryAfterMs: undefined,
  } as const);
  let away = true;
  const review = createReview({
    transport: { ...transport, send: (...args) => (away ? Promise.resolve(failure) : transport.send(...args)) },
    clock: createManualClock(),
    path: "/metrics",
  });
  expect(await review(new SecretText("good"), signal)).toBe(failure);
  away = false;
  expect(await review(new SecretText("good"), signal)).toEqual(ok("granted"));
  expect(asked).toHaveLength(2);
});
