/**
 * Accepted and rejected examples for every rule of both kinds. `says` is part of the message, so that the pair also
 * proves that a person is told which field to correct. The same table is held against zod and against the API server.
 */
export interface Example {
  readonly because: string;
  readonly kind: "IscsiCredential" | "OntapConnection";
  /** Merged over the least object that is valid; undefined removes. */
  readonly spec: object;
  /** Part of the refusal; undefined when it is accepted. */
  readonly says?: string;
  /** The API server cannot tell: it accepts, and the operator refuses. DESIGN.md says why. */
  readonly foundBy?: "operator";
}

export const leastSpec = {
  IscsiCredential: {
    connectionRef: { name: "prod-a" },
    svm: { name: "svm1" },
    initiator: "iqn.1994-05.com.redhat:a",
    authenticationType: "none",
  },
  OntapConnection: {
    endpoint: "https://cluster1.example.com",
    auth: { basic: { secretRef: { name: "ontap-login" } } },
  },
} as const;

const credential = (because: string, spec: object, says?: string): Example => ({
  because,
  kind: "IscsiCredential",
  spec,
  ...(says === undefined ? {} : { says }),
});
const connection = (because: string, spec: object, says?: string): Example => ({
  ...credential(because, spec, says),
  kind: "OntapConnection",
});

const chapWith = (inbound: object, outbound?: object): object => ({
  authenticationType: "chap",
  chap: { inbound: { secretRef: inbound }, ...(outbound === undefined ? {} : { outbound: { secretRef: outbound } }) },
});
const ranges = (...entries: readonly (readonly [string, string])[]): object => ({
  initiatorAddress: { ranges: entries.map(([start, end]) => ({ start, end })) },
});
const mask = (address: string, netmask: string): object => ({ initiatorAddress: { masks: [{ address, netmask }] } });
const uuid = "02c9e252-41be-11e9-81d5-00a0986138f7";

const svmSays = "set exactly one of name and uuid";
const initiatorSays = "initiator must be an IQN";
const chapSays = "chap is required when authenticationType is chap";
const orderSays = "start must not be greater than end (ONTAP 5374855)";
const familySays = "must be of one family (ONTAP 5374856)";
const addressSays = "must each be an IPv4 or IPv6 address";
const netmask4Says = "netmask of an IPv4 address must be a length from 1 to 32";
const netmask6Says = "for one IPv6 host use ranges with start equal to end";
const authSays = "set exactly one of basic, clientCertificate and bearerToken";
const endpointSays = "endpoint must be https://";

const leastGrant = { namespaces: { names: ["databases"] }, svms: ["svm1"], initiators: ["*"] };
/** A connection with one grant, merged over the least one. */
const grant = (because: string, changes: object, says?: string): Example =>
  connection(`a grant: ${because}`, { grants: [{ ...leastGrant, ...changes }] }, says);
/** Patterns as long as they may be. */
const manyPatterns = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `iqn.1994-05.com.redhat:${String(index).padStart(199, "0")}*`);
const namespacesSays = "namespaces: set exactly one of from, names and selector";
const followedSays = "{namespace} must be followed by a colon, a full stop or the end";
const withinSays = "addresses.within must be an IPv4 or IPv6 network";

const examples: readonly Example[] = [
  credential("the least object", {}),
  credential("an SVM by UUID", { svm: { uuid } }),
  credential("an SVM by name and UUID", { svm: { name: "svm1", uuid } }, svmSays),
  credential("an SVM by neither", { svm: {} }, svmSays),
  credential("a UUID that is none", { svm: { uuid: `${uuid.slice(0, 35)}x` } }, "svm.uuid"),
  credential("a connection without a name", { connectionRef: {} }, "connectionRef.name"),
  credential("a connection in another namespace", { connectionRef: { name: "prod-a", namespace: "storage" } }),
  credential(
    "a namespace in capitals",
    { connectionRef: { name: "prod-a", namespace: "Storage" } },
    "connectionRef.namespace",
  ),

  credential("an EUI", { initiator: "eui.0123456789abcdef" }),
  credential("an EUI in capitals", { initiator: "EUI.0123456789ABCDEF" }),
  credential("an EUI with 15 digits", { initiator: "eui.0123456789abcde" }, initiatorSays),
  credential("an IQN without a name part", { initiator: "iqn.1994-05.com.redhat" }),
  credential("an IQN in capitals", { initiator: "IQN.1994-05.COM.RedHat:A" }),
  credential("an IQN without the qualifier", { initiator: "iqn." }, initiatorSays),
  credential("an IQN with month 13", { initiator: "iqn.1994-13.com.redhat:a" }, initiatorSays),
  credential("an IQN with an underscore", { initiator: "iqn.1994-05.com.redhat:a_b" }, initiatorSays),
  credential("an IQN with a slash", { initiator: "iqn.1994-05.com.redhat:../a" }, initiatorSays),
  credential("neither IQN nor EUI", { initiator: "naa.0123456789abcdef" }, initiatorSays),
  credential("a name of 224 bytes", { initiator: `iqn.1994-05.com:${"a".repeat(208)}` }, "initiator"),

  credential("deny", { authenticationType: "deny" }),
  credential("a type in capitals", { authenticationType: "CHAP" }, "authenticationType"),
  credential("one-way chap", chapWith({ name: "a" })),
  credential("mutual chap", chapWith({ name: "a" }, { name: "a" })),
  credential("chap without its pairs", { authenticationType: "chap" }, chapSays),
  credential("pairs without chap", { ...chapWith({ name: "a" }), authenticationType: "deny" }, chapSays),
  credential(
    "outbound without inbound",
    { authenticationType: "chap", chap: { outbound: { secretRef: { name: "a" } } } },
    "chap.inbound",
  ),
  credential("Trident's keys", chapWith({ name: "a", userKey: "chapUsername", passwordKey: "chapInitiatorSecret" })),
  credential("a key with a slash", chapWith({ name: "a", userKey: "a/b" }), "userKey"),
  credential("a Secret in another namespace", chapWith({ name: "other/a" }), "secretRef.name"),

  credential("default, left at the end", { initiator: "default", deletionPolicy: "Retain" }),
  credential("default, closed at the end", { initiator: "default", deletionPolicy: "Deny" }),
  credential(
    "default, deleted at the end",
    { initiator: "default" },
    "deletionPolicy Delete is not possible for the initiator default",
  ),
  credential(
    "default with addresses",
    { initiator: "default", deletionPolicy: "Retain", ...ranges(["10.0.0.1", "10.0.0.1"]) },
    "initiatorAddress is not possible for the initiator default",
  ),

  credential("a range", ranges(["10.0.0.1", "10.0.0.9"])),
  credential("a range of one host", ranges(["10.0.0.1", "10.0.0.1"])),
  credential("a range that only text would order wrongly", ranges(["10.0.0.9", "10.0.0.10"])),
  credential("a range backwards", ranges(["10.0.0.9", "10.0.0.1"]), orderSays),
  credential("a range backwards that text would order", ranges(["10.0.0.10", "10.0.0.9"]), orderSays),
  credential("a range backwards in its first octet", ranges(["11.0.0.1", "10.0.0.9"]), orderSays),
  credential("an IPv6 range", ranges(["fd00::1", "fd00::ffff"])),
  credential("an IPv6 range that only text would order wrongly", ranges(["fd00::9", "fd00::10"])),
  credential("an IPv6 range without compression", ranges(["fd00:0:0:0:0:0:0:1", "FD00::0:2"])),
  credential("an IPv6 range from ::", ranges(["::", "::1"])),
  { ...credential("an IPv6 range backwards", ranges(["fd00::ffff", "fd00::1"]), orderSays), foundBy: "operator" },
  {
    ...credential("an IPv6 range backwards that text would order", ranges(["fd00::10", "fd00::9"]), orderSays),
    foundBy: "operator",
  },
  {
    ...credential("an IPv6 range backwards across ::", ranges(["fd00:1::", "fd00::1"]), orderSays),
    foundBy: "operator",
  },
  credential("two families in one range", ranges(["10.0.0.1", "fd00::1"]), familySays),
  credential("no address", ranges(["10.0.0.256", "10.0.0.257"]), addressSays),
  credential("a leading zero", ranges(["10.0.0.01", "10.0.0.2"]), addressSays),
  credential("an address with a zone", ranges(["fe80::1%eth0", "fe80::2"]), addressSays),
  credential("IPv4 in IPv6", ranges(["::ffff:10.0.0.1", "::ffff:10.0.0.2"]), addressSays),
  credential(
    "64 ranges",
    ranges(...Array.from({ length: 64 }, (_, index) => [`10.0.${index}.1`, `10.0.${index}.9`] as const)),
  ),
  credential(
    "65 ranges",
    ranges(...Array.from({ length: 65 }, (_, index) => [`10.0.${index}.1`, `10.0.${index}.9`] as const)),
    "initiatorAddress.ranges",
  ),

  credential("a mask as length", mask("10.1.0.0", "16")),
  credential("a mask of one host", mask("10.1.0.7", "32")),
  credential("a dotted mask", mask("10.1.0.0", "255.255.240.0")),
  credential("a dotted mask with a hole", mask("10.1.0.0", "255.0.255.0"), netmask4Says),
  credential("a mask of length 0", mask("10.1.0.0", "0"), netmask4Says),
  credential("a mask of length 33", mask("10.1.0.0", "33"), netmask4Says),
  credential("an IPv6 mask", mask("fd00::", "64")),
  credential("the longest IPv6 mask that ONTAP knows", mask("fd00::", "127")),
  credential("a /128", mask("fd00::1", "128"), netmask6Says),
  credential("a dotted IPv6 mask", mask("fd00::", "255.255.0.0"), netmask6Says),
  credential("a mask of no address", mask("10.1.0", "16"), "address must be an IPv4 or IPv6 address"),

  credential("Replace with nothing: any address", { initiatorAddress: { merge: "Replace" } }),
  credential("Replace with empty lists", { initiatorAddress: { ranges: [], masks: [] } }),
  credential("Add something", { initiatorAddress: { merge: "Add", masks: [{ address: "10.1.0.0", netmask: "16" }] } }),
  credential("Add nothing", { initiatorAddress: { merge: "Add" } }, "merge Add and Remove need at least one entry"),
  credential(
    "Remove nothing",
    { initiatorAddress: { merge: "Remove", ranges: [] } },
    "merge Add and Remove need at least one entry",
  ),
  credential("a merge that does not exist", { initiatorAddress: { merge: "Merge" } }, "initiatorAddress.merge"),

  credential("modes and policies", { mode: "Plan", adoptionPolicy: "Refuse", deletionPolicy: "Deny", suspend: true }),
  credential("a mode that does not exist", { mode: "Observe" }, "mode"),
  credential("an adoption policy that does not exist", { adoptionPolicy: "Ask" }, "adoptionPolicy"),
  credential("a deletion policy that does not exist", { deletionPolicy: "Orphan" }, "deletionPolicy"),
  credential("intervals", { resyncInterval: "1h30m", reassertInterval: "24h" }),
  credential("an interval in days", { resyncInterval: "1d" }, "resyncInterval must be a duration"),
  credential("an interval in milliseconds", { resyncInterval: "60000ms" }, "resyncInterval must be a duration"),
  credential("an interval that is too short", { resyncInterval: "4s" }, "between 5s and 24h"),
  credential("an interval that is too long", { resyncInterval: "24h1s" }, "between 5s and 24h"),
  credential("writing secrets every second", { reassertInterval: "1s" }, "reassertInterval must be a duration"),

  connection("the least object", {}),
  connection("a port", { endpoint: "https://10.0.0.1:8443" }),
  connection("an IPv6 endpoint", { endpoint: "https://[fd00::1]:443" }),
  connection("no TLS", { endpoint: "http://cluster1.example.com" }, endpointSays),
  connection("a password in the endpoint", { endpoint: "https://admin:secret@cluster1.example.com" }, endpointSays),
  connection("a path", { endpoint: "https://cluster1.example.com/api" }, endpointSays),
  connection("a trailing slash", { endpoint: "https://cluster1.example.com/" }, endpointSays),
  connection("a port that is none", { endpoint: "https://cluster1.example.com:99999" }, endpointSays),
  connection(
    "brackets without an IPv6 address",
    { endpoint: "https://[::::]:8443" },
    "must have an IPv6 address in its",
  ),
  connection("an IPv4 address with an octet of 256", { endpoint: "https://10.0.0.256" }, "a whole IPv4 address"),
  connection("an IPv4 address with three octets", { endpoint: "https://10.0.1:8443" }, "a whole IPv4 address"),
  connection("a host that ends with a hexadecimal number", { endpoint: "https://array.0x7f" }, "a whole IPv4 address"),
  connection("a host with digits", { endpoint: "https://cluster1.site2" }),

  connection("a client certificate", { auth: { clientCertificate: { secretRef: { name: "c" } } } }),
  connection("a token", { auth: { bearerToken: { secretRef: { name: "t" } } } }),
  connection("no login", { auth: {} }, authSays),
  connection(
    "two logins",
    { auth: { basic: { secretRef: { name: "a" } }, bearerToken: { secretRef: { name: "t" } } } },
    authSays,
  ),

  connection("a CA of its own", { tls: { caBundle: "-----BEGIN CERTIFICATE-----" } }),
  connection("a CA kept elsewhere", { tls: { caRef: { kind: "ConfigMap", name: "ontap-ca" } } }),
  connection(
    "two CAs",
    { tls: { caBundle: "x", caRef: { kind: "Secret", name: "ca" } } },
    "set at most one of caBundle and caRef",
  ),
  connection("a CA from a Pod", { tls: { caRef: { kind: "Pod", name: "ca" } } }, "tls.caRef.kind"),
  connection("no one is checked", { tls: { insecureSkipVerify: true } }),
  connection(
    "no one is checked against a CA",
    { tls: { insecureSkipVerify: true, caBundle: "x" } },
    "insecureSkipVerify verifies nothing",
  ),

  connection("no grants", { grants: [] }),
  grant("all namespaces", { namespaces: { from: "All" } }),
  grant("a selector", { namespaces: { selector: { matchLabels: { "example.com/team": "db" } } } }),
  grant("names", { namespaces: { names: ["databases", "web"] } }),
  grant("no namespaces", { namespaces: {} }, namespacesSays),
  grant("all namespaces and names", { namespaces: { from: "All", names: ["web"] } }, namespacesSays),
  grant(
    "names and a selector",
    { namespaces: { names: ["a"], selector: { matchLabels: { a: "b" } } } },
    namespacesSays,
  ),
  grant("only its own namespace", { namespaces: { from: "Same" } }, "namespaces.from"),
  grant("an empty list of names", { namespaces: { names: [] } }, "namespaces.names"),
  grant("a namespace in capitals", { namespaces: { names: ["Databases"] } }, "namespaces.names[0]"),
  grant("an empty selector", { namespaces: { selector: {} } }, "to grant every namespace, write from: All"),
  grant("an expression", { namespaces: { selector: { matchExpressions: [{ key: "team", operator: "Exists" }] } } }),
  grant(
    "In without values",
    { namespaces: { selector: { matchExpressions: [{ key: "team", operator: "In" }] } } },
    "values are required for In and NotIn",
  ),
  grant(
    "Exists with values",
    { namespaces: { selector: { matchExpressions: [{ key: "team", operator: "Exists", values: ["db"] }] } } },
    "values are required for In and NotIn",
  ),
  grant(
    "a label key with a space",
    { namespaces: { selector: { matchExpressions: [{ key: "team ", operator: "DoesNotExist" }] } } },
    "matchExpressions[0].key",
  ),
  connection("65 grants", { grants: Array.from({ length: 65 }, () => leastGrant) }, "grants"),
  grant("SVMs by name and UUID, and every one", { svms: ["svm1", uuid, "*"] }),
  grant("no SVM", { svms: [] }, "svms"),
  grant("SVMs by a beginning", { svms: ["svm-*"] }, "svms: * stands alone"),
  grant("no initiator but default", { initiators: [], defaultInitiator: true }),
  grant("one initiator", { initiators: ["iqn.1994-05.com.redhat:node-a", "eui.0123456789abcdef"] }),
  grant("every initiator", { initiators: ["*"] }),
  grant("a beginning", { initiators: ["IQN.1994-05.com.redhat:node-*"] }),
  grant("the namespace before a colon", { initiators: ["iqn.1994-05.com.redhat:{namespace}:*"] }),
  grant("the namespace before a full stop", { initiators: ["iqn.1994-05.com.redhat:k8s.{namespace}.*"] }),
  grant("the namespace at the end", { initiators: ["iqn.1994-05.com.redhat:{namespace}"] }),
  grant("1,024 long patterns", { initiators: manyPatterns(1024) }),
  grant("1,025 patterns", { initiators: manyPatterns(1025) }, "initiators"),
  grant("* in the middle", { initiators: ["iqn.*:node-a"] }, "* must be the last character"),
  grant("* twice", { initiators: ["iqn.**"] }, "* must be the last character"),
  grant("the namespace before *", { initiators: ["iqn.1994-05.com.redhat:{namespace}*"] }, followedSays),
  grant("the namespace before -", { initiators: ["iqn.1994-05.com.redhat:{namespace}-*"] }, followedSays),
  grant("the namespace before a letter", { initiators: ["iqn.1994-05.com.redhat:{namespace}x"] }, followedSays),
  grant("the namespace before a digit", { initiators: ["iqn.1994-05.com.redhat:{namespace}0:*"] }, followedSays),
  grant("the namespace twice", { initiators: ["iqn.1994-05.com.a:{namespace}:{namespace}:*"] }, "must stand only once"),
  grant("the namespace before the first colon", { initiators: ["iqn.1994-05.com.{namespace}:a"] }, "initiators[0]"),
  grant("another placeholder", { initiators: ["iqn.1994-05.com.redhat:{name}:*"] }, "initiators[0]"),
  grant("a pattern with a space", { initiators: ["iqn.1994-05.com.redhat:a b"] }, "initiators[0]"),
  grant("default as a pattern", { initiators: ["Default"] }, "set defaultInitiator to true"),
  grant("every authentication type", { authenticationTypes: ["chap", "none", "deny"] }),
  grant("no authentication type", { authenticationTypes: [] }, "authenticationTypes"),
  grant("a type in capitals", { authenticationTypes: ["CHAP"] }, "authenticationTypes[0]"),
  grant("mutual CHAP", { mutualChap: "Required" }),
  grant("mutual CHAP as a switch", { mutualChap: true }, "mutualChap"),
  grant("networks", { addresses: { within: ["10.20.0.0/16", "fd00:20::/32", "10.0.0.1/32", "0.0.0.0/0"] } }),
  grant("a network without its length", { addresses: { within: ["10.20.0.0"] } }, withinSays),
  grant("a network that is too long", { addresses: { within: ["10.20.0.0/33"] } }, withinSays),
  grant("a dotted mask in a network", { addresses: { within: ["10.0.0.0/255.0.0.0"] } }, withinSays),
  grant("IPv4 in IPv6", { addresses: { within: ["::ffff:10.0.0.0/104"] } }, withinSays),
  grant("no network", { addresses: { within: [] } }, "addresses.within"),
  grant("adoption", { adoption: "Adopt" }),
  grant("an adoption that does not exist", { adoption: "Ask" }, "adoption"),
  grant("some deletion policies", { deletion: ["Deny", "Retain"] }),
  grant("a deletion policy that does not exist", { deletion: ["Orphan"] }, "deletion[0]"),
  grant("a quota", { maxCredentials: 0 }),
  grant("a quota below zero", { maxCredentials: -1 }, "maxCredentials"),
  connection("limits", { limits: { maxConcurrentRequests: 8, requestTimeout: "1m" } }),
  connection("no request at a time", { limits: { maxConcurrentRequests: 0 } }, "limits.maxConcurrentRequests"),
  connection(
    "more requests than ONTAP bears",
    { limits: { maxConcurrentRequests: 21 } },
    "limits.maxConcurrentRequests",
  ),
  connection(
    "a request that may take a day",
    { limits: { requestTimeout: "24h" } },
    "limits.requestTimeout must be a duration",
  ),
  connection("a resync every hour", { resyncInterval: "1h" }),
  connection("a resync every second", { resyncInterval: "1s" }, "resyncInterval must be a duration"),
];

export const accepted = examples.filter(({ says }) => says === undefined);
export const refused = examples.filter(({ says }) => says !== undefined);
