import { describe, expect, test } from "vitest";
import { createManualClock } from "../../test/harness/manual-clock.ts";
import { parseOntapConnection } from "../api/parse.ts";
import type { DataObject, DataReader, NotText } from "../api/ports.ts";
import { alwaysValid, createAuthority } from "../simulator/certificates.ts";
import { err, ok } from "../std/result.ts";
import { SecretText } from "../std/secret-text.ts";
import { readAccess } from "./access.ts";
import { createLogins } from "./logins.ts";
import { meaningOfFailure } from "./meaning.ts";
import type { ConnectionPolicy } from "./policy.ts";

type Values = Readonly<Record<string, string | { readonly flaw: NotText }>>;

/** How its owner offers the Secret. */
type Offer = Pick<DataObject, "type" | "labels">;
const asLogin: Offer = { type: "Opaque", labels: { "ontap-iscsi.dev/use": "login" } };

function aReader(objects: Readonly<Record<string, Values>>, { type, labels }: Offer): DataReader {
  return {
    seen: () => "unknown",
    async read(key) {
      const values = objects[key.split("/")[1] ?? ""];
      if (values === undefined) return ok(undefined);
      const entries: DataObject["entries"] = new Map(
        Object.entries(values).map(([entry, value]) => [
          entry,
          typeof value === "string" ? ok(new SecretText(value)) : err(value.flaw),
        ]),
      );
      return ok({ version: { uid: "1", resourceVersion: "1" }, heardMs: 0, type, labels, annotations: {}, entries });
    },
  };
}

const anything: ConnectionPolicy = {
  allowedEndpoints: () => true,
  mayOwnConnections: () => true,
  forbidInsecureTls: false,
};

const good = { username: "admin", password: "array-login-password" };

interface World {
  readonly spec?: object;
  readonly secrets?: Readonly<Record<string, Values>>;
  readonly configMaps?: Readonly<Record<string, Values>>;
  readonly policy?: Partial<ConnectionPolicy>;
  readonly offer?: Offer;
}

/** What reading comes to, in the words that people see; "serves" if nothing is wrong. */
async function readingOf({
  spec = {},
  secrets = { login: good },
  configMaps = {},
  policy = {},
  offer = asLogin,
}: World): Promise<string> {
  const connection = parseOntapConnection({
    metadata: { name: "prod", namespace: "storage" },
    spec: { endpoint: "https://array.example.com", auth: { basic: { secretRef: { name: "login" } } }, ...spec },
  });
  if (connection?.spec.ok !== true) throw new Error("the spec does not parse");
  const deps = {
    readers: { Secret: aReader(secrets, offer), ConfigMap: aReader(configMaps, { type: "", labels: {} }) },
    logins: createLogins({ clock: createManualClock(), onVerdict: () => {} }),
    policy: { ...anything, ...policy },
    namespaceLabels: () => ({ team: "a" }),
  };
  const read = await readAccess(connection.spec.value, "storage", deps, new AbortController().signal);
  if (read.ok) return "serves";
  const { reason, message } = meaningOfFailure(read.error).verdict;
  return `${reason}: ${message}`;
}

describe("a login Secret", () => {
  test.each<{ because: string; login: Values; says: string }>([
    { because: "all is well", login: good, says: "serves" },
    { because: "a password of 256 bytes is one", login: { ...good, password: "x".repeat(256) }, says: "serves" },
    {
      because: "no one types a password of 257 bytes",
      login: { ...good, password: "x".repeat(257) },
      says: "SecretInvalid: Secret login (spec.auth.basic.secretRef.name): key password is longer than 256 bytes",
    },
    {
      because: "bytes count, not characters",
      login: { ...good, password: "ü".repeat(129) },
      says: "is longer than 256 bytes",
    },
    {
      because: "a user name is bounded, too",
      login: { ...good, username: "x".repeat(257) },
      says: "key username is longer than 256 bytes",
    },
    { because: "the password is missing", login: { username: "admin" }, says: "key password is missing; add it" },
    { because: "it is empty", login: { ...good, password: "" }, says: "key password is empty; give it a value" },
    { because: "echo wrote it", login: { ...good, password: "secret\n" }, says: "key password ends with a line break" },
    {
      because: "an editor saved it with a byte order mark",
      login: { ...good, password: "\uFEFFsecret-password" },
      says: "key password contains a byte order mark",
    },
    {
      because: "a user name with one, too",
      login: { ...good, username: "\uFEFFadmin" },
      says: "key username contains a byte order mark",
    },
    { because: "a tab is in it", login: { ...good, password: "se\tcret" }, says: "contains a control character" },
    { because: "it is bytes", login: { ...good, password: { flaw: "not-utf8" } }, says: "is not UTF-8 text" },
  ])("$says, since $because", async ({ login, says }) => {
    expect(await readingOf({ secrets: { login } })).toContain(says);
  });

  test("a token of 16 KiB serves, a longer one does not", async () => {
    const spec = { auth: { bearerToken: { secretRef: { name: "login" } } } };
    const token = (bytes: number) => readingOf({ spec, secrets: { login: { token: "x".repeat(bytes) } } });
    expect([await token(16 * 1024), await token(16 * 1024 + 1)]).toEqual([
      "serves",
      expect.stringContaining("key token is longer than 16384 bytes"),
    ]);
  });
});

describe("a login Secret serves only as its owner offers it", () => {
  test.each<{ because: string; offer: Offer; says: string }>([
    { because: "its type is that of logins", offer: { type: "kubernetes.io/basic-auth", labels: {} }, says: "serves" },
    { because: "its label says so", offer: asLogin, says: "serves" },
    {
      because: "it may be any Secret of the namespace",
      offer: { type: "Opaque", labels: {} },
      says: "SecretNotOffered: Secret login is not offered for logging in. Run `kubectl label secret login -n storage ontap-iscsi.dev/use=login`",
    },
    {
      because: "it is a pair for CHAP",
      offer: { type: "kubernetes.io/basic-auth", labels: { "ontap-iscsi.dev/use": "chap" } },
      says: "SecretNotOffered",
    },
  ])("$says, since $because", async ({ offer, says }) => {
    expect(await readingOf({ offer })).toContain(says);
  });
});

describe("the certificates of the authorities", () => {
  const spec = { tls: { caRef: { kind: "ConfigMap", name: "ca" } } };
  const reading = (value: Values[string]) => readingOf({ spec, configMaps: { ca: { "ca.crt": value } } });

  test("in PEM serve", async () => {
    const { certificatePem } = await createAuthority({ ...alwaysValid, commonName: "authority" });
    expect(await reading(certificatePem)).toBe("serves");
  });

  test("in DER are told as such, with the command", async () => {
    expect(await reading({ flaw: "der-certificate" })).toBe(
      "ConfigMapInvalid: ConfigMap ca (spec.tls.caRef.name): key ca.crt is DER; write PEM: openssl x509 -inform der -in FILE",
    );
  });

  test("that are none say what belongs there", async () => {
    expect(await reading("no certificate")).toContain("holds no certificate in PEM form; put one there");
  });
});

describe("what the operator's flags forbid is refused before anything is read", () => {
  test.each<{ because: string; world: World; says: string }>([
    {
      because: "the endpoint is not listed",
      world: { policy: { allowedEndpoints: (endpoint) => endpoint === "other:443" } },
      says: "EndpointNotAllowed: spec.endpoint is array.example.com:443, which the operator's flag --allowed-endpoints does not list",
    },
    {
      because: "the namespace may not own connections",
      world: { policy: { mayOwnConnections: ({ team }) => team === "storage" } },
      says: "NamespaceNotAllowed: Namespace storage lacks the labels that the operator's flag --connection-namespaces demands",
    },
    {
      because: "certificates have to be checked",
      world: { policy: { forbidInsecureTls: true }, spec: { tls: { insecureSkipVerify: true } } },
      says: "InsecureTlsForbidden: spec.tls.insecureSkipVerify is true",
    },
  ])("$because", async ({ world, says }) => {
    expect(await readingOf({ ...world, secrets: {} })).toContain(says);
  });
});
