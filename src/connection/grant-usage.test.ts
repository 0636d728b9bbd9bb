import { expect, test } from "vitest";
import { grantUsage } from "./grant-usage.ts";

/** What the owner of a connection in namespace storage sees of those who use it. */

const user = (namespace: string, denied = false) => ({ namespace, denied });

test.each([
  { because: "nothing refers to it", users: [], shows: undefined },
  { because: "its own namespace needs no grant", users: [user("storage")], shows: undefined },
  {
    because: "what is denied counts apart, and the busiest namespace comes first",
    users: [user("a"), user("storage"), user("b", true), user("b"), user("b", true)],
    shows: {
      namespaces: 2,
      usage: [
        { namespace: "b", credentials: 1, denied: 2 },
        { namespace: "a", credentials: 1, denied: 0 },
      ],
    },
  },
])("$because", ({ users, shows }) => {
  expect(grantUsage("storage", users)).toEqual(shows);
});

test("a thousand namespaces are counted, and 64 listed", () => {
  const users = Array.from({ length: 1000 }, (_, index) => user(`team-${String(index).padStart(4, "0")}`));
  const shown = grantUsage("storage", [...users, user("team-0999")]);
  expect(shown?.namespaces).toBe(1000);
  expect(shown?.usage).toHaveLength(64);
  expect(shown?.usage[0]?.namespace).toBe("team-0999");
});
