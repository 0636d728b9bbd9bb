import { describe, expect, test } from "vitest";
import { createManualClock } from "../../test/harness/manual-clock.ts";
import { keyOf, type ObjectKey } from "../api/key.ts";
import { createMetrics } from "./metrics.ts";
import type { Observation } from "./observation.ts";
import { leaderGauges, metricTable } from "./table.ts";

const nothing: Observation = { leads: false, controllers: [], connections: [], credentials: [], watches: [] };

/** The series of a page: name and labels, with their values. */
async function seriesOf(page: Promise<string>): Promise<ReadonlyMap<string, number>> {
  const lines = (await page).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const match = /^([a-z_]+(?:\{.*\})?) (\S+)$/.exec(line);
      if (match === null) throw new Error(`no line of Prometheus' text format: ${line}`);
      return [match[1] ?? "", Number(match[2])];
    }),
  );
}

describe("the table", () => {
  const rows = Object.entries(metricTable);

  test.each(rows)("%s has a name that tells its type and unit", (name, { type }) => {
    const endings = { counter: /_total$/, histogram: /_seconds$/, gauge: /(?<!_total)$/ };
    expect(name).toMatch(endings[type]);
  });

  test.each(rows)("%s asks a question, and its example asks for it by name", (name, { question, example }) => {
    expect(question).toMatch(/^[A-Z].*\?$/);
    expect(example).toContain(name);
  });

  test("no label can name an object, which would make as many series as there are objects", () => {
    const labels = new Set<string>(rows.flatMap(([, row]) => row.labels));
    expect([...labels].toSorted()).toEqual(
      [
        "code",
        "connection",
        "controller",
        "end",
        "kind",
        "node",
        "ready",
        "reason",
        "shard",
        "state",
        "urgency",
        "verb",
      ]
        .concat("version", "what", "why")
        .toSorted(),
    );
  });
});

test("the page has every metric's help and type, also before anything happened", async () => {
  const page = await createMetrics({ clock: createManualClock(), version: "1.2.3", shard: undefined }).page(nothing);
  for (const [name, { type, question }] of Object.entries(metricTable)) {
    expect(page).toContain(`# TYPE ${name} ${type}`);
    expect(page).toMatch(new RegExp(`# HELP ${name} .*${question.replace("?", "\\?")}`));
  }
});

test("series of connections come and go with them, and what is told late makes none", async () => {
  const metrics = createMetrics({ clock: createManualClock(), version: "1.2.3", shard: undefined });
  const { meters } = metrics;
  const before = (await seriesOf(metrics.page(nothing))).size;
  const names = ["a", "b", "c"].map((name) => keyOf({ namespace: "storage", name }));
  const observed = names.map(
    (connection) => ({ connection, session: "open", reason: "Connected", leftBehind: 0 }) as const,
  );
  const counted = names.map((connection) => ({ connection, ready: "True", reason: "Applied", count: 7 }));

  const use = (connection: ObjectKey): void => {
    meters.calls(connection).called({ verb: "PATCH", code: "2xx", tookMs: 12 });
    meters.calls(connection).called({ verb: "GET", code: "timeout", tookMs: 5000 });
    meters.credentials.driftCorrected(connection);
    meters.credentials.propagated(connection, 20);
  };
  for (const name of names) {
    meters.connections.came(name);
    use(name);
  }
  const during = await seriesOf(metrics.page({ ...nothing, leads: true, connections: observed, credentials: counted }));
  expect(during.get(`ontap_iscsi_array_requests_total{connection="storage/b",verb="GET",code="timeout"}`)).toBe(1);
  expect(during.get(`ontap_iscsi_drift_corrected_total{connection="storage/b"}`)).toBe(1);
  expect(during.get(`ontap_iscsi_connection_session{connection="storage/c",state="open"}`)).toBe(1);
  expect(during.get(`ontap_iscsi_credentials{connection="storage/a",ready="True",reason="Applied"}`)).toBe(7);

  for (const name of names) {
    meters.connections.went(name);
    use(name);
  }
  const after = await seriesOf(metrics.page(nothing));
  expect(after.size).toBe(before);
  expect([...after.keys()].filter((series) => series.includes("storage/"))).toEqual([]);
});

test("times are seconds, and ages are counted to the moment of the scrape", async () => {
  const clock = createManualClock();
  const metrics = createMetrics({ clock, version: "1.2.3", shard: undefined });
  const connection = keyOf({ namespace: "a", name: "b" });
  metrics.meters.controller("c").passed({ urgency: "change", end: "settled", waitedMs: 40, tookMs: 2000 });
  metrics.meters.connections.came(connection);
  metrics.meters.credentials.propagated(connection, 30);
  await clock.pass(90_000);
  const page = await seriesOf(
    metrics.page({
      ...nothing,
      leads: true,
      controllers: [{ name: "c", depth: 3, oldestWaitMs: 1500 }],
      watches: [
        { kind: "secrets", synced: true, lastHeardMs: 30_000 },
        { kind: "namespaces", synced: false, lastHeardMs: 0 },
      ],
    }),
  );
  expect(page.get(`ontap_iscsi_pass_duration_seconds_sum{controller="c",end="settled"}`)).toBe(2);
  expect(page.get(`ontap_iscsi_queue_wait_seconds_bucket{le="0.05",controller="c",urgency="change"}`)).toBe(1);
  expect(page.get(`ontap_iscsi_secret_propagation_seconds_bucket{le="0.025",connection="a/b"}`)).toBe(0);
  expect(page.get(`ontap_iscsi_secret_propagation_seconds_bucket{le="0.05",connection="a/b"}`)).toBe(1);
  expect(page.get(`ontap_iscsi_queue_oldest_wait_seconds{controller="c"}`)).toBe(1.5);
  expect(page.get(`ontap_iscsi_watch_silence_seconds{kind="secrets"}`)).toBe(60);
  expect(page.has(`ontap_iscsi_watch_silence_seconds{kind="namespaces"}`)).toBe(false);
  expect(page.get(`ontap_iscsi_leader{shard=""}`)).toBe(1);
});

test("a standby shows no work, and a leader that loses its place shows none any more", async () => {
  const metrics = createMetrics({ clock: createManualClock(), version: "1.2.3", shard: "east" });
  const connection = keyOf({ namespace: "a", name: "b" });
  const work: Omit<Observation, "leads"> = {
    controllers: [{ name: "c", depth: 3, oldestWaitMs: 1500 }],
    connections: [
      { connection, session: "down", reason: "ConnectionRefused", leftBehind: 3 },
      { connection: keyOf({ namespace: "a", name: "new" }), session: "unknown", reason: undefined, leftBehind: 0 },
    ],
    credentials: [{ connection, ready: "True", reason: "Applied", count: 7 }],
    watches: [],
  };
  const ofWork = async (leads: boolean): Promise<readonly string[]> => {
    const series = await seriesOf(metrics.page({ ...work, leads }));
    expect(series.get(`ontap_iscsi_leader{shard="east"}`)).toBe(leads ? 1 : 0);
    return [...series.keys()].filter((name) => leaderGauges.some((gauge) => name.startsWith(`${gauge}{`)));
  };
  expect(await ofWork(false)).toEqual([]);
  expect(await ofWork(true)).toEqual([
    `ontap_iscsi_credentials{connection="a/b",ready="True",reason="Applied"}`,
    `ontap_iscsi_connection_ready{connection="a/b",reason="ConnectionRefused"}`,
    ...["unknown", "open", "down"].map((state) => `ontap_iscsi_connection_session{connection="a/b",state="${state}"}`),
    ...["unknown", "open", "down"].map(
      (state) => `ontap_iscsi_connection_session{connection="a/new",state="${state}"}`,
    ),
    `ontap_iscsi_left_behind{connection="a/b"}`,
    `ontap_iscsi_left_behind{connection="a/new"}`,
    `ontap_iscsi_queue_depth{controller="c"}`,
    `ontap_iscsi_queue_oldest_wait_seconds{controller="c"}`,
  ]);
  expect(await ofWork(false)).toEqual([]);
});
