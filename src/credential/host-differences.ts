import type { Authentication, ChapPair } from "../array/credential.ts";
import type { Direction } from "./chap-pair.ts";

/** What ONTAP takes and keeps as it is, and some hosts refuse or read as something else. */
type Oddity = "length" | "hexadecimal" | "edge-blank" | "control-character" | "not-ascii";

/** One value that does not work with every host. Never carries the value. */
export interface HostDifference {
  readonly part: "user" | "password";
  readonly direction: Direction;
  readonly oddity: Oddity;
}

/**
 * Which hosts differ. Windows and Solaris: their pages on CHAP. ESXi: its page on CHAP limits. open-iscsi: `auth.c` does not
 * decode a secret, and `idbm_recinfo_config` strips blanks from both ends of what it keeps in a line of a file.
 */
const words: Readonly<Record<Oddity, string>> = {
  length: "not 12 to 16 bytes long (Windows and Solaris take no other length)",
  hexadecimal: "hexadecimal with prefix 0x (ONTAP decodes it, open-iscsi sends it as text)",
  "edge-blank": "text with a blank at its start or end (open-iscsi cuts it off)",
  "control-character":
    "text with a control character, which is invisible (ESXi refuses it, open-iscsi cuts it at a line break)",
  "not-ascii":
    "text with a character that is not ASCII and may be invisible (ESXi refuses it, other hosts may encode it otherwise)",
};

/** Every value of an authentication that does not work with every host. */
export function hostDifferencesOf(authentication: Authentication): readonly HostDifference[] {
  if (authentication.type !== "chap") return [];
  const { inbound, outbound } = authentication;
  return [...differencesIn(inbound, "inbound"), ...(outbound === undefined ? [] : differencesIn(outbound, "outbound"))];
}

function differencesIn({ user, password }: ChapPair, direction: Direction): readonly HostDifference[] {
  const text = password.reveal();
  const bytes = Buffer.byteLength(text);
  const found = (part: HostDifference["part"], oddities: readonly Oddity[]): readonly HostDifference[] =>
    oddities.map((oddity) => ({ part, direction, oddity }));
  return [
    ...found("user", characterOdditiesOf(user)),
    ...found("password", [
      ...(bytes < 12 || bytes > 16 ? (["length"] as const) : []),
      ...(/^0x/i.test(text) ? (["hexadecimal"] as const) : []),
      ...characterOdditiesOf(text),
    ]),
  ];
}

function characterOdditiesOf(text: string): readonly Oddity[] {
  return [
    ...(text.trim() === text ? [] : (["edge-blank"] as const)),
    ...(/\p{Cc}/u.test(text) ? (["control-character"] as const) : []),
    ...(/\P{ASCII}/u.test(text) ? (["not-ascii"] as const) : []),
  ];
}

/** What a person reads: which value differs how, on which hosts, and what works on all of them. */
export function hostDifferencesMessage(differences: readonly HostDifference[]): string {
  const values = differences.map(({ part, direction, oddity }) => `${direction} ${part} is ${words[oddity]}`);
  return `ONTAP accepts the credential, but hosts differ: ${values.join("; ")}. Every host takes ASCII letters and digits, and a password of 12 to 16 of them: change the Secret and the host together`;
}
