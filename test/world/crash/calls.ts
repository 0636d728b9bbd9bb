import { kinds } from "../../../src/api/kinds.ts";
import { writeVerbs } from "../../../src/array/verb.ts";
import type { KubeRequest } from "../../../src/kube/transport.ts";
import type { kubeWrites } from "../../../src/kube/writes.ts";
import type { HttpRequest } from "../../../src/ontap/send.ts";

/**
 * Every call that changes something, by the name under which the matrix has it: those of `kubeWrites`, per kind where
 * both kinds have it, and the array's verbs.
 */

interface KubeCall {
  readonly call: string;
  readonly method: KubeRequest["method"];
  readonly path: RegExp;
}

/** Leader election runs beside the operator's passes and in a loop of its own; the fail-over test cuts it. */
export const isCutElsewhere = (write: string): boolean => write.startsWith("lease");

const ofEachKind = (write: string, subresource: string): readonly KubeCall[] =>
  kinds.map(({ plural }) => ({
    call: `${write} of ${plural}`,
    method: "PATCH",
    path: new RegExp(`/${plural}/[^/]+${subresource}$`),
  }));

/** How the entries of `kubeWrites` look on the wire. */
export const kubeCalls = {
  finalizers: ofEachKind("finalizers", ""),
  status: ofEachKind("status", "/status"),
  event: [{ call: "event", method: "POST", path: /\/events$/ }],
  eventSeries: [{ call: "eventSeries", method: "PATCH", path: /\/events\/[^/]+$/ }],
} as const satisfies Record<Exclude<keyof typeof kubeWrites, `lease${string}`>, readonly KubeCall[]>;

const arrayCall = (verb: string): string => `${verb} to the array`;

export const everyCall: readonly string[] = [
  ...Object.values(kubeCalls).flatMap((calls) => calls.map(({ call }) => call)),
  ...writeVerbs.map(arrayCall),
];

/** Undefined for a read. Throws at a write that is on no list. */
export function callOfKube({ method, path }: KubeRequest): string | undefined {
  if (method === "GET") return undefined;
  const known = Object.values(kubeCalls)
    .flat()
    .find((call) => call.method === method && call.path.test(path));
  if (known === undefined) throw new Error(`the matrix does not know ${method} ${path}`);
  return known.call;
}

/** Undefined for a read. */
export const callOfArray = ({ verb }: HttpRequest): string | undefined =>
  verb === "GET" ? undefined : arrayCall(verb);
