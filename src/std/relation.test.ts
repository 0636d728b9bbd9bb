import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createRelation } from "./relation.ts";

test("each side finds the other, as the last word of every key says", () => {
  const terms = fc.uniqueArray(fc.constantFrom<string[]>("x", "y", "z"));
  const word = fc.tuple(fc.constantFrom("a", "b", "c", "d"), terms);
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const relation = createRelation<string, string>();
      for (const [key, mentioned] of words) relation.set(key, mentioned);
      const last = new Map(words);
      const mentioning = (term: string): readonly string[] =>
        [...last].flatMap(([key, mentioned]) => (mentioned.includes(term) ? [key] : []));
      for (const term of ["x", "y", "z"]) {
        expect(new Set(relation.keysOf(term))).toEqual(new Set(mentioning(term)));
        expect(relation.keysOf(term)).toHaveLength(mentioning(term).length);
      }
      expect(new Set(relation.terms())).toEqual(new Set([...last.values()].flat()));
    }),
  );
});
