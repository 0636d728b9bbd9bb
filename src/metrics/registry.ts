import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import Histogram from "prom-client/lib/histogram.js";
import PromRegistry from "prom-client/lib/registry.js";
import { metricTable, type LabelsOf, type MetricName, type NameOf } from "./table.ts";

/** The metrics of the table and their series. A series comes into being with its first value. */
export interface Registry {
  add<Name extends NameOf<"counter">>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  set<Name extends NameOf<"gauge">>(name: Name, labels: LabelsOf<Name>, value: number): void;
  observe<Name extends NameOf<"histogram">>(name: Name, labels: LabelsOf<Name>, seconds: number): void;
  /** All series of one gauge go; the caller sets those that still hold again. */
  clear(name: NameOf<"gauge">): void;
  /** All series of a connection go. */
  forgetConnection(connection: string): void;
  /** The page that Prometheus reads. */
  page(): Promise<string>;
  readonly contentType: string;
}

type Labels = Readonly<Record<string, string>>;

export function createRegistry(): Registry {
  const registry = new PromRegistry();
  const counters = new Map<MetricName, Counter>();
  const gauges = new Map<MetricName, Gauge>();
  const histograms = new Map<MetricName, Histogram>();
  for (const [key, row] of Object.entries(metricTable)) {
    const name = key as MetricName;
    const shape = { name, help: `${row.help} Answers: ${row.question}`, labelNames: row.labels, registers: [registry] };
    if (row.type === "counter") counters.set(name, new Counter(shape));
    else if (row.type === "gauge") gauges.set(name, new Gauge(shape));
    else histograms.set(name, new Histogram({ ...shape, buckets: [...row.buckets] }));
  }

  /** Which series there are of each connection: the library only removes what is spelled out. */
  const ofConnections = new Map<string, Map<string, () => void>>();

  function remember(name: MetricName, metric: { remove(labels: Labels): void }, labels: Labels): void {
    const { connection } = labels;
    if (connection === undefined) return;
    const series = ofConnections.get(connection) ?? new Map<string, () => void>();
    ofConnections.set(connection, series);
    const identity = [name, ...Object.values(labels)].join(" ");
    if (!series.has(identity)) series.set(identity, () => metric.remove(labels));
  }

  return {
    add(name, labels, by = 1) {
      const counter = counters.get(name);
      if (counter === undefined) return;
      counter.inc(labels, by);
      remember(name, counter, labels);
    },
    set: (name, labels, value) => gauges.get(name)?.set(labels, value),
    observe(name, labels, seconds) {
      const histogram = histograms.get(name);
      if (histogram === undefined) return;
      histogram.observe(labels, seconds);
      remember(name, histogram, labels);
    },
    clear: (name) => gauges.get(name)?.reset(),
    forgetConnection(connection) {
      for (const removeSeries of ofConnections.get(connection)?.values() ?? []) removeSeries();
      ofConnections.delete(connection);
    },
    page: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
