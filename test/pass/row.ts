import { expect, test } from "vitest";
import type { FaultInput } from "../../src/simulator/faults/fault.ts";
import { openScene, type Scene } from "./scene.ts";

/** A pass over one object, as a person would tell it: from what is there to what they see, and what it costs the array. */
export interface Row {
  readonly because: string;
  /** What is there when it begins; everything has settled then. */
  readonly before?: (scene: Scene) => unknown;
  /** What the array answers, or does instead, from then on. */
  readonly arrayAnswers?: readonly FaultInput[];
  /** What happens. Everything settles afterwards. */
  readonly happens: (scene: Scene) => unknown;
  /** Of the credential, unless the row is of a connection: status and reason of Ready. */
  readonly status: string;
  /** The requests that it took. */
  readonly calls?: readonly string[];
  /** What the array holds in the end: `chap user/password`, another type, or nothing. */
  readonly held?: string;
  readonly finalizers?: readonly string[] | "gone";
  /** Reasons of the Events that came of it. */
  readonly events?: readonly string[];
}

export function testRows(rows: readonly Row[], of: "IscsiCredential" | "OntapConnection" = "IscsiCredential"): void {
  test.each(rows)("$status, since $because", (row) => expectRow(row, of));
}

/** Plays a row, and fails unless everything is as it says. */
export async function expectRow(
  { because: _because, before, arrayAnswers = [], happens, ...wanted }: Row,
  of: "IscsiCredential" | "OntapConnection" = "IscsiCredential",
): Promise<void> {
  const scene = await openScene();
  await before?.(scene);
  await scene.settles();
  scene.calls();
  const eventsBefore = scene.events(of).length;
  scene.arrayAnswers(...arrayAnswers);
  await happens(scene);
  await scene.settles();
  const seen = {
    status: scene.ready(of),
    calls: scene.calls(),
    held: heldIn(scene),
    finalizers: scene.finalizers(of),
    events: scene.events(of).slice(eventsBefore),
  };
  const asked = Object.keys(wanted) as (keyof typeof seen)[];
  expect(Object.fromEntries(asked.map((name) => [name, seen[name]]))).toEqual(wanted);
  expect(scene.operator().defects(), "defects").toBe(0);
  expect(scene.operator().spins(), "works without end").toBe(false);
}

function heldIn(scene: Scene): string {
  const held = scene.held();
  if (held === undefined) return "nothing";
  const pairs = [held.chap.inbound, held.chap.outbound].filter((pair) => pair !== undefined);
  return [held.authenticationType, ...pairs.map(({ user, password }) => `${user}/${password}`)].join(" ");
}
