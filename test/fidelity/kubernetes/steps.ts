import type { Chance } from "../../model/clock.ts";

/**
 * What happens to a few objects, in words that mean the same on every API server: names are of the sequence, and versions
 * are those that the sequence itself has been shown.
 */
export type Step =
  | { readonly do: "create"; readonly object: Thing; readonly variant: number; readonly finalizers: readonly string[] }
  /** `kubectl replace`, with the version that it was shown last, a past one, or none. */
  | {
      readonly do: "replace";
      readonly object: Thing;
      readonly variant: number;
      readonly finalizers: readonly string[];
      readonly version: Version | "none";
      readonly uid: Version | "none";
    }
  /** A merge patch of the spec or the data. */
  | { readonly do: "edit"; readonly object: Thing; readonly variant: number }
  | { readonly do: "annotate"; readonly object: Thing; readonly value: string | null }
  /** A person's patch of the finalizers. */
  | { readonly do: "set-finalizers"; readonly object: Thing; readonly finalizers: readonly string[] }
  /** The operator's. */
  | { readonly do: "finalize"; readonly object: Own; readonly finalizers: readonly string[]; readonly version: Version }
  | { readonly do: "write-status"; readonly object: Own; readonly variant: number; readonly version: Version }
  | { readonly do: "delete"; readonly object: Thing }
  | { readonly do: "get"; readonly object: Thing; readonly metadataOnly: boolean }
  /** A list in pages, of this sequence's own namespace. */
  | { readonly do: "list"; readonly kind: Thing["kind"]; readonly metadataOnly: boolean; readonly limit: number }
  /** All that a watch of this sequence's own namespace brings within its second: from what was shown once, or from all that there is. */
  | { readonly do: "watch"; readonly object: Thing; readonly metadataOnly: boolean }
  | { readonly do: "emit"; readonly object: Own; readonly name: string }
  | { readonly do: "emit-again"; readonly name: string; readonly count: number }
  | { readonly do: "take-lease"; readonly holder: string }
  | { readonly do: "renew-lease"; readonly holder: string; readonly version: Version };

export interface Own {
  readonly kind: "IscsiCredential" | "OntapConnection";
  readonly name: string;
}
export interface Thing {
  readonly kind: Own["kind"] | "Secret" | "ConfigMap";
  readonly name: string;
}

/** Which of the states that were shown: the latest, or the one so many before it. */
export type Version = "latest" | "older";

export const isOwn = (thing: Thing): thing is Own =>
  thing.kind === "IscsiCredential" || thing.kind === "OntapConnection";

export const ourFinalizer = "ontap-iscsi.dev/iscsi-credential";
const finalizerSets = [[], [ourFinalizer], ["example.com/other"], [ourFinalizer, "example.com/other"]] as const;

/** More variants than there are valid ones: the rest are to be refused. */
export const variants = 6;

const kinds = ["IscsiCredential", "IscsiCredential", "OntapConnection", "Secret", "ConfigMap"] as const;
const names = ["a", "b"] as const;

export function drawSteps(chance: Chance, most: number): readonly Step[] {
  const steps = Array.from({ length: 2 + chance.below(most - 1) }, (_, at) => drawStep(chance, at));
  // It takes a second of real time.
  const watch = chance.happens(0.04);
  const object: Thing = { kind: chance.pick(kinds), name: chance.pick(names) };
  return watch ? [...steps, { do: "watch", object, metadataOnly: chance.happens(0.5) }] : steps;
}

/** A sequence begins with something to work on. */
function drawStep(chance: Chance, at: number): Step {
  const object: Thing = { kind: chance.pick(kinds), name: at < 2 ? "a" : chance.pick(names) };
  const own: Own = { kind: isOwn(object) ? object.kind : "IscsiCredential", name: object.name };
  const variant = chance.happens(0.8) ? chance.below(3) : chance.below(variants);
  const finalizers = chance.pick(finalizerSets);
  const version: Version = chance.happens(0.8) ? "latest" : "older";
  if (at === 0 || chance.happens(0.15)) {
    return { do: "create", object, variant, finalizers: chance.happens(0.6) ? [] : finalizers };
  }
  const step = chance.below(20);
  switch (step) {
    case 0:
    case 1:
      return {
        do: "replace",
        object,
        variant,
        finalizers,
        version: chance.happens(0.15) ? "none" : version,
        uid: chance.pick(["none", "latest", "older"]),
      };
    case 2:
    case 3:
    case 4:
      return { do: "edit", object, variant };
    case 5:
      return { do: "annotate", object, value: chance.pick(["one", "two", null]) };
    case 6:
    case 7:
      return { do: "set-finalizers", object, finalizers };
    case 8:
    case 9:
    case 10:
      return { do: "finalize", object: own, finalizers, version };
    case 11:
    case 12:
    case 13:
      return { do: "write-status", object: own, variant, version };
    case 14:
    case 15:
      return { do: "delete", object };
    case 16:
      return chance.happens(0.5)
        ? { do: "get", object, metadataOnly: chance.happens(0.3) }
        : { do: "list", kind: object.kind, metadataOnly: chance.happens(0.5), limit: 1 + chance.below(2) };
    case 17:
      return chance.happens(0.5)
        ? { do: "emit", object: own, name: chance.pick(names) }
        : { do: "emit-again", name: chance.pick(names), count: 2 + chance.below(3) };
    case 18:
      return { do: "take-lease", holder: chance.pick(names) };
    default:
      return { do: "renew-lease", holder: chance.pick(names), version };
  }
}
