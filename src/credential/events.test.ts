import { describe, expect, test } from "vitest";
import { parseIscsiCredential } from "../api/parse.ts";
import type { ReadyVerdict } from "../api/verdict.ts";
import type { InitiatorName, SvmUuid } from "../array/identifiers.ts";
import { driftFound } from "./drift.ts";
import { eventsOf } from "./events.ts";
import { failed, held, type Held, type Outcome, type ReportedOutcome, type Written } from "./outcome.ts";

/** One Event for each write, or for each change of the verdict: how many, of which reason, and how urgent. */

const uuid = "2f6f1c6e-0000-4000-8000-000000000001" as SvmUuid;
const svm = { id: { svm: uuid, initiator: "iqn.2020-01.com.example:a" as InitiatorName }, name: "svm1" };
const never: ReadyVerdict = { status: "Unknown", reason: "Pending" };
const ready: ReadyVerdict = { status: "True", reason: "Applied" };
const failing: ReadyVerdict = { status: "False", reason: "SecretNotFound" };

const write = (secrets: Written["secrets"], verb: Written["verb"] = "PATCH"): Written => ({
  verb,
  because: [{ field: "chap.inbound.password" }],
  secrets,
  versions: { inbound: { name: "chap", uid: "s", resourceVersion: "77" }, outbound: undefined },
});

function heldWith(facts: Partial<Held> = {}): Outcome {
  return held({
    step: "change",
    svm,
    observed: { state: "unread", remembered: "unknown" },
    accepted: {
      applied: { svm: { uuid }, uid: "1", authenticationType: "chap", generation: 1, time: "2026-01-01T00:00:00Z" },
      digest: undefined,
      carriedBy: undefined,
    },
    hostDifferences: [],
    wrote: undefined,
    drift: undefined,
    tookOver: false,
    allowance: undefined,
    ...facts,
  });
}

const found = [{ field: "authentication_type", observed: "none", wanted: "chap" }];
const circumstances = { isMoreOpen: true, resyncIntervalMs: 600_000, nowMs: 0 };
const first = driftFound(undefined, found, circumstances);
const third = driftFound(driftFound(first, found, circumstances), found, circumstances);

function told(outcome: Outcome, last: ReadyVerdict): readonly string[] {
  const credential = parseIscsiCredential({
    metadata: { name: "a", namespace: "b", uid: "1", generation: 1 },
    spec: {},
  });
  if (credential === undefined) throw new Error("not a credential");
  return eventsOf(credential, outcome as ReportedOutcome, last).map(
    ({ type, reason, importance = "news" }) => `${type} ${reason} ${importance}`,
  );
}

describe("Events", () => {
  test.each([
    {
      what: "the first creation",
      outcome: heldWith({ wrote: write("changed", "POST") }),
      last: never,
      events: ["Normal Applied routine"],
    },
    {
      what: "what was held already",
      outcome: heldWith({ step: "settle" }),
      last: never,
      events: ["Normal Applied routine"],
    },
    {
      what: "a recovery that writes",
      outcome: heldWith({ wrote: write("changed") }),
      last: failing,
      events: ["Normal Applied news"],
    },
    {
      what: "a rotation",
      outcome: heldWith({ wrote: write("changed") }),
      last: ready,
      events: ["Normal Rotated news"],
    },
    {
      what: "the same secrets again",
      outcome: heldWith({ wrote: write("reassert") }),
      last: ready,
      events: ["Normal Reasserted news"],
    },
    {
      what: "an edit of the spec",
      outcome: heldWith({ wrote: write("none") }),
      last: ready,
      events: ["Normal Changed news"],
    },
    {
      what: "a correction",
      outcome: heldWith({ wrote: write("none"), drift: first }),
      last: ready,
      events: ["Warning DriftCorrected news"],
    },
    {
      what: "a correction that does not last",
      outcome: heldWith({ wrote: write("none"), drift: third }),
      last: ready,
      events: ["Warning DriftCorrected news", "Warning NotKept news"],
    },
    { what: "a pass without news", outcome: heldWith({ step: "settle" }), last: ready, events: [] },
    {
      what: "a failure",
      outcome: failed("read-secrets", { kind: "secret-missing", secret: "s", field: "f" }),
      last: ready,
      events: ["Warning SecretNotFound news"],
    },
    {
      what: "the same failure again",
      outcome: failed("read-secrets", { kind: "secret-missing", secret: "s", field: "f" }),
      last: failing,
      events: [],
    },
  ])("$what: $events", ({ outcome, last, events }) => {
    expect(told(outcome, last)).toEqual(events);
  });
});
