import { expect, test } from "vitest";
import { moreFinalizers, objectMeta, unlabelledMeta } from "./fields.ts";

/** Objects stay in memory: what is kept of one is bounded, whatever its author wrote. */

const big = "x".repeat(255_000);
const many = Array.from({ length: 2000 }, (_, index) => `example.com/${index}`);
const ours = "ontap-iscsi.dev/iscsi-credential";

test.each([
  {
    of: "annotations",
    metadata: {
      annotations: {
        "ontap-iscsi.dev/anything": big,
        "ontap-iscsi.dev/reconcile-requested-at": big,
        "kubectl.kubernetes.io/last-applied-configuration": big,
      },
    },
  },
  { of: "labels", metadata: { labels: Object.fromEntries(many.map((name) => [name, "value"])) } },
  { of: "finalizers", metadata: { finalizers: [...many, ours] } },
  { of: "managed fields", metadata: { managedFields: [{ manager: big }] } },
])("of an object with huge $of little is kept", ({ metadata }) => {
  const kept = objectMeta.parse({ name: "a", namespace: "ns", uid: "u", ...metadata });
  expect(JSON.stringify(kept).length).toBeLessThan(600);
});

test("what means something is kept", () => {
  const annotations = {
    "ontap-iscsi.dev/reconcile-requested-at": "1",
    "ontap-iscsi.dev/adopt-until": "2026-11-30T13:00:00Z",
    "ontap-iscsi.dev/left-behind-acknowledged": "2026-11-30T13:00:00Z",
  };
  const meta = objectMeta.parse({ name: "a", annotations, labels: { team: "db" }, finalizers: [ours, "b/c"] });
  expect(meta).toMatchObject({ annotations, labels: { team: "db" }, finalizers: [ours, "b/c"] });
  expect(unlabelledMeta.parse({ name: "a", annotations, labels: { team: "db" } })).toMatchObject({
    annotations,
    labels: {},
  });
});

test("our finalizer is seen among any number of others, and that there are others", () => {
  const { finalizers } = objectMeta.parse({ name: "a", finalizers: [...many, ours] });
  expect(finalizers).toEqual([ours, moreFinalizers]);
});
