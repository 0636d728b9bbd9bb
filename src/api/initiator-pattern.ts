import * as z from "zod";
import { initiatorMaxBytes } from "../array/identifiers.ts";
import { withRules } from "./rules.ts";

/** What stands in a pattern for the name of the namespace that asks. */
export const namespacePlaceholder = "{namespace}";

/**
 * A connection may have 64 times 1,024 patterns, and the API server allows a rule so little for each that it can look
 * through the text once, by a regular expression of at most four characters. So characters, and the place of
 * `{namespace}` after the first colon, are the schema's own pattern, which costs nothing, and each rule is tiny.
 */
const characters = /^[A-Za-z0-9.*-]+(:([A-Za-z0-9.:*-]|\{namespace\})*)?$/;

const mustEndTheName =
  "initiators: {namespace} must be followed by a colon, a full stop or the end, or it would cover other namespaces too; write {namespace}:* instead of {namespace}-* or {namespace}*";

/**
 * Initiators that a grant allows. What follows `{namespace}` must end the name: with `{namespace}-*` the namespace
 * `team-a` would cover what belongs to `team-a-b`.
 */
export const initiatorPattern = withRules(
  z
    .string()
    .min(1)
    .max(initiatorMaxBytes)
    .regex(
      characters,
      "must consist of the characters of an initiator, with * only at the end and {namespace} only after the first colon, such as iqn.1994-05.com.redhat:{namespace}:*",
    ),
  {
    rule: "!self.matches('[*].')",
    message: "initiators: * must be the last character of a pattern; write one pattern for each beginning",
    holds: (pattern) => !/[*]./.test(pattern),
  },
  {
    rule: "!self.matches('{.*{')",
    message: "initiators: {namespace} must stand only once in a pattern; remove the others",
    holds: (pattern) => !/\{.*\{/.test(pattern),
  },
  {
    rule: "!self.matches('}\\\\w')",
    message: mustEndTheName,
    holds: (pattern) => !/\}\w/.test(pattern),
  },
  {
    rule: "!self.contains('}-') && !self.endsWith('}*')",
    message: mustEndTheName,
    holds: (pattern) => !pattern.includes("}-") && !pattern.endsWith("}*"),
  },
  {
    rule: "self.lowerAscii() != 'default'",
    message: "initiators: a pattern never covers default; set defaultInitiator to true to grant it",
    holds: (pattern) => pattern.toLowerCase() !== "default",
    reason: "FieldValueForbidden",
  },
);
