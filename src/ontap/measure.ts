import { isKnownCode } from "../array/catalogue/catalogue.ts";
import type { CallMeter } from "../array/meter.ts";
import type { Clock } from "../std/clock.ts";
import type { Send } from "./send.ts";
import { parseJson, readError } from "./wire.ts";

/** Tells of every request that really goes out: it belongs under whatever holds requests back or answers in place of the array. */
export function measure(send: Send, clock: Clock, meter: CallMeter): Send {
  return async (request, signal) => {
    const startedMs = clock.monotonic();
    const reply = await send(request, signal);
    const code = reply.ok ? codeOf(reply.value) : reply.error.trouble;
    meter.called({ verb: request.verb, code, tookMs: clock.monotonic() - startedMs });
    return reply;
  };
}

/** An unknown code would let an array make as many series as it likes. */
function codeOf({ httpStatus, text }: { readonly httpStatus: number; readonly text: string }): string {
  const statusClass = `${Math.floor(httpStatus / 100)}xx`;
  if (httpStatus < 300) return statusClass;
  const body = parseJson(text);
  const code = body.ok ? readError(body.value)?.code : undefined;
  return code !== undefined && isKnownCode(code) ? code : statusClass;
}
