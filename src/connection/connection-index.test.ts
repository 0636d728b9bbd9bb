import { describe, expect, test } from "vitest";
import { keyOf, type ObjectKey } from "../api/key.ts";
import { parseOntapConnection, type OntapConnection } from "../api/parse.ts";
import { createConnectionIndex } from "./connection-index.ts";

function aConnection(name: string, { login, ca }: { readonly login: string; readonly ca?: object }): OntapConnection {
  const parsed = parseOntapConnection({
    metadata: { name, namespace: "storage" },
    spec: {
      endpoint: "https://array.example.com",
      auth: { basic: { secretRef: { name: login } } },
      tls: ca === undefined ? {} : { caRef: ca },
    },
  });
  if (parsed?.spec.ok !== true) throw new Error("the connection does not parse");
  return parsed;
}

const inStorage = (name: string): ObjectKey => keyOf({ namespace: "storage", name });

describe("the index of connections", () => {
  test("finds those that log in with a Secret, and those that believe what a Secret or ConfigMap says", () => {
    const index = createConnectionIndex();
    index.put(aConnection("one", { login: "shared", ca: { kind: "ConfigMap", name: "shared", key: "ca.crt" } }));
    index.put(aConnection("two", { login: "shared", ca: { kind: "Secret", name: "authorities", key: "ca.crt" } }));
    expect(index.of("Secret", inStorage("shared"))).toEqual([inStorage("one"), inStorage("two")]);
    expect(index.of("Secret", inStorage("authorities"))).toEqual([inStorage("two")]);
    expect(index.of("ConfigMap", inStorage("shared"))).toEqual([inStorage("one")]);
    expect(index.of("ConfigMap", inStorage("authorities"))).toEqual([]);
    expect([...index.sources("Secret")]).toEqual([inStorage("shared"), inStorage("authorities")]);
    expect(index.loggingInWith(inStorage("shared"))).toEqual([inStorage("one"), inStorage("two")]);
    expect(index.loggingInWith(inStorage("authorities"))).toEqual([]);
  });

  test("follows a connection to another Secret, and forgets one that is gone", () => {
    const index = createConnectionIndex();
    index.put(aConnection("one", { login: "before" }));
    index.put(aConnection("one", { login: "after" }));
    expect(index.of("Secret", inStorage("before"))).toEqual([]);
    expect(index.of("Secret", inStorage("after"))).toEqual([inStorage("one")]);
    expect(index.loggingInWith(inStorage("before"))).toEqual([]);
    expect(index.loggingInWith(inStorage("after"))).toEqual([inStorage("one")]);
    index.remove(inStorage("one"));
    expect([...index.sources("Secret")]).toEqual([]);
    expect(index.loggingInWith(inStorage("after"))).toEqual([]);
  });
});
