import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { CredentialId, InitiatorName, SvmUuid } from "../array/identifiers.ts";
import { isOwnPath, paths } from "./paths.ts";

const svm = "02c9e252-41be-11e9-81d5-00a0986138f7" as SvmUuid;
const id: CredentialId = { svm, initiator: "iqn.1994-05.com.redhat:a" as InitiatorName };

describe("paths", () => {
  test("name one credential by its SVM and initiator", () => {
    expect(paths.removal(id)).toBe(`/api/protocols/san/iscsi/credentials/${svm}/iqn.1994-05.com.redhat%3Aa`);
    expect(paths.change(id, "add")).toBe(`${paths.removal(id)}?add_initiator_addresses=true`);
    expect(paths.change(id, "remove")).toBe(`${paths.removal(id)}?remove_initiator_addresses=true`);
    expect(paths.change(id, "replace")).toBe(paths.removal(id));
  });

  test("always read with the SVM's UUID", () => {
    expect(paths.credentials(svm)).toContain(`?svm.uuid=${svm}&`);
  });

  test("whatever stood in the identifiers, a path stays two segments below the collection", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (text) => {
        fc.pre(text.isWellFormed() && !/^\.{1,2}$/.test(text));
        const path = paths.removal({ svm, initiator: text as InitiatorName });
        const { pathname, search, hash } = new URL(path, "https://array");
        expect(pathname.split("/")).toHaveLength(8);
        expect(search + hash).toBe("");
      }),
    );
  });
});

test.each([
  ["/api/protocols/san/iscsi/credentials?start.initiator=iqn.1994-05.com%3Aa&fields=*", true],
  ["/api/..%2f..%2fetc", true],
  ["/api/../private", false],
  ["/api/%2e%2e/private", false],
  ["/API/cluster", false],
  ["/api", false],
  ["//evil.example.com/api/", false],
  ["https://evil.example.com/api/", false],
  ["\\\\evil\\api\\", false],
  ["/api/x HTTP/1.1\r\nHost: evil", false],
  ["/api/ü", false],
  ["", false],
])("a next link %j may be followed: %s", (href, own) => {
  expect(isOwnPath(href)).toBe(own);
});
