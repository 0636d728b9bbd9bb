import { expect, test } from "vitest";
import { objectMeta, reconcileRequestAnnotation } from "./fields.ts";
import { fitTo } from "./bounds.ts";
import { iscsiCredentialKind } from "./kinds.ts";
import { pendingRequest, requestOf } from "./reconcile-request.ts";

const metaWith = (request: string | undefined) =>
  objectMeta.parse({
    name: "a",
    annotations: request === undefined ? {} : { [reconcileRequestAnnotation]: request },
  });

test.each([
  { because: "there is none", request: undefined, handled: undefined, pending: undefined },
  { because: "the annotation was taken away", request: undefined, handled: "1", pending: undefined },
  { because: "it is the first", request: "1", handled: undefined, pending: "1" },
  { because: "it is another one", request: "2", handled: "1", pending: "2" },
  { because: "it was handled", request: "2", handled: "2", pending: undefined },
  { because: "it is empty and was not handled", request: "", handled: undefined, pending: "" },
])("a request is $pending when $because", ({ request, handled, pending }) => {
  const status = handled === undefined ? undefined : { lastHandledReconcileAt: handled };
  expect(pendingRequest({ meta: metaWith(request), status })).toBe(pending);
});

test("a request longer than the status can repeat counts as handled all the same", () => {
  const meta = metaWith("x".repeat(5000));
  const status = fitTo(iscsiCredentialKind.status)({ lastHandledReconcileAt: requestOf(meta) });
  expect(status.lastHandledReconcileAt?.length).toBeLessThanOrEqual(256);
  expect(pendingRequest({ meta, status })).toBeUndefined();
  expect(pendingRequest({ meta: metaWith(`${"x".repeat(255)}y`), status })).toBeDefined();
});
