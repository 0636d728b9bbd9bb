import type { Clock } from "../std/clock.ts";
import type { Log } from "../std/log.ts";
import { hintAgainMs } from "./reflector.ts";
import type { KubeTransport } from "./transport.ts";

/** RBAC's own sentence. Others answer 403 as well: admission, and a namespace that is on its way out. */
const sentence = /cannot (\w+) resource "([^"]+)"/;
/** The reflector says these itself, with the kind that it cannot see. */
const saidElsewhere: ReadonlySet<string> = new Set(["list", "watch"]);

/** The same transport, saying in the log which verb the Role lacks: a status that may not be written cannot tell. */
export function sayMissingVerbs(
  transport: KubeTransport,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): KubeTransport {
  const saidMs = new Map<string, number>();

  function say(message: string): void {
    const [, verb = "", resource = ""] = sentence.exec(message) ?? [];
    if (verb === "" || saidElsewhere.has(verb)) return;
    const what = `${verb} ${resource}`;
    const nowMs = clock.monotonic();
    if (nowMs - (saidMs.get(what) ?? -Infinity) < hintAgainMs) return;
    saidMs.set(what, nowMs);
    log.warn(
      { verb, resource, message },
      "the ServiceAccount may not do this; apply the Role of deploy/; trying again",
    );
  }

  return {
    ...transport,
    async send(request, signal) {
      const reply = await transport.send(request, signal);
      if (!reply.ok && reply.error.problem === "forbidden") say(reply.error.message);
      return reply;
    },
  };
}
