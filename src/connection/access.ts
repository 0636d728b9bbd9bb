import { X509Certificate } from "node:crypto";
import { keyOf, type ObjectKey } from "../api/key.ts";
import { millisecondsOf } from "../api/fields.ts";
import { textFlawOf } from "../api/text-flaw.ts";
import type { OntapConnectionSpec } from "../api/ontap-connection.ts";
import type { ArrayAccess, Login, Trust } from "../array/port.ts";
import { err, ok, type Result } from "../std/result.ts";
import type { SecretText } from "../std/secret-text.ts";
import { unreachable } from "../std/unreachable.ts";
import { offeredAsLogin, type LoginMethod } from "../authority/offered-secret.ts";
import type { Labels } from "../std/label-selector.ts";
import type { ConnectionFailure, EntryFlaw } from "./failure.ts";
import type { LoginId } from "./login-verdicts.ts";
import type { Logins } from "./logins.ts";
import { forbiddenBy, type ConnectionPolicy } from "./policy.ts";
import type { DataKind, DataObject, DataReaders, DataVersion } from "../api/ports.ts";

/** What an array is opened with, and from which part of the spec and which versions of which objects it was made. */
export interface Access {
  readonly settings: ArrayAccess;
  readonly connecting: Connecting;
  readonly account: Account;
  readonly loginId: LoginId;
  /** Name of the login Secret. */
  readonly loginSecret: string;
  readonly loginVersion: DataVersion;
  readonly ca: DataVersion | undefined;
}

/** Whom an array takes us for. */
export interface Account {
  /** `host:port`, in lower case. */
  readonly endpoint: string;
  /** The ONTAP login; undefined for a token, which may not tell. */
  readonly user: string | undefined;
}

/** The part of a spec that an array is opened with. */
export const connecting = ({ endpoint, auth, tls, limits }: OntapConnectionSpec) => ({ endpoint, auth, tls, limits });
export type Connecting = ReturnType<typeof connecting>;

export const sameVersion = (a: DataVersion, b: DataVersion | undefined): boolean =>
  a.uid === b?.uid && a.resourceVersion === b.resourceVersion;

/** What reading one of the objects gives, or why it cannot serve. */
type Reading<T> = Result<T, ConnectionFailure>;

/** A Secret or ConfigMap that a connection refers to. */
export interface Source {
  readonly kind: DataKind;
  readonly key: ObjectKey;
  readonly name: string;
  /** The field of the OntapConnection that names it. */
  readonly field: string;
}

/** The Secret that the spec logs in with. */
export function loginSource({ auth }: OntapConnectionSpec, namespace: string): Source {
  const method = methodOf({ auth });
  const { name } = auth[method]?.secretRef ?? { name: "" };
  return { kind: "Secret", key: keyOf({ namespace, name }), name, field: `spec.auth.${method}.secretRef.name` };
}

function methodOf({ auth }: Pick<OntapConnectionSpec, "auth">): LoginMethod {
  if (auth.basic !== undefined) return "basic";
  return auth.clientCertificate === undefined ? "bearerToken" : "clientCertificate";
}

/** The object that holds the certificates of the authorities, if the spec names one. */
export function caSource({ tls }: OntapConnectionSpec, namespace: string): Source | undefined {
  if (tls.caRef === undefined) return undefined;
  const { kind, name } = tls.caRef;
  return { kind, key: keyOf({ namespace, name }), name, field: "spec.tls.caRef.name" };
}

export interface AccessDeps {
  readonly readers: DataReaders;
  readonly logins: Logins;
  readonly policy: ConnectionPolicy;
  readonly namespaceLabels: (namespace: string) => Labels;
}

/** Reads what the spec refers to. What is missing or unusable is a failure that names object, entry and field. */
export async function readAccess(
  spec: OntapConnectionSpec,
  namespace: string,
  { readers, logins, policy, namespaceLabels }: AccessDeps,
  signal: AbortSignal,
): Promise<Reading<Access>> {
  const endpoint = hostAndPort(spec.endpoint);
  if (endpoint === undefined) return err({ kind: "endpoint-unusable" });
  const forbidden = forbiddenBy(policy, spec, endpoint, { namespace, labels: namespaceLabels(namespace) });
  if (forbidden !== undefined) return err(forbidden);
  const login = await readLogin(spec, namespace, readers, signal);
  if (!login.ok) return login;
  const trust = await readTrust(spec, namespace, readers, signal);
  if (!trust.ok) return trust;
  const user = userOf(login.value.login);
  return ok({
    settings: {
      endpoint: spec.endpoint,
      login: login.value.login,
      trust: trust.value.trust,
      maxConcurrentRequests: spec.limits.maxConcurrentRequests,
      requestTimeoutMs: millisecondsOf(spec.limits.requestTimeout),
    },
    connecting: connecting(spec),
    account: { endpoint, user },
    loginId: logins.identify(endpoint, user, login.value.login),
    loginSecret: loginSource(spec, namespace).name,
    loginVersion: login.value.version,
    ca: trust.value.version,
  });
}

async function readLogin(
  spec: OntapConnectionSpec,
  namespace: string,
  readers: DataReaders,
  signal: AbortSignal,
): Promise<Reading<{ readonly login: Login; readonly version: DataVersion }>> {
  const source = loginSource(spec, namespace);
  const read = await readSource(source, readers, signal);
  if (!read.ok) return read;
  const offered = offeredAsLogin(read.value, methodOf(spec), spec.endpoint);
  if (!offered.ok) return err({ kind: "secret-not-offered", secret: source.key, refusal: offered.error });
  const login = loginFrom(spec, source, read.value);
  return login.ok ? ok({ login: login.value, version: read.value.version }) : login;
}

function loginFrom({ auth }: OntapConnectionSpec, source: Source, data: DataObject): Reading<Login> {
  if (auth.basic !== undefined) {
    const user = entryOf(data, "username", source, longest.user);
    const password = entryOf(data, "password", source, longest.password);
    if (!user.ok) return user;
    if (!password.ok) return password;
    return ok({ method: "basic", user: user.value.reveal(), password: password.value });
  }
  if (auth.clientCertificate !== undefined) {
    const certificate = entryOf(data, "tls.crt", source, longest.pem);
    const key = entryOf(data, "tls.key", source, longest.pem);
    if (!certificate.ok) return certificate;
    if (!key.ok) return key;
    const certificatePem = certificate.value.reveal();
    if (!isCertificate(certificatePem)) return err(unusable(source, "tls.crt", "not-a-certificate"));
    return ok({ method: "clientCertificate", certificatePem, keyPem: key.value });
  }
  const token = entryOf(data, auth.bearerToken?.secretRef.key ?? "token", source, longest.token);
  return token.ok ? ok({ method: "bearerToken", token: token.value }) : token;
}

async function readTrust(
  spec: OntapConnectionSpec,
  namespace: string,
  readers: DataReaders,
  signal: AbortSignal,
): Promise<Reading<{ readonly trust: Trust; readonly version: DataVersion | undefined }>> {
  const { caBundle, caRef, serverName, insecureSkipVerify } = spec.tls;
  const trust = { caPem: caBundle, serverName, insecureSkipVerify };
  const source = caSource(spec, namespace);
  if (source === undefined || caRef === undefined) {
    if (caBundle !== undefined && !isCertificate(caBundle)) {
      return err({ kind: "ca-bundle-unusable" });
    }
    return ok({ trust, version: undefined });
  }
  const read = await readSource(source, readers, signal);
  if (!read.ok) return read;
  const pem = entryOf(read.value, caRef.key, source, longest.authorities);
  if (!pem.ok) return pem;
  const caPem = pem.value.reveal();
  if (!isCertificate(caPem)) return err(unusable(source, caRef.key, "not-a-certificate"));
  return ok({ trust: { ...trust, caPem }, version: read.value.version });
}

async function readSource(source: Source, readers: DataReaders, signal: AbortSignal): Promise<Reading<DataObject>> {
  const read = await readers[source.kind].read(source.key, signal);
  if (!read.ok) return read;
  return read.value === undefined ? err(missing(source)) : ok(read.value);
}

export const missing = ({ kind: object, name, field }: Source): ConnectionFailure => ({
  kind: "object-missing",
  object,
  name,
  field,
});

/** In bytes. A value beyond is a wrong one; ONTAP takes less, and each failure searches what it shows for the login. */
const longest = {
  user: 256,
  password: 256,
  token: 16 * 1024,
  pem: 64 * 1024,
  /** As `spec.tls.caBundle`. */
  authorities: 128 * 1024,
} as const;

function entryOf(data: DataObject, entry: string, source: Source, most: number): Reading<SecretText> {
  const value = data.entries.get(entry);
  if (value === undefined) return err(unusable(source, entry, "missing"));
  if (!value.ok) return err(unusable(source, entry, value.error));
  const flaw = flawOf(value.value.reveal(), most);
  return flaw === undefined ? value : err(unusable(source, entry, flaw, most));
}

function flawOf(text: string, most: number): EntryFlaw | undefined {
  // A PEM block is lines; a user name, password or token that ends with a line break was written with `echo`.
  const isPem = text.includes("-----BEGIN");
  const flaw = textFlawOf(text, most);
  if (flaw !== undefined && !(isPem && flaw === "line-break")) return flaw;
  return !isPem && /\p{Cc}/u.test(text) ? "control-character" : undefined;
}

function unusable({ kind, name, field }: Source, entry: string, flaw: EntryFlaw, most = 0): ConnectionFailure {
  return { kind: "entry-unusable", object: kind, name, entry, flaw, most, field };
}

/** Of `https://host[:port]`; undefined for a host that no URL can have. */
export function hostAndPort(endpoint: string): string | undefined {
  const url = URL.parse(endpoint);
  return url === null ? undefined : `${url.hostname}:${url.port === "" ? "443" : url.port}`;
}

/** The name that ONTAP knows a login by: of a certificate, its common name. */
function userOf(login: Login): string | undefined {
  switch (login.method) {
    case "basic":
      return login.user;
    case "clientCertificate":
      return /^CN=(.+)$/m.exec(new X509Certificate(login.certificatePem).subject)?.[1];
    case "bearerToken":
      return undefined;
    default:
      return unreachable(login);
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
