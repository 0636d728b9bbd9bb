import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { type MetricName, metricTable } from "../../src/metrics/table.ts";
import { connect, type KubeObject } from "../harness/cluster.ts";
import { check, heading, held, NotHeld, say, shown } from "./narrate.ts";
import { setStage, type Stage } from "./stage.ts";
import { keptText } from "./kept.ts";

/** The main job on real input, narrated. Every step proves what it says, or the demo ends with exit code 1. */

const samples = new URL("../../deploy/samples/", import.meta.url).pathname;
const arrayPassword = "demo-array-login";
const namespace = "databases";
const startedMs = performance.now();

/** docs/metrics.md has all of them. */
const toldMetrics: readonly MetricName[] = [
  "ontap_iscsi_credentials",
  "ontap_iscsi_connection_ready",
  "ontap_iscsi_secret_propagation_seconds",
  "ontap_iscsi_drift_corrected_total",
  "ontap_iscsi_array_requests_total",
  "ontap_iscsi_queue_oldest_wait_seconds",
  "process_resident_memory_bytes",
];

const stage = await setStage(arrayPassword);
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
});
try {
  await Promise.race([play(stage), interrupted]);
  if (process.env["KEEP"] === "1") {
    say(
      keptText({
        kubeconfig: stage.controlPlane.adminKubeconfig,
        sideDoor: stage.sideDoorUrl,
        log: stage.operatorLogFile,
        metrics: `${stage.operatorUrl()}/metrics`,
      }),
    );
    await interrupted;
  }
} catch (error) {
  if (!(error instanceof NotHeld)) throw error;
  console.error(`\n✗ ${error.message}`);
  console.error(stage.operatorLog().slice(-15).join("\n"));
  process.exitCode = 1;
} finally {
  await stage.stop();
}

async function play({ controlPlane, arrayUrl, caPem, sideDoor, startOperator, metrics }: Stage): Promise<void> {
  const cluster = await connect(controlPlane.adminKubeconfig);

  async function kubectl(args: readonly string[], input?: string): Promise<string> {
    const result = await controlPlane.kubectl(args, input === undefined ? {} : { input });
    if (result.exitCode !== 0) throw new NotHeld(`kubectl ${args.join(" ")}: ${result.stderr.trim()}`);
    return result.stdout;
  }
  const show = async (command: string): Promise<void> => shown(`kubectl ${command}`, await kubectl(command.split(" ")));

  async function ready(name: string, reason?: string): Promise<void> {
    const promise = reason === undefined ? `${name} is Ready` : `${name} says ${reason}`;
    await held(promise, async () => {
      const condition = readyOf(await cluster.get("iscsicredentials", namespace, name));
      const wanted = reason === undefined ? condition?.status === "True" : condition?.reason === reason;
      return wanted ? true : undefined;
    });
    check(promise, true);
  }
  const stored = async (initiator: string) =>
    (await sideDoor.credentials()).find(
      (credential) => credential.initiator === `iqn.1994-05.com.redhat:${namespace}:${initiator}`,
    );

  heading("A Kubernetes API server, and an ONTAP array with SVM svm1, and svm2 without iSCSI service");
  say(`API server ${controlPlane.url}, array ${arrayUrl}`);

  heading(
    "Install: the definitions, the operator's ServiceAccount and its Role; then the operator, with that Role and no more",
  );
  for (const folder of ["crds", "deploy"]) {
    shown(`kubectl apply -k ${folder}`, await kubectl(["apply", "-k", folder]));
  }
  await startOperator();

  heading("A storage team declares the array, and a database team its credentials");
  await kubectl(["create", "namespace", "storage"]);
  await kubectl(["create", "namespace", namespace]);
  await kubectl([
    "create",
    "secret",
    "generic",
    "ontap-login",
    "-n",
    "storage",
    "--type=kubernetes.io/basic-auth",
    "--from-literal=username=admin",
    `--from-literal=password=${arrayPassword}`,
  ]);
  await kubectl(["create", "configmap", "ontap-ca", "-n", "storage", `--from-literal=ca.crt=${caPem}`]);
  // The demo does not want to wait ten minutes for the next comparison.
  const connection = (await readFile(join(samples, "connection.yaml"), "utf8"))
    .replace("https://cluster1.example.com", arrayUrl)
    .replace("resyncInterval: 10m", "resyncInterval: 10s");
  shown("kubectl apply -f deploy/samples/connection.yaml", await kubectl(["apply", "-f", "-"], connection));
  for (const file of ["credentials.yaml", "failing.yaml"]) {
    shown(`kubectl apply -f deploy/samples/${file}`, await kubectl(["apply", "-f", join(samples, file)]));
  }
  for (const name of ["node-a", "node-b", "retired-host"]) await ready(name);
  await ready("node-c", "PasswordsEqual");
  await ready("node-d", "IscsiServiceMissing");
  await show(`get iscsicredentials -n ${namespace}`);
  await show("get ontapconnections -n storage");

  heading("What is wrong with the two that are not ready, in kubectl's words");
  await show(`describe iscsicredential node-c -n ${namespace}`);
  await show(`describe iscsicredential node-d -n ${namespace}`);

  heading("The array holds exactly what the Secrets hold");
  const [a, b, retired] = [await stored("node-a"), await stored("node-b"), await stored("retired")];
  const secrets = await secretsOf("credentials.yaml");
  check(
    "node-a: mutual CHAP, both pairs equal to the Secret's",
    a?.inbound?.user === secrets.get("node-a-chap/node.session.auth.username") &&
      a?.inbound?.password === secrets.get("node-a-chap/node.session.auth.password") &&
      a?.outbound?.user === secrets.get("node-a-chap/node.session.auth.username_in") &&
      a?.outbound?.password === secrets.get("node-a-chap/node.session.auth.password_in"),
  );
  check(
    "node-b: one-way CHAP equal to the Secret's, from the declared addresses",
    b?.inbound?.password === secrets.get("node-b-chap/password") &&
      b?.outbound === undefined &&
      b?.addresses !== undefined,
  );
  check("retired-host: login denied", retired?.authenticationType === "deny");
  check("node-c: never sent", (await stored("node-c")) === undefined);

  heading("A password is rotated in its Secret");
  const password = "sample-rotated-1";
  await cluster.patch("secrets", namespace, "node-a-chap", { stringData: { "node.session.auth.password": password } });
  const editedMs = performance.now();
  await held("the array has the new password", async () =>
    (await stored("node-a"))?.inbound?.password === password ? true : undefined,
  );
  check(`the array had it ${Math.round(performance.now() - editedMs)} ms after the API server accepted the edit`, true);

  heading("A person changes a credential on the array; the next comparison finds and corrects it");
  await sideDoor.act({
    do: "put-credential",
    svm: "svm1",
    initiator: `iqn.1994-05.com.redhat:${namespace}:retired`,
    authenticationType: "none",
  });
  say("node retired is open now; resyncInterval is 10s");
  await held("the drift is corrected", async () =>
    (await stored("retired"))?.authenticationType === "deny" ? true : undefined,
  );
  const event = await held("an Event tells", async () =>
    (await cluster.list("events", namespace)).find(({ reason }) => reason === "DriftCorrected"),
  );
  check(`corrected; Event ${String(event["reason"])}: ${String(event["note"])}`, true);

  heading("The causes are corrected, and the objects stay as they are");
  await cluster.patch("secrets", namespace, "node-c-chap", {
    stringData: { "node.session.auth.password_in": "sample-outbnd-3" },
  });
  say("node-c-chap now has two different passwords");
  await sideDoor.act({ do: "create-service", svm: "svm2" });
  say("svm2 now has an iSCSI service");
  await ready("node-c");
  await ready("node-d");
  await show(`get iscsicredentials -n ${namespace}`);

  heading("An object is deleted, and the array forgets the credential");
  await sideDoor.act({ do: "put-credential", svm: "svm1", initiator: "default", authenticationType: "deny" });
  say(
    "svm1 refuses initiators without a credential of their own: while it let them in, a tenant's deletion would open it",
  );
  shown(
    `kubectl delete iscsicredential node-b -n ${namespace}`,
    await kubectl(["delete", "iscsicredential", "node-b", "-n", namespace]),
  );
  check("node-b is gone from the array", (await stored("node-b")) === undefined);

  heading("What the operator tells the people who run it: some of its metrics, with the question that each answers");
  const seen = await metrics();
  for (const name of toldMetrics) {
    say(metricTable[name].question);
    shown(`curl -s $OPERATOR/metrics | grep ${name}`, seen.linesOf(name).join("\n"));
  }
  check("the rotation was timed", seen.sum("ontap_iscsi_secret_propagation_seconds_count") >= 1);
  check("the drift was counted", seen.sum("ontap_iscsi_drift_corrected_total") === 1);
  check(
    "no secret is on the page",
    [...secrets.values()].every((value) => !seen.page.includes(value)),
  );
  await cluster.close();
  say(`\nAll of it held, in ${Math.round((performance.now() - startedMs) / 1000)} s.`);
}

interface Ready {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

function readyOf(object: KubeObject | undefined): Ready | undefined {
  const status = object?.["status"] as { readonly conditions?: readonly Ready[] } | undefined;
  return status?.conditions?.find(({ type }) => type === "Ready");
}

/** The values of a file's Secrets, by `name/key`. */
async function secretsOf(file: string): Promise<ReadonlyMap<string, string>> {
  const documents = parseAllDocuments(await readFile(join(samples, file), "utf8"));
  const objects = documents.map((document) => document.toJS() as KubeObject & { readonly stringData?: object });
  return new Map(
    objects.flatMap(({ metadata, stringData = {} }) =>
      Object.entries(stringData).map(([key, value]) => [`${metadata.name}/${key}`, String(value)] as const),
    ),
  );
}
