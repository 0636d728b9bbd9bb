import { endpointsAnnotation, useLabel, userKeysAnnotation } from "../api/fields.ts";
import { namespacedNameOf, type ObjectKey } from "../api/key.ts";
import { formatIp, parseIp } from "../std/ip.ts";
import { err, ok, type Result } from "../std/result.ts";
import { unreachable } from "../std/unreachable.ts";

/** What a Secret says about itself: all that decides whether its owner offers it. Values play no part. */
export interface OfferedSecret {
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Why a Secret may not be used as it is asked for. */
export type OfferRefusal =
  /** Neither its type nor its label offers it for this use. */
  | { readonly kind: "not-offered"; readonly use: Use }
  /** It is a login to an array, by its label or since a connection logs in with it. */
  | { readonly kind: "is-login" }
  | { readonly kind: "is-chap" }
  | { readonly kind: "service-account-token" }
  /** The value under this key would be shown, and nothing says that it is a user name. */
  | { readonly kind: "user-key"; readonly key: string }
  /** Its annotation binds it to other endpoints, or cannot be read. */
  | { readonly kind: "endpoint"; readonly endpoint: string };

type Use = "chap" | "login";

const types = {
  chap: "kubernetes.io/iscsi-chap",
  basic: "kubernetes.io/basic-auth",
  tls: "kubernetes.io/tls",
  token: "kubernetes.io/service-account-token",
} as const;

/** The keys that the two types for CHAP define themselves. */
const ownKeys: ReadonlyMap<string, readonly string[]> = new Map([
  [
    types.chap,
    [
      "node.session.auth.username",
      "node.session.auth.password",
      "node.session.auth.username_in",
      "node.session.auth.password_in",
    ],
  ],
  [types.basic, ["username", "password"]],
]);

/** Keys that hold user names in the Secrets of Kubernetes, open-iscsi and Trident. */
const userKeys: ReadonlySet<string> = new Set([
  "username",
  "node.session.auth.username",
  "node.session.auth.username_in",
  "chapUsername",
  "chapTargetUsername",
]);

/**
 * Whether a Secret may serve as CHAP pair with these two keys. It is offered by its type with the type's own keys, or by
 * label `ontap-iscsi.dev/use: chap`; one that is a login never is. A user name is shown in status, so the key of one must
 * be a known one, or one that the Secret's owner names in an annotation.
 */
export function offeredAsChap(
  { type, labels, annotations }: OfferedSecret,
  keys: { readonly user: string; readonly password: string },
  isLogin: boolean,
): Result<void, OfferRefusal> {
  if (type === types.token) return err({ kind: "service-account-token" });
  const use = labels[useLabel];
  if (isLogin || use === "login") return err({ kind: "is-login" });
  const own = ownKeys.get(type) ?? [];
  const byType = use === undefined && own.includes(keys.user) && own.includes(keys.password);
  if (use !== "chap" && !byType) return err({ kind: "not-offered", use: "chap" });
  const named = listed(annotations[userKeysAnnotation]);
  if (!userKeys.has(keys.user) && !named.includes(keys.user)) return err({ kind: "user-key", key: keys.user });
  return ok(undefined);
}

/** How a connection logs in with a Secret: `spec.auth` has one of these. */
export type LoginMethod = "basic" | "clientCertificate" | "bearerToken";

const typeOfMethod: Readonly<Record<LoginMethod, string | undefined>> = {
  basic: types.basic,
  clientCertificate: types.tls,
  bearerToken: undefined,
};

/**
 * Whether a Secret may be sent to an endpoint as login. It is offered by the type that belongs to the method, or by label
 * `ontap-iscsi.dev/use: login`. Asked before the login leaves the process.
 */
export function offeredAsLogin(
  { type, labels, annotations }: OfferedSecret,
  method: LoginMethod,
  endpoint: string,
): Result<void, OfferRefusal> {
  if (type === types.token) return err({ kind: "service-account-token" });
  const use = labels[useLabel];
  if (use === "chap") return err({ kind: "is-chap" });
  const byType = use === undefined && type === typeOfMethod[method];
  if (use !== "login" && !byType) return err({ kind: "not-offered", use: "login" });
  const bound = annotations[endpointsAnnotation];
  if (bound !== undefined && !isBoundTo(bound, endpoint)) return err({ kind: "endpoint", endpoint });
  return ok(undefined);
}

/** Host and port of `host[:port]`, as both sides are compared: lower case, IPv6 in one spelling, 443 if no port is given. */
function hostAndPort(text: string): string | undefined {
  const groups =
    /^(?:\[(?<ip>[0-9a-f:]+)\]|(?<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?))(?::(?<port>[1-9][0-9]{0,4}))?$/.exec(
      text.toLowerCase(),
    )?.groups;
  if (groups === undefined) return undefined;
  const { ip, host, port = "443" } = groups;
  if (ip === undefined) return `${host}:${port}`;
  const address = parseIp(ip);
  return address === undefined ? undefined : `[${formatIp(address)}]:${port}`;
}

/** One entry that cannot be read spoils the whole annotation: its owner meant to bind the login, not to leave it free. */
function isBoundTo(annotation: string, endpoint: string): boolean {
  const wanted = hostAndPort(endpoint.replace(/^https:\/\//, ""));
  const bound = new Set(annotation.split(",").map((entry) => hostAndPort(entry.trim())));
  return wanted !== undefined && !bound.has(undefined) && bound.has(wanted);
}

const listed = (text: string | undefined): readonly string[] =>
  (text ?? "").split(",").flatMap((entry) => entry.trim() || []);

/** What a person reads: what is wrong with the Secret for this use, and the command or the field that offers it. */
export function refusalMessage(refusal: OfferRefusal, secret: ObjectKey): string {
  const { namespace, name } = namespacedNameOf(secret);
  const run = (verb: "label" | "annotate", what: string): string =>
    `kubectl ${verb} secret ${name} -n ${namespace} ${what}`;
  switch (refusal.kind) {
    case "not-offered":
      return `Secret ${name} is not offered for ${useWords[refusal.use]}. Run \`${run("label", `${useLabel}=${refusal.use}`)}\`, or set that label ${inTemplates("labels")}.`;
    case "is-login":
      return `Secret ${name} is a login to an array and cannot be a CHAP pair. Put the pair into another Secret.`;
    case "is-chap":
      return `Secret ${name} has label ${useLabel}: chap and cannot be a login. Put the login into another Secret.`;
    case "service-account-token":
      return `Secret ${name} holds the token of a ServiceAccount, which is for the API server only. Name another Secret.`;
    case "user-key":
      return `Secret ${name}, key ${refusal.key}: its value would be shown in status as a user name. Run \`${run("annotate", `${userKeysAnnotation}=${refusal.key}`)}\`, or set that annotation ${inTemplates("annotations")}.`;
    case "endpoint":
      return `Secret ${name} has annotation ${endpointsAnnotation}, which does not list ${refusal.endpoint}. Add the host, with its port if that is not 443, to the annotation, with commas between.`;
    default:
      return unreachable(refusal);
  }
}

const useWords: Readonly<Record<Use, string>> = { chap: "CHAP", login: "logging in" };

/** Labels and annotations that are set by hand may be undone by the controllers that make Secrets from these. */
const inTemplates = (part: "labels" | "annotations"): string =>
  `in spec.target.template.metadata.${part} of an ExternalSecret or spec.template.metadata.${part} of a SealedSecret`;
