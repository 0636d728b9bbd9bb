import { describe, expect, test } from "vitest";
import {
  allEntries,
  catalogue,
  meaningOfCode,
  meaningOfTrouble,
  type ArrayReason,
} from "../../src/array/catalogue/catalogue.ts";
import type { CatalogueEntry, ErrorClass } from "../../src/array/catalogue/entry.ts";
import { troubles, type Trouble } from "../../src/array/catalogue/troubles.ts";
import type { CredentialReason } from "../../src/credential/vocabulary.ts";
import type { Verb } from "../../src/array/verb.ts";
import { arrayLogin } from "../model/world.ts";
import type { ArrayReply, ArrayRequest } from "../model/simulated-array.ts";
import { connectionSpec, namespace, openScene, type Scene } from "../pass/scene.ts";

/**
 * Every code of the catalogue, codes that no catalogue has, and everything that can keep an answer from coming, at every call
 * that the operator makes: half an hour of it, then the array works again. The oracle does not know the operator's decisions: what
 * a person reads names the failure, or what is declared holds; the array is asked within bounds, and neither without end nor
 * never again; afterwards what is declared holds, by itself where no person has anything to do; and no password is anywhere.
 */

const minute = 60_000;
const password = "first-password-canary";
const rotated = "second-password-canary";
const chap = { authenticationType: "chap", chap: { inbound: { secretRef: { name: "chap" } } } };
const requestNow = (value: string) => ({
  metadata: { annotations: { "ontap-iscsi.dev/reconcile-requested-at": value } },
});
const collection = "/api/protocols/san/iscsi/credentials";

/** One call of the operator, what leads to it, and what a person has declared then. */
interface Call {
  readonly call: string;
  readonly verb: Verb;
  readonly is: (request: ArrayRequest) => boolean;
  readonly before: (scene: Scene) => void;
  readonly provoke: (scene: Scene) => void;
  readonly holds: (scene: Scene) => boolean;
}

const declare = (scene: Scene, spec: object = {}): void => {
  scene.secret("chap", "user", password);
  scene.credential({ ...chap, ...spec });
};
const holdsPassword =
  (wanted: string) =>
  (scene: Scene): boolean =>
    scene.held()?.chap.inbound?.password === wanted && scene.ready() === "True Applied" && connectionReady(scene);
const connectionReady = (scene: Scene): boolean => scene.ready("OntapConnection") === "True Connected";

const calls: readonly Call[] = [
  {
    call: "lists SVMs",
    verb: "GET",
    is: ({ path }) => path.startsWith("/api/svm/svms"),
    before: declare,
    provoke: (scene) => scene.edit("OntapConnection", "array", requestNow("now")),
    holds: holdsPassword(password),
  },
  {
    call: "reads the cluster",
    verb: "GET",
    is: ({ path }) => path.startsWith("/api/cluster"),
    before: declare,
    provoke: (scene) => scene.edit("OntapConnection", "array", requestNow("now")),
    holds: holdsPassword(password),
  },
  {
    call: "lists credentials",
    verb: "GET",
    is: ({ verb, path }) => verb === "GET" && path.startsWith(`${collection}?`),
    before: () => undefined,
    provoke: declare,
    holds: holdsPassword(password),
  },
  {
    call: "reads a credential",
    verb: "GET",
    is: ({ verb, path }) => verb === "GET" && path.startsWith(`${collection}/`),
    before: declare,
    provoke: (scene) => scene.edit("IscsiCredential", "a", requestNow("now")),
    holds: holdsPassword(password),
  },
  {
    call: "creates a credential",
    verb: "POST",
    is: ({ verb }) => verb === "POST",
    before: () => undefined,
    provoke: declare,
    holds: holdsPassword(password),
  },
  {
    call: "changes a credential",
    verb: "PATCH",
    is: ({ verb }) => verb === "PATCH",
    before: declare,
    provoke: (scene) => scene.secret("chap", "user", rotated),
    holds: holdsPassword(rotated),
  },
  {
    call: "deletes a credential",
    verb: "DELETE",
    is: ({ verb }) => verb === "DELETE",
    before: declare,
    provoke: (scene) => scene.delete("IscsiCredential", "a"),
    holds: (scene) => scene.held() === undefined && scene.finalizers() === "gone",
  },
  {
    call: "denies instead of deleting",
    verb: "PATCH",
    is: ({ verb }) => verb === "PATCH",
    before: (scene) => declare(scene, { deletionPolicy: "Deny" }),
    provoke: (scene) => scene.delete("IscsiCredential", "a"),
    holds: (scene) => scene.held()?.authenticationType === "deny" && scene.finalizers() === "gone",
  },
];

/** What the array answers to such a call, which it may quote. */
interface Fault {
  readonly fault: string;
  readonly reply: (quote: string) => ArrayReply;
  readonly meaning: CatalogueEntry;
}

const refusal =
  (status: number, code: string) =>
  (quote: string): ArrayReply => ({
    kind: "answer",
    status,
    retryAfter: undefined,
    text: JSON.stringify({ error: { code, message: `refused: ${quote}` } }),
  });

const knownCodes = [...catalogue.resource, ...catalogue.common, ...catalogue.environment].flatMap(
  ({ code }) => code ?? [],
);
const unknownCodes = [400, 401, 403, 404, 405, 409, 422, 429, 500, 503].map((status, index) => ({
  status,
  code: String(99_000_000 + index),
}));

function faultsAt(verb: Verb): readonly Fault[] {
  const ofCode = (status: number, code: string): Fault => ({
    fault: `HTTP ${status}, code ${code}`,
    reply: refusal(status, code),
    meaning: meaningOfCode(code, status, verb),
  });
  return [
    ...knownCodes.map((code) => ofCode(statusOf(meaningOfCode(code, 400, verb).class), code)),
    ...unknownCodes.map(({ status, code }) => ofCode(status, code)),
    ...(Object.keys(troubles) as Trouble[]).map((trouble) => ({
      fault: trouble,
      reply: () => ({ kind: "trouble", trouble }) as const,
      meaning: meaningOfTrouble(trouble),
    })),
  ];
}

/** One that fits the class: what counts is the code. */
const statusOf = (errorClass: ErrorClass): number =>
  ({ input: 400, bug: 400, permission: 403, converge: 409, environment: 500 })[errorClass];

/** Every reason that either object shows, in any condition. */
function reasonsShown({ world }: Scene): readonly string[] {
  const objects = [...world.cluster.people.list("IscsiCredential"), ...world.cluster.people.list("OntapConnection")];
  return objects.flatMap(({ status }) => {
    const { conditions = [] } = (status ?? {}) as { readonly conditions?: readonly { readonly reason: string }[] };
    return conditions.map(({ reason }) => reason);
  });
}

/** All that a person or a tool may read. */
function everythingShown(scene: Scene): string {
  const { people } = scene.world.cluster;
  const shown = ["IscsiCredential", "OntapConnection", "Event"].flatMap((kind) => people.list(kind));
  return JSON.stringify([shown, scene.operator().logLines]);
}

/** What is told when an answer says again and again that the array is otherwise than it shows itself. */
const contradictions: readonly string[] = [
  "NotConverging" satisfies CredentialReason,
  "NotRemoved" satisfies ArrayReason,
  "NotDenied" satisfies ArrayReason,
];

/** A login is not sent again by itself soon, and what waits for an approval is not asked for twice. */
const personActs: ReadonlySet<string> = new Set(["LoginRefused", "ApprovalPending"] satisfies ArrayReason[]);

/** In half an hour: an array that does not answer at all is looked for every five seconds, so that work goes on soon. */
const mostAsked = 360;

/** What is wrong with how one fault was borne; empty if nothing is. */
async function play({ is, before, provoke, holds }: Call, { reply, meaning }: Fault): Promise<readonly string[]> {
  const wrong: string[] = [];
  const scene = await openScene();
  before(scene);
  await scene.settles();
  let struck = 0;
  let works = false;
  scene.world.arrays.listen(connectionSpec.endpoint, {
    async send(request) {
      if (works || !is(request)) return scene.array.send(request);
      struck += 1;
      // All that it has been told so far.
      const held = scene.held()?.chap.inbound?.password ?? "";
      return reply(`${arrayLogin.password} ${held} ${request.body}`);
    },
  });
  provoke(scene);
  await scene.later(30 * minute);
  if (struck === 0) wrong.push("the call was never made");
  if (struck > mostAsked) wrong.push(`asked ${struck} times in half an hour`);
  const shown = reasonsShown(scene);
  const isTold = [meaning.reason, ...contradictions].some((reason) => shown.includes(reason));
  if (!isTold && !holds(scene)) wrong.push(`shows ${shown.join(" ")} instead of ${meaning.reason}`);

  works = true;
  await scene.later(16 * minute);
  const needsPerson = meaning.class === "input" || meaning.class === "bug" || personActs.has(meaning.reason);
  if (!holds(scene)) {
    if (!needsPerson) wrong.push(`still ${scene.ready()} after the array has worked for 16 minutes`);
    for (const [kind, name] of [
      ["OntapConnection", "array"],
      ["IscsiCredential", "a"],
    ] as const) {
      if (scene.world.cluster.people.get(kind, namespace, name) !== undefined)
        scene.edit(kind, name, requestNow("again"));
    }
    await scene.later(16 * minute);
    if (!holds(scene)) wrong.push(`${scene.ready()}, ${scene.ready("OntapConnection")} after a person asked`);
  }
  const text = everythingShown(scene);
  if ([password, rotated, arrayLogin.password].some((secret) => text.includes(secret))) wrong.push("shows a password");
  return wrong;
}

describe.each(calls)("when it $call", (call) => {
  test("every failure is told, borne and got over", async () => {
    const faults = faultsAt(call.verb);
    expect(faults.length).toBeGreaterThanOrEqual(knownCodes.length + 10);
    const failures: string[] = [];
    for (const fault of faults) {
      // oxlint-disable-next-line no-await-in-loop
      for (const what of await play(call, fault)) failures.push(`${fault.fault}: ${what}`);
    }
    expect(failures).toEqual([]);
  });
});

test("the codes of the campaign are the catalogue's", () => {
  expect(knownCodes.length).toBe(allEntries.filter(({ code }) => code !== undefined).length);
});
