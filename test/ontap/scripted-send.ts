import type { HttpReply, HttpRequest, NoReply, Send } from "../../src/ontap/send.ts";
import { err, ok, type Result } from "../../src/std/result.ts";

export type Script = readonly Result<HttpReply, NoReply>[];

export interface ScriptedSend {
  readonly send: Send;
  readonly requests: readonly HttpRequest[];
}

/** Answers one request after the other from a script; a request beyond its end is a bug of the test. */
export function createScriptedSend(...script: Script): ScriptedSend {
  const requests: HttpRequest[] = [];
  return {
    requests,
    send: (request, signal) => {
      signal.throwIfAborted();
      const reply = script[requests.length];
      requests.push(request);
      if (reply === undefined) throw new Error(`the script has no answer to ${request.verb} ${request.path}`);
      return Promise.resolve(reply);
    },
  };
}

export function reply(httpStatus: number, body: unknown, retryAfterMs?: number): Result<HttpReply, never> {
  return ok({ httpStatus, text: typeof body === "string" ? body : JSON.stringify(body), retryAfterMs });
}

export function ontapError(
  httpStatus: number,
  code: string,
  message = "refused",
  target?: string,
): Result<HttpReply, never> {
  return reply(httpStatus, { error: { code, message, target } });
}

export function lost(trouble: NoReply["trouble"] = "reset", sent = true, detail?: string): Result<never, NoReply> {
  return err({ trouble, sent, detail, retryAfterMs: undefined });
}
