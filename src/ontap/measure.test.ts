import { expect, test } from "vitest";
import { createManualClock } from "../../test/harness/manual-clock.ts";
import { createScriptedSend, ontapError, reply } from "../../test/ontap/scripted-send.ts";
import type { ArrayCall } from "../array/meter.ts";
import { err } from "../std/result.ts";
import { measure } from "./measure.ts";

const from = { namespace: "team-a", urgency: "change" } as const;
const lost = err({ trouble: "reset", sent: true, detail: "secret words", retryAfterMs: undefined } as const);

test.each([
  { because: "success", answer: reply(201, {}), code: "2xx" },
  { because: "ONTAP's own code, if the catalogue knows it", answer: ontapError(400, "5374147", "no"), code: "5374147" },
  {
    because: "an unknown code is not passed on: it could be any number",
    answer: ontapError(400, "77", "no"),
    code: "4xx",
  },
  { because: "a proxy's page", answer: reply(502, "<html>"), code: "5xx" },
  { because: "no answer", answer: lost, code: "reset" },
])("a call is told by what came of it: $because", async ({ answer, code }) => {
  const calls: ArrayCall[] = [];
  const { send } = createScriptedSend(answer);
  const measured = measure(send, createManualClock(), { called: (call) => calls.push(call) });
  const request = { verb: "PATCH", path: "/api/x", body: undefined, from } as const;
  expect(await measured(request, new AbortController().signal)).toBe(answer);
  expect(calls).toEqual([{ verb: "PATCH", code, tookMs: 0 }]);
});
