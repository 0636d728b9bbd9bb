import type { IscsiCredentialSpec } from "../api/iscsi-credential.ts";
import type { ObjectKey } from "../api/key.ts";
import type { ChapPair } from "../array/credential.ts";
import type { DataObject } from "../api/ports.ts";
import { textFlawOf, type TextFlaw } from "../api/text-flaw.ts";
import { offeredAsChap, type OfferRefusal } from "../authority/offered-secret.ts";
import { err, ok, type Result } from "../std/result.ts";
import type { SecretText } from "../std/secret-text.ts";

export type Direction = "inbound" | "outbound";
export type SecretRef = NonNullable<IscsiCredentialSpec["chap"]>["inbound"]["secretRef"];

/** What is wrong with a value, as one word each; the words for people are in `meaning.ts`. */
export type ValueFlaw = TextFlaw | "missing" | "not-utf8" | "nul" | "bad-hex";

/** A Secret that cannot serve as it is. Never carries a value, nor its length. */
export type SecretProblem =
  /** Its owner does not offer it, so none of its values was looked at. */
  | { readonly kind: "secret-not-offered"; readonly secret: ObjectKey; readonly refusal: OfferRefusal }
  | {
      readonly kind: "secret-value";
      readonly flaw: ValueFlaw;
      readonly direction: Direction;
      readonly part: "user" | "password";
      readonly secret: string;
      readonly entry: string;
    }
  | { readonly kind: "equal-directions"; readonly inbound: string; readonly outbound: string };

/** A Secret that was read for one direction of a credential. */
export interface PairSource {
  readonly secret: ObjectKey;
  readonly data: DataObject;
  /** Whether any connection logs in with it. */
  readonly isLogin: boolean;
}

/** ONTAP counts bytes: 1 to 128 in a user name, 1 to 512 in a password (ONTAP CLI reference, `vserver iscsi security create`). */
export const mostBytes = { user: 128, password: 512 } as const;

/** The keys of a Secret that kubelet reads on the initiator; `_in` is what the target proves itself with. */
const iscsiChapKeys = {
  inbound: { user: "node.session.auth.username", password: "node.session.auth.password" },
  outbound: { user: "node.session.auth.username_in", password: "node.session.auth.password_in" },
} as const;
const plainKeys = { user: "username", password: "password" } as const;

/**
 * Reads one direction's pair out of a Secret that its owner offers for CHAP, refusing what ONTAP or a host would stumble over.
 * Whether a Secret is offered comes first: what is said of a value, or that a key is missing, would tell of any Secret otherwise.
 */
export function chapPairFrom(
  { secret, data, isLogin }: PairSource,
  ref: SecretRef,
  direction: Direction,
): Result<ChapPair, SecretProblem> {
  const defaults = data.type === "kubernetes.io/iscsi-chap" ? iscsiChapKeys[direction] : plainKeys;
  const keys = { user: ref.userKey ?? defaults.user, password: ref.passwordKey ?? defaults.password };
  const offered = offeredAsChap(data, keys, isLogin);
  if (!offered.ok) return err({ kind: "secret-not-offered", secret, refusal: offered.error });
  const user = partOf(data, "user", keys.user, ref, direction);
  if (!user.ok) return user;
  const password = partOf(data, "password", keys.password, ref, direction);
  return password.ok ? ok({ user: user.value.reveal(), password: password.value }) : password;
}

function partOf(
  data: DataObject,
  part: "user" | "password",
  entry: string,
  { name }: SecretRef,
  direction: Direction,
): Result<SecretText, SecretProblem> {
  const value = data.entries.get(entry);
  const flaw = value === undefined ? "missing" : value.ok ? flawOf(value.value.reveal(), part) : "not-utf8";
  if (value?.ok === true && flaw === undefined) return value;
  return err({ kind: "secret-value", flaw: flaw ?? "missing", direction, part, secret: name, entry });
}

function flawOf(text: string, part: "user" | "password"): ValueFlaw | undefined {
  const flaw = textFlawOf(text, mostBytes[part]);
  if (flaw !== undefined) return flaw;
  if (text.includes("\0")) return "nul";
  // ONTAP takes such a password for binary: 0x and an even number of hexadecimal digits (5374145).
  if (part === "password" && /^0x/i.test(text) && !/^0x([0-9a-f]{2})+$/i.test(text)) return "bad-hex";
  return undefined;
}

/** ONTAP refuses equal passwords in both directions (5374147): anyone who could prove one could prove the other. */
export function directionsDiffer(inbound: ChapPair, outbound: ChapPair): boolean {
  return inbound.password.reveal() !== outbound.password.reveal();
}
