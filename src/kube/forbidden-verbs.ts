import type { Clock } from "../std/clock.ts";
import type { Log } from "../std/log.ts";
import { createReminder } from "../std/reminder.ts";
import type { KubeTransport } from "./transport.ts";

/** RBAC's own sentence. Admission answers 403 as well, and so does a namespace that is being deleted. */
const sentence = /cannot (\w+) resource "([^"]+)"/;
/** The reflector logs these itself, with the kind that it cannot see. */
const loggedElsewhere: ReadonlySet<string> = new Set(["list", "watch"]);

/** The same transport, logging which verb the Role lacks: a status that may not be written cannot say so. */
export function logForbiddenVerbs(
  transport: KubeTransport,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): KubeTransport {
  const mayRemind = createReminder(clock);

  function logVerbOf(message: string): void {
    const [, verb = "", resource = ""] = sentence.exec(message) ?? [];
    if (verb === "" || loggedElsewhere.has(verb) || !mayRemind(`${verb} ${resource}`)) return;
    log.warn(
      { verb, resource, message },
      "the ServiceAccount may not do this; apply the Role of deploy/; trying again",
    );
  }

  return {
    ...transport,
    async send(request, signal) {
      const reply = await transport.send(request, signal);
      if (!reply.ok && reply.error.problem === "forbidden") logVerbOf(reply.error.message);
      return reply;
    },
  };
}
