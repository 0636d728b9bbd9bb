import { err, ok, type Result } from "./result.ts";

/** Hosts to which something may be sent, as an administrator lists them. */
export type EndpointList = readonly EndpointPattern[];

interface EndpointPattern {
  /** Lower case; a host, or with `wildcard` what must follow the first label or labels, dot included. */
  readonly host: string;
  readonly wildcard: boolean;
  readonly port: number;
}

/** https's own. */
const defaultPort = 443;
const entryPattern = /^(\*(?=\.))?((?:\[[0-9a-f:.]+\])|[a-z0-9.-]+)(?::([0-9]{1,5}))?$/;

/**
 * Comma-separated `host[:port]`: a name, an IPv4 address or an IPv6 address in brackets; port 443 unless given. `*.example.com`
 * is every name below example.com, not that name itself.
 */
export function parseEndpointList(text: string): Result<EndpointList, string> {
  const patterns: EndpointPattern[] = [];
  for (const entry of text.split(",").map((each) => each.trim().toLowerCase())) {
    const [, star, host = "", port = String(defaultPort)] = entryPattern.exec(entry) ?? [];
    if (host === "" || Number(port) === 0 || Number(port) > 65_535) {
      return err(`"${entry}" is not a host; write host, host:port or *.domain, separated by commas`);
    }
    patterns.push({ host, wildcard: star !== undefined, port: Number(port) });
  }
  return ok(patterns);
}

/** @param endpoint `host` or `host:port`, as `URL.host` gives it; port 443 if absent. */
export function listsEndpoint(list: EndpointList, endpoint: string): boolean {
  const [, host = "", port = String(defaultPort)] = /^(.*?)(?::([0-9]+))?$/.exec(endpoint.toLowerCase()) ?? [];
  return list.some((pattern) => {
    if (pattern.port !== Number(port)) return false;
    return pattern.wildcard ? host.length > pattern.host.length && host.endsWith(pattern.host) : host === pattern.host;
  });
}
