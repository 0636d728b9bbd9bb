import { expect, test } from "vitest";
import type { NamedVersion, SecretVersions } from "./applied.ts";
import { editSeenMs } from "./act.ts";

const version = (name: string, resourceVersion: string, uid = "u"): NamedVersion => ({ name, resourceVersion, uid });
const one = (inbound: NamedVersion, outbound?: NamedVersion): SecretVersions => ({ inbound, outbound });
const heardMs = { inbound: 100, outbound: 250 };

test.each([
  { because: "nothing was accepted before", read: one(version("a", "1")), accepted: undefined, since: undefined },
  { because: "the same version", read: one(version("a", "1")), accepted: one(version("a", "1")), since: undefined },
  { because: "an edit", read: one(version("a", "2")), accepted: one(version("a", "1")), since: 100 },
  { because: "made again", read: one(version("a", "9", "v")), accepted: one(version("a", "1")), since: 100 },
  {
    because: "the spec names another",
    read: one(version("b", "7")),
    accepted: one(version("a", "1")),
    since: undefined,
  },
  {
    because: "one of two was edited, the other long ago",
    read: one(version("a", "2"), version("b", "1")),
    accepted: one(version("a", "1"), version("b", "1")),
    since: 100,
  },
  {
    because: "both were edited: ONTAP could not have it before the later",
    read: one(version("a", "2"), version("b", "2")),
    accepted: one(version("a", "1"), version("b", "1")),
    since: 250,
  },
])("since when a write has been due for an edit: $because", ({ read, accepted, since }) => {
  expect(editSeenMs({ versions: read, heardMs }, accepted)).toBe(since);
});
