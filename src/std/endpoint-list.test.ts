import { describe, expect, test } from "vitest";
import { listsEndpoint, parseEndpointList } from "./endpoint-list.ts";

describe("an endpoint is listed", () => {
  test.each<{ list: string; endpoint: string; listed: boolean }>([
    { list: "cluster1.example.com", endpoint: "cluster1.example.com", listed: true },
    { list: "cluster1.example.com", endpoint: "CLUSTER1.example.com:443", listed: true },
    { list: "Cluster1.example.com", endpoint: "cluster1.example.com", listed: true },
    { list: "cluster1.example.com", endpoint: "cluster1.example.com:8443", listed: false },
    { list: "cluster1.example.com:8443", endpoint: "cluster1.example.com:8443", listed: true },
    { list: "cluster1.example.com:8443", endpoint: "cluster1.example.com", listed: false },
    { list: "a.example.com, b.example.com", endpoint: "b.example.com", listed: true },
    { list: "*.example.com", endpoint: "a.b.example.com", listed: true },
    { list: "*.example.com", endpoint: "example.com", listed: false },
    { list: "*.example.com", endpoint: "evilexample.com", listed: false },
    { list: "*.example.com", endpoint: ".example.com", listed: false },
    { list: "*.example.com", endpoint: "a.example.com.evil.org", listed: false },
    { list: "*.example.com:8443", endpoint: "a.example.com:8443", listed: true },
    { list: "10.0.0.1", endpoint: "10.0.0.1", listed: true },
    { list: "[fd00::1]:8443", endpoint: "[fd00::1]:8443", listed: true },
    { list: "[fd00::1]", endpoint: "[fd00::2]", listed: false },
  ])("$list: $endpoint → $listed", ({ list, endpoint, listed }) => {
    const parsed = parseEndpointList(list);
    expect(parsed.ok && listsEndpoint(parsed.value, endpoint)).toBe(listed);
  });
});

test.each([
  "",
  "a.example.com,",
  "*",
  "*example.com",
  "https://a.example.com",
  "a:0",
  "a:70000",
  "a b",
  "a/b",
  "fd00::1",
])("%j is not a list of endpoints", (text) => {
  expect(parseEndpointList(text)).toMatchObject({
    ok: false,
    error: expect.stringContaining("is not a host") as string,
  });
});
