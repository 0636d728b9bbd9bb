import * as z from "zod";
import { sideDoorOperations, type SideDoorOperation } from "../../src/simulator/control/side-door-operations.ts";
import { version } from "../../src/version.ts";

/** docs/side-door.openapi.json: the simulator's side door for clients in other languages. */
export function sideDoorOpenApi(): string {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of sideDoorOperations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: described(operation) };
  }
  const problem = { type: "object", properties: { error: { type: "string" } }, required: ["error"] };
  const document = {
    openapi: "3.1.0",
    info: {
      title: "Side door of the ONTAP simulator",
      version,
      description: "What tests read and change behind the back of ONTAP's clients. docs/simulator.md says what it all means.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "http://127.0.0.1:8444", description: "the address of --admin-listen" }],
    // Without --admin-token-file no request needs the token.
    security: [{ token: [] }, {}],
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      responses: {
        Misuse: {
          description: "The request makes no sense here; a sentence says why",
          content: { "application/json": { schema: problem } },
        },
        NoToken: {
          description: "The token of --admin-token-file is missing or wrong",
          content: { "application/json": { schema: problem } },
        },
      },
    },
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function described({ method, path, summary, body, answers }: SideDoorOperation): object {
  const schema = answers === "list" ? { type: "array", items: { type: "object" } } : { type: "object" };
  const words = path.split(/[^a-z]+/).filter((word) => word !== "");
  return {
    operationId: [method.toLowerCase(), ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join(""),
    summary,
    ...(path.includes("{id}") && {
      parameters: [{ name: "id", in: "path", required: true, schema: { type: "integer" } }],
    }),
    ...(body !== undefined && {
      requestBody: { required: true, content: { "application/json": { schema: bodySchema(body) } } },
    }),
    responses: {
      "200": { description: "Done", content: { "application/json": { schema } } },
      "400": { $ref: "#/components/responses/Misuse" },
      "401": { $ref: "#/components/responses/NoToken" },
    },
  };
}

/** What may be sent: what has a default may be left out. */
function bodySchema(body: z.ZodType): object {
  const { $schema: _, ...schema } = z.toJSONSchema(body, { io: "input", unrepresentable: "any" });
  return schema;
}
