import type { Scenario } from "./scenario.ts";

/**
 * Objects that no API server with today's definitions would take: they were stored before a rule existed. One per kind of
 * rule; `says` is part of the message, so that each proves that a person is told which field to mend, and how.
 */
export interface UnrulyScenario extends Scenario {
  readonly says: RegExp;
}

interface Unruly {
  readonly kind: Scenario["kind"];
  readonly variant: string;
  /** Merged over the least object that is valid. */
  readonly spec: object;
  readonly says: RegExp;
}

const credential = (variant: string, spec: object, says: RegExp): Unruly => ({
  kind: "IscsiCredential",
  variant,
  spec,
  says,
});
const connection = (variant: string, spec: object, says: RegExp): Unruly => ({
  kind: "OntapConnection",
  variant,
  spec,
  says,
});

const ranges = (start: string, end: string): object => ({ initiatorAddress: { ranges: [{ start, end }] } });

const unruly: readonly Unruly[] = [
  credential("initiator", { initiator: "iqn.no-date" }, /initiator must be an IQN \(iqn\.yyyy-mm/),
  credential(
    "svm-twice",
    { svm: { name: "svm1", uuid: "02c9e252-41be-11e9-81d5-00a0986138f7" } },
    /svm: set exactly one/,
  ),
  credential("svm-missing", { svm: undefined }, /^svm is missing; add it$/),
  credential(
    "connection-name",
    { connectionRef: { name: "Prod_A" } },
    /connectionRef\.name must be a name of lower-case letters, .*, but is "Prod_A"; correct it/,
  ),
  credential(
    "type-unknown",
    { authenticationType: "CHAP" },
    /authenticationType must be chap, none or deny, but is "CHAP"; correct it/,
  ),
  credential("chap-missing", { authenticationType: "chap" }, /chap is required when authenticationType is chap/),
  credential(
    "default-deleted",
    { initiator: "default" },
    /deletionPolicy Delete is not possible.*set Retain .* or Deny/,
  ),
  credential(
    "default-addresses",
    { initiator: "default", deletionPolicy: "Retain", ...ranges("10.0.0.1", "10.0.0.2") },
    /initiatorAddress is not possible for the initiator default/,
  ),
  credential("range-backwards", ranges("10.0.0.9", "10.0.0.1"), /start must not be greater than end .*swap the two/),
  credential("range-families", ranges("10.0.0.1", "fd00::1"), /must be of one family .*write one range for IPv4/),
  credential(
    "netmask",
    { initiatorAddress: { masks: [{ address: "fd00::1", netmask: "128" }] } },
    /for one IPv6 host use ranges/,
  ),
  credential("resync-interval", { resyncInterval: "1s" }, /resyncInterval must be a duration .* between 5s and 24h/),
  credential("mode-a-number", { mode: 5 }, /mode must be Enforce or Plan, but is a number; correct it/),
  credential("suspend-a-text", { suspend: "yes" }, /suspend must be true or false, but is text; correct it/),

  connection("endpoint", { endpoint: "http://cluster1" }, /endpoint must be https:\/\/ and a host/),
  connection(
    "auth-twice",
    { auth: { basic: { secretRef: { name: "a" } }, clientCertificate: { secretRef: { name: "b" } } } },
    /auth: set exactly one of basic/,
  ),
  connection(
    "trust-twice",
    { tls: { caBundle: "x", caRef: { kind: "Secret", name: "ca" } } },
    /tls: set at most one of/,
  ),
  connection(
    "limits",
    { limits: { maxConcurrentRequests: 1000 } },
    /limits\.maxConcurrentRequests must be at most 20; correct it/,
  ),
  connection(
    "namespaces",
    { grants: [{ namespaces: {}, svms: ["svm1"], initiators: [] }] },
    /grants\[0\]\.namespaces: namespaces: set exactly one of from, names and selector/,
  ),
  connection("grants-a-map", { grants: { svm1: true } }, /grants must be a list, but is a map; correct it/),
];

/**
 * Wrong types under a rule in CEL: the rule cannot be evaluated, so the API server refuses every write of a status, no matter who
 * sends it. There is no state to show; the operator must bear with them all the same.
 */
export const statuslessSpecs = {
  IscsiCredential: { initiatorAddress: ["10.0.0.1"] },
  OntapConnection: { auth: "admin" },
} as const;

export const unrulyScenarios: readonly UnrulyScenario[] = unruly.map(({ kind, variant, spec, says }) => ({
  kind,
  stage: "unruly",
  reason: "SpecInvalid",
  variant,
  look: "stuck",
  says,
  arrange: (scene) => (kind === "IscsiCredential" ? scene.createCredential(spec) : scene.createConnection(spec)),
}));
