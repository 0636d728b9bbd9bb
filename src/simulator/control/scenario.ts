import * as z from "zod";

import { err, ok, type Result } from "../../std/result.ts";
import { faultSchema } from "../faults/fault.ts";
import { latencySchema } from "../faults/latency.ts";
import { dialectSchema } from "../model/dialect.ts";
import { readJsonText, type JsonMistake } from "../wire/json-text.ts";
import { actionSchema } from "./action.ts";

/** A file that says what goes wrong: standing faults, actions at their times, and how the simulator is to behave. */
const scenarioSchema = z.strictObject({
  faults: z.array(faultSchema).default([]),
  script: z.array(z.strictObject({ atMs: z.int().min(0), action: actionSchema })).default([]),
  latency: latencySchema.optional(),
  dialect: dialectSchema.optional(),
});

export type Scenario = Readonly<z.infer<typeof scenarioSchema>>;

/** Reads a scenario; the error names line and field, such as `line 3, faults[0].probability: Too big`. */
export function parseScenario(text: string): Result<Scenario, string> {
  const lineAt = (index: number) => text.slice(0, index).split("\n").length;
  const json = readJsonText(text);
  if (!json.ok) return err(`line ${lineAt(json.error.index)}: ${mistakes[json.error.kind]}`);
  const parsed = scenarioSchema.safeParse(json.value.value);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  const path = issue?.path ?? [];
  return err(`line ${lineAt(json.value.indexOf(path))}, ${fieldName(path)}: ${issue?.message ?? "invalid"}`);
}

const mistakes = {
  unexpected: "this is not JSON",
  ended: "the JSON text ends too early",
  twice: "this property is written twice",
} as const satisfies Record<JsonMistake["kind"], string>;

function fieldName(path: readonly PropertyKey[]): string {
  const name = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return name.replace(/^\./, "") || "the whole file";
}
