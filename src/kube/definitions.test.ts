import { describe, expect, test } from "vitest";
import { iscsiCredentialKind } from "../api/kinds.ts";
import { structuralSchema, type StructuralSchema } from "../../tools/crd/structural.ts";
import { differenceOf } from "./definitions.ts";

/** The definition that the API server has, against the one of this version. */

type Properties = Record<string, StructuralSchema>;

/** What the API server publishes for the definition of this version, changed by `edit`. */
function published(edit: (spec: Properties, status: Properties) => void = () => undefined): unknown {
  const [spec, status] = [iscsiCredentialKind.spec, iscsiCredentialKind.status].map((part) =>
    structuredClone(structuralSchema(part)),
  );
  edit((spec?.["properties"] ?? {}) as Properties, (status?.["properties"] ?? {}) as Properties);
  const schema = {
    properties: { apiVersion: { type: "string" }, spec, status },
    "x-kubernetes-group-version-kind": [{ group: "ontap-iscsi.dev", version: "v1alpha1", kind: "IscsiCredential" }],
  };
  return { components: { schemas: { "dev.ontap-iscsi.v1alpha1.IscsiCredential": schema, other: {} } } };
}

describe("an installed definition", () => {
  test.each<{ because: string; given: unknown; difference: ReturnType<typeof differenceOf> }>([
    { because: "of this version differs in nothing", given: published(), difference: undefined },
    {
      because: "without a field names the outermost one that is missing",
      given: published((spec, status) => {
        delete spec["chap"];
        delete status["attempt"];
      }),
      difference: { missing: ["spec.chap", "status.attempt"], unknown: [] },
    },
    {
      because: "without a field inside a list names it with its list",
      given: published((_, status) => {
        const history = status["history"] as { items: { properties: Properties } };
        delete history.items.properties["operation"];
      }),
      difference: { missing: ["status.history[].operation"], unknown: [] },
    },
    {
      because: "with a field of a later version names what is passed over",
      given: published((spec, status) => {
        spec["future"] = { type: "object", properties: { inner: { type: "string" } } };
        status["future"] = { type: "string" };
      }),
      difference: { missing: [], unknown: ["spec.future"] },
    },
    {
      because: "that is not there is the watch's to tell",
      given: { components: { schemas: {} } },
      difference: undefined,
    },
    { because: "that cannot be read says nothing", given: "text", difference: undefined },
  ])("$because", ({ given, difference }) => {
    expect(differenceOf(given, iscsiCredentialKind)).toEqual(difference);
  });
});
