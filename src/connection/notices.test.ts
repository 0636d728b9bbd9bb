import { expect, test } from "vitest";
import { createManualClock } from "../../test/harness/manual-clock.ts";
import type { ObjectKey } from "../api/key.ts";
import { parseOntapConnection } from "../api/parse.ts";
import { createNotices } from "./notices.ts";

const key = "storage/prod" as ObjectKey;

function someNotices() {
  const clock = createManualClock();
  const events: string[] = [];
  const connection = parseOntapConnection({ metadata: { name: "prod", namespace: "storage" }, spec: {} });
  const notices = createNotices({
    find: (asked) => (asked === key ? connection : undefined),
    emit: (_, { reason, note }) => events.push(`${reason}: ${note}`),
    clock,
  });
  const deny = (credential: string, connection = key): void =>
    notices.tell(connection, { kind: "denied", credential: credential as ObjectKey, limit: "type none" });
  return { clock, events, notices, deny };
}

test("the owner sees who was denied what, once in ten minutes for each namespace", async () => {
  const { clock, events, deny } = someNotices();
  for (let index = 0; index < 100; index += 1) deny(`team-a/host-${index}`);
  deny("team-b/host");
  expect(events).toEqual([
    "CredentialDenied: No grant allows IscsiCredential team-a/host-0: type none. For 10 minutes no more Events tell of the same in namespace team-a",
    "CredentialDenied: No grant allows IscsiCredential team-b/host: type none. For 10 minutes no more Events tell of the same in namespace team-b",
  ]);
  await clock.pass(10 * 60_000);
  deny("team-a/host-7");
  expect(events).toHaveLength(3);
});

test("a denial does not hide an adoption", () => {
  const { events, notices, deny } = someNotices();
  deny("team-a/host");
  notices.tell(key, { kind: "adopted", credential: "team-a/host" as ObjectKey, initiator: "default", svm: "svm1" });
  expect(events[1]).toMatch(/^CredentialAdopted: IscsiCredential team-a\/host took over initiator default on SVM svm1/);
});

test("of a connection that is gone nothing is told", () => {
  const { events, deny } = someNotices();
  deny("team-a/host", "storage/gone" as ObjectKey);
  expect(events).toEqual([]);
});

test("ten thousand namespaces make no more than about a thousand Events, and the next ten minutes tell again", async () => {
  const { clock, events, deny } = someNotices();
  for (let index = 0; index < 10_000; index += 1) deny(`team-${index}/host`);
  expect(events.length).toBe(1024);
  await clock.pass(10 * 60_000);
  deny("team-9999/host");
  expect(events.length).toBe(1025);
});
