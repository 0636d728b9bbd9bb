import { writeFile } from "node:fs/promises";
import { get } from "node:https";
import { join } from "node:path";

import { type Child, startChild } from "./child.ts";
import type { Etcd } from "./etcd.ts";
import type { Identities } from "./identities.ts";
import { untilReady } from "./until-ready.ts";
import type { Watchdog } from "./watchdog.ts";

export interface ApiServerOptions {
  readonly file: string;
  readonly folder: string;
  readonly watchdog: Watchdog;
  readonly etcd: Etcd;
  readonly identities: Identities;
  /** Where one line is written for each request, if anywhere. */
  readonly auditLogPath: string | undefined;
}

/** Starts kube-apiserver on a loopback port; resolves when it is ready and the namespace `default` is there. */
export async function startApiServer(options: ApiServerOptions, port: number): Promise<Child> {
  const { folder, watchdog, etcd, identities } = options;
  const args = [...argumentsOf(options, port), ...(await auditArguments(options))];
  const child = startChild(
    { name: "kube-apiserver", file: options.file, args, logPath: join(folder, "kube-apiserver.log") },
    watchdog,
  );
  const url = apiServerUrl(port);
  try {
    await untilReady(
      [child, etcd.child],
      async () =>
        (await answers(`${url}/readyz`, identities)) && answers(`${url}/api/v1/namespaces/default`, identities),
    );
    return child;
  } catch (error) {
    await child.kill();
    throw error;
  }
}

export const apiServerUrl = (port: number): string => `https://127.0.0.1:${port}`;

function argumentsOf({ etcd, identities: { files } }: ApiServerOptions, port: number): readonly string[] {
  return [
    `--etcd-servers=${etcd.url}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    // These two spare it the search for an address of this machine, which fails where there is no network.
    "--advertise-address=127.0.0.1",
    "--endpoint-reconciler-type=none",
    `--tls-cert-file=${files.servingCertificate}`,
    `--tls-private-key-file=${files.servingKey}`,
    "--authorization-mode=RBAC",
    `--token-auth-file=${files.tokens}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${files.serviceAccountKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    "--service-cluster-ip-range=10.0.0.0/24",
    // It refuses pods until a controller that does not run here has made their namespace's service account.
    "--disable-admission-plugins=ServiceAccount",
    "--profiling=false",
  ];
}

async function auditArguments({ folder, auditLogPath }: ApiServerOptions): Promise<readonly string[]> {
  if (auditLogPath === undefined) return [];
  const policyPath = join(folder, "audit-policy.json");
  const policy = {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    // A request is logged when it is answered, and so once; a watch also when it begins to be.
    omitStages: ["RequestReceived"],
    rules: [{ level: "Metadata" }],
  };
  await writeFile(policyPath, JSON.stringify(policy));
  // By default what is beyond 100 MB is moved to another file, out of sight of a test that counts requests in this one.
  return [`--audit-policy-file=${policyPath}`, `--audit-log-path=${auditLogPath}`, "--audit-log-maxsize=4096"];
}

const answerTimeoutMs = 2000;

async function answers(url: string, { caPem, tokens }: Identities): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, {
      ca: caPem,
      agent: false,
      headers: { authorization: `Bearer ${tokens.admin}` },
      // Someone else may have taken the port, and keep silent.
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    request.once("error", () => resolve(false));
    request.once("response", (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
  });
}
