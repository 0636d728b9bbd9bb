import { expect, test } from "vitest";
import { sideDoorPaths } from "../../src/simulator/control/side-door-paths.ts";
import { findOperation, sideDoorOperations } from "../../src/simulator/control/side-door-operations.ts";
import { sideDoorOpenApi } from "./side-door-openapi.ts";

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: Schema } } };
}

interface Schema {
  readonly oneOf?: readonly { readonly properties: Readonly<Record<string, { readonly const?: string }>> }[];
}

const document = JSON.parse(sideDoorOpenApi()) as Document;
const described = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

test("the description names what the server answers, and no more", () => {
  expect(described.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(
    sideDoorOperations.map(({ method, path }) => `${method} ${path}`).toSorted(),
  );
  for (const { method, path } of described) {
    expect(findOperation(method, path.replace("{id}", "7"))?.operation).toMatchObject({ method, path });
  }
  const reached = new Set(described.map(({ path }) => path.replace("/{id}", "")));
  expect(reached).toEqual(new Set(Object.values(sideDoorPaths)));
});

test("its names for operations are different ones", () => {
  expect(new Set(described.map(({ operation }) => operation.operationId)).size).toBe(described.length);
});

test("it knows each action and each fault by its word", () => {
  const words = (path: string, property: string) =>
    document.paths[path]?.["post"]?.requestBody?.content["application/json"].schema.oneOf?.map(
      ({ properties }) => properties[property]?.const,
    );
  expect(words("/actions", "do")).toContain("put-credential");
  expect(words("/faults", "effect")).toContain("lose-answer");
});

test.each([
  ["GET", "/faults/7"],
  ["DELETE", "/faults/"],
  ["DELETE", "/faults/7/8"],
  ["PUT", "/credentials"],
  ["GET", "/"],
])("there is no %s %s", (method, path) => {
  expect(findOperation(method, path)).toBeUndefined();
});
