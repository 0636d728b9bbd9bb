import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AccessError } from "./access-error.ts";
import { loadClusterAccess } from "./access.ts";

/** A kubeconfig that cannot be used ends the process; its last line is all that a person gets. */

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes what is given into files, and gives the value for KUBECONFIG. */
async function written(...contents: readonly string[]): Promise<string> {
  const paths = contents.map((_, index) => join(folder, `config-${index}`));
  for (const [index, path] of paths.entries()) await writeFile(path, contents[index] ?? "");
  return paths.join(delimiter);
}

const aConfig = (server: string, { context = "here", cluster = {}, user = {} } = {}): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server, ...cluster } }],
    users: [{ name: "u", user: { token: "canary-token", ...user } }],
    contexts: [{ name: "here", context: { cluster: "c", user: "u", namespace: "there" } }],
    "current-context": context,
  });

const aPlugin = (command: string, ...args: readonly string[]): object => ({
  apiVersion: "client.authentication.k8s.io/v1",
  command,
  args,
});

const complaintOf = async (kubeconfig: string): Promise<unknown> =>
  loadClusterAccess({ KUBECONFIG: kubeconfig }).catch((error: unknown) => error);

describe("a kubeconfig that cannot be used is reported in one line that says what to fix", () => {
  test.each([
    {
      because: "it is not there",
      config: undefined,
      says: /^cannot read kubeconfig .*ENOENT.*; set KUBECONFIG to one/,
    },
    { because: "it is a folder", config: "", says: /^cannot read kubeconfig .*EISDIR.*; set KUBECONFIG to one/ },
    {
      because: "it is not YAML",
      config: "clusters: [canary-token",
      says: /^cannot read kubeconfig .*; set KUBECONFIG/,
    },
    { because: "it is a text", config: "canary-token", says: /kubeconfig/ },
    { because: "it is empty", config: "\n", says: /kubeconfig/ },
    { because: "a part of it is a text", config: "clusters: canary-token", says: /kubeconfig/ },
    {
      because: "its context is not in it",
      config: aConfig("https://a", { context: "elsewhere" }),
      says: /names no current cluster/,
    },
    {
      because: "it is plain HTTP",
      config: aConfig("http://a"),
      says: /^the kubeconfig's server http:\/\/a is not https/,
    },
    {
      because: "its proxy is of a kind that we do not know",
      config: aConfig("https://a", { cluster: { "proxy-url": "socks5://user:canary@proxy:1080" } }),
      says: /^the kubeconfig's proxy-url has the scheme socks5; name an http:\/\/ or https:\/\/ proxy/,
    },
    {
      because: "its proxy is not a URL",
      config: aConfig("https://a", { cluster: { "proxy-url": "canary" } }),
      says: /^the kubeconfig's proxy-url is not a URL; name/,
    },
    { because: "its server is not a URL", config: aConfig("https://"), says: /is not https/ },
    {
      because: "a file that it names is not there",
      config: aConfig("https://a", { cluster: { "certificate-authority": "/nowhere/ca.crt" } }),
      says: /cannot be used \(ENOENT.*\/nowhere\/ca\.crt.*\); see that its files/,
    },
    {
      because: "its plugin is not there",
      config: aConfig("https://a", { user: { token: undefined, exec: aPlugin("/nowhere/plugin") } }),
      says: /cannot be used \(.*\/nowhere\/plugin ENOENT\); see that .* its exec plugin/,
    },
    {
      because: "its plugin fails",
      config: aConfig("https://a", {
        user: { token: undefined, exec: aPlugin("/bin/sh", "-c", "echo canary >&2; exit 1") },
      }),
      says: /cannot be used \(it failed\)/,
    },
  ])("$because", async ({ because, config, says }) => {
    const path =
      because === "it is a folder" ? folder : config === undefined ? join(folder, "nowhere") : await written(config);
    const complaint = await complaintOf(path);
    expect(complaint).toBeInstanceOf(AccessError);
    const { message } = complaint as AccessError;
    expect(message).toMatch(says);
    expect(message).not.toMatch(/\n|canary/);
  });
});

test.each([
  { server: "https://host", is: "https://host" },
  { server: "https://host/", is: "https://host" },
  { server: "https://host:6443/k8s/clusters/c-m-abc/", is: "https://host:6443/k8s/clusters/c-m-abc" },
  { server: "https://user:canary@host/a", is: "https://host/a" },
])("the server $server is asked at $is", async ({ server, is }) => {
  expect((await loadClusterAccess({ KUBECONFIG: await written(aConfig(server)) })).server).toBe(is);
});

test("the authority of a file is read again when it is asked for again", async () => {
  const ca = join(folder, "ca.crt");
  await writeFile(ca, "first");
  const cluster = { "certificate-authority": ca, "proxy-url": "http://user:password@proxy:3128" };
  const access = await loadClusterAccess({ KUBECONFIG: await written(aConfig("https://a", { cluster })) });
  expect([access.tls.ca, access.proxy?.host]).toEqual(["first", "proxy:3128"]);
  await writeFile(ca, "second");
  expect((await access.readTls()).ca).toBe("second");
});

test("of several files the first that says something wins", async () => {
  const access = await loadClusterAccess({
    KUBECONFIG: await written(aConfig("https://first:6443/path"), aConfig("https://second")),
  });
  expect(access).toMatchObject({ server: "https://first:6443/path", namespace: "there" });
  expect((await access.authorization())?.reveal()).toBe("Bearer canary-token");
});
