import { isRefused } from "../api/write-retry.ts";
import type { Clock } from "../std/clock.ts";
import type { Log } from "../std/log.ts";
import { createReminder } from "../std/reminder.ts";
import { resourceOf } from "./paths.ts";
import type { KubeRequest, KubeTransport } from "./transport.ts";

/** RBAC's own sentence. Admission answers 403 as well, and so does a namespace that is being deleted. */
const rbacSentence = /cannot (\w+) resource "([^"]+)"/;
/** The reflector logs these itself, with the kind that it cannot see. */
const loggedElsewhere: ReadonlySet<string> = new Set(["list", "watch"]);
/** Nothing can be created in a namespace that is on its way out, and nothing needs to be. */
const terminating = /because it is being terminated/;

/**
 * The same transport, logging what the API server refuses until a person acts, in its own words, each kind of request once
 * in ten minutes: verbs that the Role lacks, and writes that a policy or the definition refuses. An object may not be able
 * to say so itself, when what is refused is its status.
 */
export function logRefusals(
  transport: KubeTransport,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): KubeTransport {
  const mayRemind = createReminder(clock);

  function logForbiddenVerb(verb: string, resource: string, message: string): void {
    if (loggedElsewhere.has(verb) || !mayRemind(`${verb} ${resource}`)) return;
    log.warn(
      { verb, resource, message },
      "the ServiceAccount may not do this; apply the Role of deploy/; trying again",
    );
  }

  function logRefusedWrite({ method, path }: KubeRequest, message: string): void {
    const resource = resourceOf(path);
    if (terminating.test(message) || !mayRemind(`${method} ${resource}`)) return;
    log.warn(
      { verb: method, resource, path, message },
      "the API server refuses this write; change the policy or the object that its message names; trying again",
    );
  }

  return {
    ...transport,
    async send(request, signal) {
      const reply = await transport.send(request, signal);
      if (reply.ok || !isRefused(reply.error)) return reply;
      const { message, problem } = reply.error;
      const [, verb, resource] = (problem === "forbidden" ? rbacSentence.exec(message) : null) ?? [];
      if (verb !== undefined && resource !== undefined) logForbiddenVerb(verb, resource, message);
      else if (request.method !== "GET") logRefusedWrite(request, message);
      return reply;
    },
  };
}
