import { request as httpRequest } from "node:http";

import type { IssuedCertificate } from "../certificates.ts";
import type { LoggedRequest, RequestCount } from "../model/request-log.ts";
import type { JsonObject } from "../wire/json.ts";
import { sideDoorPaths as paths } from "./side-door-paths.ts";
import type { FaultView, SideDoor, StoredCredential, SvmView } from "./side-door.ts";

/** The side door of a simulator in another process, at the URL that it printed; with the token, if it asks for one. */
export function createSideDoorClient(url: string, token?: string): SideDoor {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const call = <Body>(method: string, path: string, body?: unknown): Promise<Body> =>
    callOnce(`${url}${path}`, { method, headers }, body);
  return {
    credentials: () => call<readonly StoredCredential[]>("GET", paths.credentials),
    svms: () => call<readonly SvmView[]>("GET", paths.svms),
    requests: () => call<readonly LoggedRequest[]>("GET", paths.requests),
    requestCounts: () => call<readonly RequestCount[]>("GET", paths.requestCounts),
    forgetRequests: () => call<void>("DELETE", paths.requests),
    addFault: async (fault) => (await call<{ readonly id: number }>("POST", paths.faults, fault)).id,
    faults: () => call<readonly FaultView[]>("GET", paths.faults),
    removeFault: (id) => call<void>("DELETE", `${paths.faults}/${id}`),
    clearFaults: () => call<void>("DELETE", paths.faults),
    act: (action) => call<JsonObject>("POST", paths.actions, action),
    clientCertificate: (user) => call<IssuedCertificate>("POST", paths.clientCertificates, { user }),
  };
}

async function callOnce<Body>(
  url: string,
  options: { readonly method: string; readonly headers: Readonly<Record<string, string>> },
  body: unknown,
): Promise<Body> {
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const outgoing = httpRequest(url, { ...options, agent: false }, (response) => {
      const chunks: Uint8Array[] = [];
      response.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
  const parsed = JSON.parse(text) as unknown;
  if (status === 200) return parsed as Body;
  throw new Error((parsed as { readonly error: string }).error);
}
