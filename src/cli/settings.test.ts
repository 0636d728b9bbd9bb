import { describe, expect, test } from "vitest";
import { parseSettings, runHelp, switchesOf, type Settings } from "./settings.ts";

type Environment = Readonly<Record<string, string>>;

/** The settings, or the sentence that a person gets. */
function read(args: readonly string[], env: Environment = {}): object | string {
  const parsed = parseSettings(args, env);
  return parsed.ok ? parsed.value : parsed.error;
}

test("without any flag one process of several writes, with client-go's times", () => {
  expect(read([])).toMatchObject({
    "leader-elect": true,
    "lease-duration": 15_000,
    "renew-deadline": 10_000,
    "retry-period": 2000,
    "dry-run": false,
    shard: undefined,
  });
});

test("a flag wins over the environment, and an empty variable says nothing", () => {
  expect(read([], { LOG_LEVEL: "debug" })).toMatchObject({ "log-level": "debug" });
  expect(read(["--log-level", "warn"], { LOG_LEVEL: "debug" })).toMatchObject({ "log-level": "warn" });
  expect(read([], { LOG_LEVEL: "" })).toMatchObject({ "log-level": "info" });
});

test("a switch needs no value and takes one", () => {
  expect(read(["--dry-run", "--leader-elect=false"])).toMatchObject({ "dry-run": true, "leader-elect": false });
});

describe("what is wrong is said in one line that names its source and the fix", () => {
  test.each<{ args?: readonly string[]; env?: Environment; says: string }>([
    { args: ["--log-level=loud"], says: "--log-level: must be one of debug, info, warn, error" },
    { env: { LOG_LEVEL: "loud" }, says: "LOG_LEVEL: must be one of" },
    { args: ["--dry-run=yes"], says: "--dry-run: must be true or false" },
    { args: ["--lease-duration=15"], says: '--lease-duration: "15" is no duration; write' },
    { args: ["--lease-duration=10s"], says: "--lease-duration: must be longer than --renew-deadline" },
    { args: ["--retry-period=9s"], says: "--renew-deadline: must be longer than 1.2 times --retry-period" },
    { args: ["--retry-period=0s"], says: "--renew-deadline: must be longer than" },
    { args: ["--shard=a"], says: "--shard: needs --connection-selector" },
    { args: ["--connection-selector=site=a"], says: "--connection-selector: needs --shard NAME" },
    { args: ["--shard=A_b", "--connection-selector=a"], says: "--shard: must be 1 to 30 lower case letters" },
    { args: ["--connection-selector=a=b=c", "--shard=a"], says: '--connection-selector: "a=b=c" is not a requirement' },
    { args: ["--allowed-endpoints=https://a"], says: '--allowed-endpoints: "https://a" is not a host; write' },
    { env: { ONTAP_ISCSI_ALLOWED_ENDPOINTS: "*" }, says: 'ONTAP_ISCSI_ALLOWED_ENDPOINTS: "*" is not a host' },
    { args: ["--allowed-endpoints="], says: '--allowed-endpoints: "" is not a host' },
    { args: ["--connection-namespaces=a=b=c"], says: '--connection-namespaces: "a=b=c" is not a requirement' },
    { args: ["--forbid-insecure-tls=maybe"], says: "--forbid-insecure-tls: must be true or false" },
    { args: ["--namespaces=a,B"], says: '--namespaces: "B" is not the name of a namespace' },
    { args: ["--namespaces=a,"], says: '--namespaces: "" is not the name of a namespace' },
    { args: ["--namespaces=a", "--metrics-auth"], says: "--metrics-auth: has tokens reviewed, which no Role in a" },
    {
      args: ["--namespaces=a", "--connection-namespaces=team=storage"],
      says: "--connection-namespaces: asks for labels of namespaces, which --namespaces does not read; select by name",
    },
    { args: ["--metrics-auth=x"], says: "--metrics-auth: must be true or false" },
    { args: ["--fast"], says: "Unknown option '--fast'" },
  ])("$says", ({ args = [], env = {}, says }) => {
    const said = read(args, env) as string;
    expect(said.startsWith(says)).toBe(true);
    expect(said).toMatch(/; see ontap-iscsi-operator run --help$/);
    expect(said).not.toContain("\n");
  });
});

test("without flags objects may do what they say; with flags what these allow", () => {
  const open = switchesOf(read([]) as Settings);
  expect(open.allowedEndpoints("anywhere:1")).toBe(true);
  expect(open.mayOwnConnections({})).toBe(true);
  expect(open).toMatchObject({ forbidInsecureTls: false, namespaces: undefined });
  const narrow = switchesOf(
    read([
      "--allowed-endpoints=c1.example.com,*.lab.example.com:8443",
      "--connection-namespaces=team in (storage)",
      "--forbid-insecure-tls",
    ]) as Settings,
  );
  expect(narrow.allowedEndpoints("c1.example.com")).toBe(true);
  expect(narrow.allowedEndpoints("x.lab.example.com:8443")).toBe(true);
  expect(narrow.allowedEndpoints("c2.example.com")).toBe(false);
  expect(narrow.mayOwnConnections({ team: "storage" })).toBe(true);
  expect(narrow.mayOwnConnections({})).toBe(false);
  expect(narrow).toMatchObject({ forbidInsecureTls: true });
  expect(switchesOf(read(["--namespaces=a, b,a"]) as Settings)).toMatchObject({ namespaces: ["a", "b"] });
});

test("with --namespaces owners may be named, since the name of a namespace is known without reading it", () => {
  const owners = "--connection-namespaces=kubernetes.io/metadata.name in (a)";
  const { mayOwnConnections } = switchesOf(read(["--namespaces=a,b", owners]) as Settings);
  expect(mayOwnConnections({ "kubernetes.io/metadata.name": "a" })).toBe(true);
  expect(mayOwnConnections({ "kubernetes.io/metadata.name": "b" })).toBe(false);
});

test("the help names every flag and its variable", () => {
  for (const flag of Object.keys(read([]) as object)) expect(runHelp).toContain(`  --${flag}`);
  expect(runHelp).toContain("or ONTAP_ISCSI_LEASE_DURATION");
});
