import { expect, test } from "vitest";
import { initiator, openScene } from "./scene.ts";

/** A deletion that a second administrator has to approve is sent once: each further one would ask that person again. */

const minute = 60_000;

test.each([
  { deletionPolicy: "Delete", verb: "DELETE", restarts: false },
  { deletionPolicy: "Delete", verb: "DELETE", restarts: true },
  { deletionPolicy: "Deny", verb: "PATCH", restarts: false },
  { deletionPolicy: "Deny", verb: "PATCH", restarts: true },
] as const)("$deletionPolicy, restarted: $restarts", async ({ deletionPolicy, verb, restarts }) => {
  const scene = await openScene();
  scene.credential({ deletionPolicy });
  await scene.settles();
  scene.calls();
  scene.arrayAnswers({ effect: "await-approval", index: 7, when: { method: verb } });
  scene.delete("IscsiCredential", "a");
  await scene.later(30 * minute);
  if (restarts) scene.restart();
  await scene.later(30 * minute);
  expect(scene.calls().filter((call) => !call.startsWith("GET"))).toEqual([`${verb} 202`]);
  expect(scene.ready()).toBe("False ApprovalPending");
  if (deletionPolicy === "Delete") await scene.admin({ do: "delete-credential", svm: "svm1", initiator });
  else await scene.admin({ do: "put-credential", svm: "svm1", initiator, authenticationType: "deny" });
  await scene.later(30 * minute);
  expect(scene.finalizers()).toBe("gone");
});
