import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { chartEach, chartWhen, commented, fromValues, spread, type Tree, value, when } from "./tree.ts";
import { chartText, plainText } from "./yaml-text.ts";

const parsed = (trees: readonly Tree[]): readonly unknown[] =>
  parseAllDocuments(plainText(trees)).map((document) => document.toJS() as unknown);

describe("a plain manifest", () => {
  test("has what slots hold by default, and nothing that only a chart has", () => {
    const tree: Tree = {
      name: value("product", "{{ $.Release.Name }}"),
      verbs: ["get", commented("Why.", "list"), chartWhen("$.Values.more", "watch"), spread("$.Values.verbs")],
      extra: fromValues("$.Values.extra"),
      limits: fromValues("$.Values.limits", { memory: "256Mi", cpu: 2 }),
      priority: chartWhen("$.Values.priority", value("", "{{ $.Values.priority }}")),
    };
    expect(parsed([tree])).toEqual([{ name: "product", verbs: ["get", "list"], limits: { memory: "256Mi", cpu: 2 } }]);
  });

  test("is the documents whose block it shows", () => {
    const trees = [when("$.Values.a", [{ a: 1 }, { b: "2" }]), chartEach("$x := $.Values.xs", { c: 3 }), { d: [] }];
    expect(parsed(trees)).toEqual([{ a: 1 }, { b: "2" }, { d: [] }]);
  });

  test("keeps text as it is, however odd", () => {
    const odd = ["yes", "1", "a: b", "{{ $labels.connection }}", "- x", "line\nline\n", "# no comment", "{namespace}"];
    const words = [["True", "False"], ["on", "off"], ["null"], ["get", "list"]];
    const tree = { odd, nested: [{ deep: "one\ntwo" }], ...Object.fromEntries(words.entries()) };
    const text = plainText([tree]);
    expect(parseAllDocuments(text, { version: "1.1" }).map((document) => document.toJS() as unknown)).toEqual([tree]);
    expect(text).toContain("[get, list]");
  });
});

describe("a template of the chart", () => {
  test("has the values' places, each at its own indentation", () => {
    const item = { image: value("i:1", '{{ include "image" $ }}'), env: [{ name: "A" }, spread("$.Values.env")] };
    expect(chartText([when("$.Values.on", { items: [item], labels: fromValues("$.Values.labels") })])).toBe(
      `{{- if $.Values.on }}
---
items:
  - image: {{ include "image" $ }}
    env:
      - name: A
      {{- with $.Values.env }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
{{- with $.Values.labels }}
labels:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
`,
    );
  });

  test("leaves the braces of others to them", () => {
    expect(chartText([{ summary: "{{ $value }} of {{ $labels.pod }}" }])).toContain(
      '{{ "{{" }} $value }} of {{ "{{" }} $labels.pod }}',
    );
  });
});
