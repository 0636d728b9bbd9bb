import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { parseIscsiCredential, parseOntapConnection, type IscsiCredential } from "../../src/api/parse.ts";
import { permits, type Wish } from "../../src/authority/permits.ts";
import type { InitiatorName } from "../../src/array/identifiers.ts";
import { leastSpec } from "../harness/api-examples.ts";

/** The grants that people copy: they are valid, and they allow what stands beside them. */

const textOf = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

test.each([
  ["docs/tenancy.md", 5],
  ["README.md", 1],
])("every grant in %s is one that the API takes", async (page, count) => {
  const blocks = [...(await textOf(page)).matchAll(/^( *)```yaml\n([\s\S]*?)\n\1```$/gm)].flatMap(([, , block = ""]) =>
    parseAllDocuments(block).map((document) => document.toJS() as object),
  );
  const grants = blocks.flatMap((block) => {
    const { spec, grants: bare } = block as { readonly spec?: { readonly grants?: object }; readonly grants?: object };
    return spec?.grants ?? bare ?? [];
  });
  expect(grants).toHaveLength(count);
  const parsed = parseOntapConnection({ metadata: { name: "x" }, spec: { ...leastSpec.OntapConnection, grants } });
  expect(parsed?.spec).toMatchObject({ ok: true });
});

describe("deploy/samples", () => {
  const sampled = async (file: string): Promise<readonly object[]> =>
    parseAllDocuments(await textOf(`deploy/samples/${file}`)).map((document) => document.toJS() as object);

  const wishOf = ({ spec }: IscsiCredential): Wish => {
    if (!spec.ok) throw new Error(spec.error.join("; "));
    return {
      operation: { kind: "create", foreign: false },
      svm: "not-known",
      initiator: spec.value.initiator as InitiatorName,
      type: spec.value.authenticationType,
      mutual: spec.value.chap?.outbound !== undefined,
      addresses: undefined,
      adoptionPolicy: spec.value.adoptionPolicy,
      rank: "unknown",
    };
  };

  test("the connection grants what the credentials declare, and no more than that", async () => {
    const [first] = await sampled("connection.yaml");
    const connection = parseOntapConnection(first);
    const objects = [...(await sampled("credentials.yaml")), ...(await sampled("failing.yaml"))];
    const credentials = objects
      .filter((object) => (object as { readonly kind: string }).kind === "IscsiCredential")
      .flatMap((object) => parseIscsiCredential(object) ?? []);
    expect(credentials.length).toBeGreaterThan(3);
    const answers = (changes: Partial<Wish>, namespace = "databases") =>
      new Set(
        credentials.map((credential) => {
          const terms = permits(connection, namespace, {}, { ...wishOf(credential), ...changes }, 0);
          return terms.ok ? "granted" : terms.error;
        }),
      );
    expect(answers({})).toEqual(new Set(["granted"]));
    expect(answers({}, "web")).toEqual(new Set(["namespace"]));
    expect(answers({ type: "none" })).toEqual(new Set(["type"]));
    expect(answers({ initiator: "default" as InitiatorName })).toEqual(new Set(["default"]));
    expect(answers({ initiator: "iqn.1994-05.com.redhat:web:a" as InitiatorName })).toEqual(new Set(["initiator"]));
    expect(answers({ operation: { kind: "adopt", foreign: true } })).toEqual(new Set(["adoption"]));
  });
});
