import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { createKubectl, type Kubectl } from "../../tools/controlplane/kubectl.ts";
import { connect, type Cluster, type KubeObject } from "../../tools/harness/cluster.ts";
import { imageEnv, nodeFlags } from "../../tools/harness/process.ts";

/** What an administrator applies, builds and reads. The control plane's set-up has applied deploy/ already. */

const root = new URL("../../", import.meta.url).pathname;
const run = promisify(execFile);
let cluster: Cluster;
let kubectl: Kubectl;

beforeAll(async () => {
  cluster = await connect(inject("adminKubeconfig"));
  kubectl = createKubectl(inject("kubectlPath"), inject("adminKubeconfig"));
});
afterAll(() => cluster.close());

describe("deploy/", () => {
  test("reads back as it was applied: no difference for a GitOps tool to fight", async () => {
    const { exitCode, stdout, stderr } = await kubectl(["diff", "-k", join(root, "deploy")]);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  test("its pod passes the restricted Pod Security Standard, which its namespace enforces", async () => {
    const deployment = parse(await readFile(join(root, "deploy/deployment.yaml"), "utf8")) as {
      spec: { template: { spec: object; metadata: object } };
    };
    const metadata = { name: "restricted", namespace: "ontap-iscsi-operator" };
    const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: deployment.spec.template.spec };
    const path = "/api/v1/namespaces/ontap-iscsi-operator/pods";
    await expect(cluster.send({ method: "POST", path, query: { dryRun: "All" }, body: pod })).resolves.toMatchObject({
      kind: "Pod",
    });
    const privileged = { ...pod, spec: { ...deployment.spec.template.spec, hostNetwork: true } };
    await expect(cluster.send({ method: "POST", path, query: { dryRun: "All" }, body: privileged })).rejects.toThrow(
      "restricted",
    );
  });

  test("its Role may not write a Secret, nor read what the operator does not need", async () => {
    const can = async (verb: string, resource: string): Promise<string> => {
      const args = [
        "auth",
        "can-i",
        verb,
        resource,
        "--as=system:serviceaccount:ontap-iscsi-operator:ontap-iscsi-operator",
        "-A",
      ];
      return (await kubectl(args)).stdout.trim();
    };
    const refused = [
      ["update", "secrets"],
      ["create", "secrets"],
      ["delete", "secrets"],
      ["patch", "secrets"],
      ["delete", "iscsicredentials"],
      ["list", "pods"],
    ] as const;
    for (const [verb, resource] of refused) expect(`${verb} ${resource}: ${await can(verb, resource)}`).toMatch(/no$/);
    expect(await can("watch", "secrets")).toBe("yes");
  });

  test("every sample is accepted", async () => {
    for (const file of await readdir(join(root, "deploy/samples"))) {
      const text = await readFile(join(root, "deploy/samples", file), "utf8");
      for (const document of parseAllDocuments(text)) {
        const object = document.toJS() as KubeObject;
        await kubectl(["create", "namespace", object.metadata.namespace ?? ""]);
        const applied = await kubectl(["apply", "--dry-run=server", "-f", "-"], { input: JSON.stringify(object) });
        expect(applied.stderr).toBe("");
      }
    }
  });

  test("kubectl explain says which keys of a Secret are meant", async () => {
    const { stdout } = await kubectl(["explain", "iscsicredential.spec.chap.inbound.secretRef.userKey"]);
    expect(stdout).toContain("default node.session.auth.username in a Secret");
  });
});

test("the image's entry point allows no core dump, no debugger by signal, and passes its arguments on", async () => {
  const dockerfile = await readFile(join(root, "Dockerfile"), "utf8");
  const [shell = "", ...args] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? "[]") as string[];
  const script = (args[1] ?? "").replace("exec node", "ulimit -c >&2; exec node");
  const local = script.replace("/app/", join(root, "dist/"));
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` };
  const { stdout, stderr } = await run(shell, [args[0] ?? "", local, ...args.slice(2), "--version"], { env });
  expect(stderr.trim()).toBe("0");
  expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  expect(script).toContain("--disable-sigusr1");
});

test("tests and measurements start the product as the image does", async () => {
  const dockerfile = await readFile(join(root, "Dockerfile"), "utf8");
  const started = /exec node (.*) \/app\//.exec(dockerfile)?.[1]?.split(" ");
  const env = [...dockerfile.matchAll(/^ENV (.*)$/gm)].flatMap(([, pairs = ""]) => pairs.split(" "));
  expect(nodeFlags).toEqual(started);
  const flat = Object.entries(imageEnv).map(([name, value]) => `${name}=${value}`);
  expect([...flat, "NODE_OPTIONS=--max-old-space-size-percentage=58"]).toEqual(env);
});

test("the Dockerfile's build stage copies all that the build needs", async () => {
  const folder = await mkdtemp(join(tmpdir(), "image-build-"));
  try {
    const dockerfile = await readFile(join(root, "Dockerfile"), "utf8");
    const [stage = ""] = dockerfile.split(/^FROM /m).slice(1);
    for (const [, words = ""] of stage.matchAll(/^COPY (?!--from)(.+)$/gm)) {
      const sources = words.split(" ");
      const target = sources.pop() ?? ".";
      for (const source of sources) {
        const to = target === "./" ? source : target.endsWith("/") ? `${target}${source.split("/").at(-1)}` : target;
        await cp(join(root, source), join(folder, to), { recursive: true });
      }
    }
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, ".npmrc"), "loglevel=error\n");
    await run("npm", ["run", "build"], { cwd: folder });
    const { stdout } = await run(process.execPath, [join(folder, "dist/ontap-iscsi-operator.mjs"), "--version"]);
    expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
