import { describe, expect, test } from "vitest";
import type { ObjectKey } from "../api/key.ts";
import {
  offeredAsChap,
  offeredAsLogin,
  refusalMessage,
  type LoginMethod,
  type OfferedSecret,
  type OfferRefusal,
} from "./offered-secret.ts";

const use = (value: string): Partial<OfferedSecret> => ({ labels: { "ontap-iscsi.dev/use": value } });
const secret = (type: string, rest: Partial<OfferedSecret> = {}): OfferedSecret => ({
  type,
  labels: {},
  annotations: {},
  ...rest,
});
const iscsiChap = "kubernetes.io/iscsi-chap";
const basicAuth = "kubernetes.io/basic-auth";
const token = "kubernetes.io/service-account-token";

const session = { user: "node.session.auth.username", password: "node.session.auth.password" };
const sessionIn = { user: "node.session.auth.username_in", password: "node.session.auth.password_in" };
const plain = { user: "username", password: "password" };
const trident = { user: "chapUsername", password: "chapInitiatorSecret" };
const database = { user: "DB_USER", password: "api-token" };

describe("as CHAP pair", () => {
  test.each<{
    because: string;
    of: OfferedSecret;
    keys: typeof plain;
    isLogin?: boolean;
    refusal?: OfferRefusal["kind"];
  }>([
    { because: "kubelet's own type with its keys", of: secret(iscsiChap), keys: session },
    { because: "kubelet's own type, the other direction", of: secret(iscsiChap), keys: sessionIn },
    { because: "basic-auth with its keys", of: secret(basicAuth), keys: plain },
    { because: "basic-auth with other keys", of: secret(basicAuth), keys: database, refusal: "not-offered" },
    { because: "kubelet's own type with other keys", of: secret(iscsiChap), keys: plain, refusal: "not-offered" },
    { because: "Opaque", of: secret("Opaque"), keys: plain, refusal: "not-offered" },
    {
      because: "a type with the name of what objects inherit",
      of: secret("constructor"),
      keys: plain,
      refusal: "not-offered",
    },
    { because: "tls", of: secret("kubernetes.io/tls"), keys: plain, refusal: "not-offered" },
    { because: "Opaque with the label", of: secret("Opaque", use("chap")), keys: plain },
    { because: "Trident's keys", of: secret("Opaque", use("chap")), keys: trident },
    { because: "another label", of: secret(basicAuth, use("backup")), keys: plain, refusal: "not-offered" },
    { because: "labelled login", of: secret(basicAuth, use("login")), keys: plain, refusal: "is-login" },
    { because: "a connection logs in with it", of: secret(basicAuth), keys: plain, isLogin: true, refusal: "is-login" },
    {
      because: "a connection logs in with it, whatever the label",
      of: secret("Opaque", use("chap")),
      keys: plain,
      isLogin: true,
      refusal: "is-login",
    },
    {
      because: "a ServiceAccount's token",
      of: secret(token, use("chap")),
      keys: plain,
      refusal: "service-account-token",
    },
    {
      because: "its value under any key would be shown",
      of: secret("Opaque", use("chap")),
      keys: database,
      refusal: "user-key",
    },
    {
      because: "the password's key is not a user's",
      of: secret(basicAuth),
      keys: { user: "password", password: "username" },
      refusal: "user-key",
    },
    {
      because: "the owner names the key",
      of: secret("Opaque", { ...use("chap"), annotations: { "ontap-iscsi.dev/user-keys": "OTHER, DB_USER" } }),
      keys: database,
    },
    {
      because: "the annotation alone offers nothing",
      of: secret("Opaque", { annotations: { "ontap-iscsi.dev/user-keys": "DB_USER" } }),
      keys: database,
      refusal: "not-offered",
    },
  ])("$because", ({ of, keys, isLogin = false, refusal }) => {
    const offered = offeredAsChap(of, keys, isLogin);
    expect(offered.ok ? undefined : offered.error.kind).toBe(refusal);
  });
});

const cluster = "https://Cluster1.example.com";

describe("as login", () => {
  test.each<{ because: string; of: OfferedSecret; method: LoginMethod; refusal?: OfferRefusal["kind"] }>([
    { because: "basic-auth", of: secret(basicAuth), method: "basic" },
    { because: "tls", of: secret("kubernetes.io/tls"), method: "clientCertificate" },
    { because: "a type of another method", of: secret(basicAuth), method: "bearerToken", refusal: "not-offered" },
    { because: "tls as user and password", of: secret("kubernetes.io/tls"), method: "basic", refusal: "not-offered" },
    { because: "Opaque", of: secret("Opaque"), method: "bearerToken", refusal: "not-offered" },
    { because: "Opaque with the label", of: secret("Opaque", use("login")), method: "bearerToken" },
    { because: "labelled chap", of: secret(basicAuth, use("chap")), method: "basic", refusal: "is-chap" },
    { because: "another label", of: secret(basicAuth, use("backup")), method: "basic", refusal: "not-offered" },
    {
      because: "a ServiceAccount's token, whatever its label",
      of: secret(token, use("login")),
      method: "bearerToken",
      refusal: "service-account-token",
    },
  ])("$because", ({ of, method, refusal }) => {
    const offered = offeredAsLogin(of, method, cluster);
    expect(offered.ok ? undefined : offered.error.kind).toBe(refusal);
  });

  test.each([
    { bound: undefined, endpoint: cluster, sent: true },
    { bound: "cluster1.example.com", endpoint: cluster, sent: true },
    { bound: "CLUSTER1.example.com:443", endpoint: cluster, sent: true },
    { bound: "10.0.0.1, cluster1.example.com", endpoint: `${cluster}:443`, sent: true },
    { bound: "cluster1.example.com", endpoint: `${cluster}:8443`, sent: false },
    { bound: "cluster1.example.com:8443", endpoint: `${cluster}:8443`, sent: true },
    { bound: "cluster2.example.com", endpoint: cluster, sent: false },
    { bound: "example.com", endpoint: cluster, sent: false },
    { bound: "[fd00:0::1]:8443", endpoint: "https://[FD00::1]:8443", sent: true },
    { bound: "[fd00::1]", endpoint: "https://[fd00::2]", sent: false },
    { bound: "", endpoint: cluster, sent: false },
    { bound: "https://cluster1.example.com", endpoint: cluster, sent: false },
    { bound: "cluster1.example.com,", endpoint: cluster, sent: false },
    { bound: "cluster1.example.com,*", endpoint: cluster, sent: false },
    { bound: "[::::],cluster1.example.com", endpoint: cluster, sent: false },
  ])("bound to $bound, sent to $endpoint: $sent", ({ bound, endpoint, sent }) => {
    const annotations = bound === undefined ? {} : { "ontap-iscsi.dev/endpoints": bound };
    expect(offeredAsLogin(secret(basicAuth, { annotations }), "basic", endpoint).ok).toBe(sent);
  });
});

describe("what a person reads", () => {
  const says = (refusal: OfferRefusal): string => refusalMessage(refusal, "databases/node-a" as ObjectKey);

  test("the command, and the field for controllers that make Secrets", () => {
    expect(says({ kind: "not-offered", use: "chap" })).toBe(
      "Secret node-a is not offered for CHAP. Run `kubectl label secret node-a -n databases ontap-iscsi.dev/use=chap`, or set that label in spec.target.template.metadata.labels of an ExternalSecret or spec.template.metadata.labels of a SealedSecret.",
    );
    expect(says({ kind: "user-key", key: "DB_USER" })).toContain(
      "Run `kubectl annotate secret node-a -n databases ontap-iscsi.dev/user-keys=DB_USER`, or set that annotation in spec.target.template.metadata.annotations of an ExternalSecret",
    );
  });

  test.each<OfferRefusal>([
    { kind: "is-login" },
    { kind: "is-chap" },
    { kind: "service-account-token" },
    { kind: "endpoint", endpoint: cluster },
  ])("$kind: the Secret, what is wrong, and what to do", (refusal) => {
    expect(says(refusal)).toMatch(/^Secret node-a .*\. (Put|Name|Add) .*\.$/);
  });
});
