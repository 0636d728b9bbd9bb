import { apiGroup, apiVersion } from "../api/fields.ts";
import { iscsiCredentialKind } from "../api/kinds.ts";
import type { NamespacedName } from "../api/key.ts";
import type { HeldFields } from "../array/credential.ts";
import type { Plain } from "./yaml-text.ts";

/** A credential that an array holds, as far as ONTAP shows it. */
export interface FoundCredential extends Omit<HeldFields, "addresses"> {
  readonly svm: string;
  readonly initiator: string;
  /** From where it may log in; empty for anywhere. */
  readonly ranges: readonly { readonly start: string; readonly end: string }[];
}

export interface ImportOptions {
  readonly connection: NamespacedName;
  /** Where the objects will be. */
  readonly namespace: string;
}

/**
 * What to declare so that everything stays as it is: for each credential an IscsiCredential in mode Plan that leaves it on the array
 * when it is deleted, and for CHAP a Secret whose passwords are empty, so that nothing can be written before a person filled them in.
 */
export function manifestsOf(found: readonly FoundCredential[], options: ImportOptions): readonly Plain[] {
  const names = namesOf(found);
  return found.flatMap((credential, index) => {
    const name = names[index] ?? "";
    const secret = credential.authenticationType === "chap" ? [secretOf(name, credential, options)] : [];
    return [...secret, credentialOf(name, credential, options)];
  });
}

/** kubelet's own type, so that one Secret serves the array and the nodes. */
const secretOf = (
  name: string,
  { inboundUser = "", outboundUser }: FoundCredential,
  { namespace }: ImportOptions,
): Plain => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace },
  type: "kubernetes.io/iscsi-chap",
  stringData: {
    "node.session.auth.username": inboundUser,
    "node.session.auth.password": "",
    ...(outboundUser === undefined
      ? {}
      : { "node.session.auth.username_in": outboundUser, "node.session.auth.password_in": "" }),
  },
});

function credentialOf(
  name: string,
  { svm, initiator, authenticationType, outboundUser, ranges }: FoundCredential,
  { connection, namespace }: ImportOptions,
): Plain {
  const elsewhere = connection.namespace === namespace ? undefined : connection.namespace;
  const pair: Plain = { secretRef: { name } };
  return {
    apiVersion: `${apiGroup}/${apiVersion}`,
    kind: iscsiCredentialKind.kind,
    metadata: { name, namespace },
    spec: {
      connectionRef: { name: connection.name, namespace: elsewhere },
      svm: { name: svm },
      initiator,
      authenticationType,
      chap:
        authenticationType === "chap"
          ? { inbound: pair, outbound: outboundUser === undefined ? undefined : pair }
          : undefined,
      initiatorAddress: ranges.length === 0 ? undefined : { merge: "Replace", ranges },
      mode: "Plan",
      deletionPolicy: "Retain",
    },
  };
}

/** A label of DNS has 63 characters; some are kept for what tells namesakes apart. */
const longestName = 50;

/** The part of an initiator that people gave it, with its SVM where two would have one name, and numbered where that is not enough. */
function namesOf(found: readonly FoundCredential[]): readonly string[] {
  const short = found.map(({ initiator }) => nameFrom(initiator.slice(initiator.indexOf(":") + 1)));
  const withSvm = found.map(({ svm }, index) => nameFrom(`${short[index]}-${svm}`));
  const taken = new Set<string>();
  return short.map((name, index) => {
    const wanted = isOnce(name, short) ? name : (withSvm[index] ?? name);
    let free = wanted;
    for (let count = 2; taken.has(free); count += 1) free = `${wanted}-${count}`;
    taken.add(free);
    return free;
  });
}

const isOnce = (name: string, names: readonly string[]): boolean => names.indexOf(name) === names.lastIndexOf(name);

const nameFrom = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, longestName)
    .replaceAll(/^-+|-+$/g, "") || "initiator";
