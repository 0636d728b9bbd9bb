import { describe, expect, test } from "vitest";
import { parseSettings, runHelp } from "./settings.ts";

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
    { args: ["--fast"], says: "Unknown option '--fast'" },
  ])("$says", ({ args = [], env = {}, says }) => {
    const said = read(args, env) as string;
    expect(said.startsWith(says)).toBe(true);
    expect(said).toMatch(/; see ontap-iscsi-operator run --help$/);
    expect(said).not.toContain("\n");
  });
});

test("the help names every flag and its variable", () => {
  for (const flag of Object.keys(read([]) as object)) expect(runHelp).toContain(`  --${flag}`);
  expect(runHelp).toContain("or ONTAP_ISCSI_LEASE_DURATION");
});
