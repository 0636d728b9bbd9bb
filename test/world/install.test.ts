import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { kinds } from "../../src/api/kinds.ts";
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
  test("its removal takes no definition along, and so no object and nothing on an array", async () => {
    const { stdout } = await kubectl(["delete", "-k", join(root, "deploy"), "--dry-run=server"]);
    expect(stdout).toContain("deployment.apps");
    expect(stdout).not.toContain("customresourcedefinition");
  });

  test("no GitOps tool prunes a definition", async () => {
    for (const { plural } of kinds) {
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.ontap-iscsi.dev`;
      expect((await cluster.send({ method: "GET", path })).metadata.annotations).toMatchObject({
        "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
        "kustomize.toolkit.fluxcd.io/prune": "disabled",
      });
    }
  });

  test.each(["crds", "deploy"])(
    "%s reads back as it was applied: no difference for a GitOps tool to fight",
    async (folder) => {
      const { exitCode, stdout, stderr } = await kubectl(["diff", "-k", join(root, folder)]);
      expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    },
  );

  test("its pod passes the restricted Pod Security Standard, which its namespace enforces", async () => {
    const deployment = parse(await readFile(join(root, "deploy/workload/deployment.yaml"), "utf8")) as {
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

  test("its roles for people: a team declares credentials, only an array's owner declares connections, no one a status", async () => {
    const namespace = "people";
    await kubectl(["create", "namespace", namespace]);
    for (const [user, role] of [
      ["team", "ontap-iscsi-operator-edit"],
      ["reader", "ontap-iscsi-operator-view"],
      ["owner", "ontap-iscsi-operator-connection-owner"],
    ] as const) {
      await kubectl(["create", "rolebinding", user, "-n", namespace, `--clusterrole=${role}`, `--user=${user}`]);
    }
    const can = async (user: string, verb: string, resource: string): Promise<string> => {
      const [of = "", part = ""] = resource.split("/");
      const { stdout } = await kubectl([
        "auth",
        "can-i",
        verb,
        of,
        `--subresource=${part}`,
        `--as=${user}`,
        "-n",
        namespace,
      ]);
      return `${user} ${verb} ${resource}: ${stdout.trim()}`;
    };
    const credentials = "iscsicredentials.ontap-iscsi.dev";
    const connections = "ontapconnections.ontap-iscsi.dev";
    const asked = [
      ["team", "create", credentials, "yes"],
      ["team", "delete", credentials, "yes"],
      ["team", "create", connections, "no"],
      ["team", "patch", connections, "no"],
      ["team", "patch", `${credentials}/status`, "no"],
      ["reader", "get", connections, "yes"],
      ["reader", "patch", credentials, "no"],
      ["owner", "create", connections, "yes"],
      ["owner", "patch", `${connections}/status`, "no"],
      ["owner", "create", credentials, "no"],
    ] as const;
    for (const [user, verb, resource, answer] of asked) {
      expect(await can(user, verb, resource)).toBe(`${user} ${verb} ${resource}: ${answer}`);
    }
  });

  test("no role that joins edit or admin may write a connection", async () => {
    const { stdout } = await kubectl(["get", "clusterroles", "-o", "json"]);
    const { items } = JSON.parse(stdout) as { readonly items: readonly (KubeObject & { readonly rules: unknown })[] };
    const joining = items.filter(({ metadata: { labels = {} } }) =>
      ["edit", "admin"].some((role) => labels[`rbac.authorization.k8s.io/aggregate-to-${role}`] === "true"),
    );
    expect(joining.map(({ metadata }) => metadata.name)).toContain("ontap-iscsi-operator-edit");
    expect(joining.filter(({ rules }) => JSON.stringify(rules).includes("ontapconnections"))).toEqual([]);
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
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("default node.session.auth.username in a Secret");
  });
});

test("every YAML in the pages can be read, and objects of ours in it are accepted", async () => {
  const below = (await readdir(join(root, "docs"))).filter((file) => file.endsWith(".md"));
  const pages = ["README.md", ...below.map((page) => join("docs", page))];
  const texts = await Promise.all(pages.map((page) => readFile(join(root, page), "utf8")));
  const examples = texts.flatMap((text) => [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = ""]) => yaml));
  expect(examples.length).toBeGreaterThan(5);
  for (const document of examples.flatMap((yaml) => parseAllDocuments(yaml))) {
    expect(document.errors).toEqual([]);
    const object = document.toJS() as KubeObject;
    if (object.apiVersion !== "ontap-iscsi.dev/v1alpha1") continue;
    const input = JSON.stringify({ ...object, metadata: { ...object.metadata, namespace: "default" } });
    expect((await kubectl(["apply", "--dry-run=server", "-f", "-"], { input })).stderr).toBe("");
  }
});

/** The program and arguments that the image starts, before those of the pod. */
async function entryPoint(): Promise<readonly string[]> {
  const dockerfile = await readFile(join(root, "Dockerfile"), "utf8");
  return JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? "[]") as string[];
}

test("the image's entry point allows no core dump, no debugger by signal, and passes its arguments on", async () => {
  const [program = "", ...args] = await entryPoint();
  const local = args.map((arg) =>
    arg === "/usr/bin/node" ? process.execPath : arg.replace("/app/", join(root, "dist/")),
  );
  expect((await run(program, [...local, "--version"])).stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  const limits = local
    .map((arg) => (arg === process.execPath ? "/bin/cat" : arg))
    .slice(0, local.indexOf(process.execPath) + 1);
  expect((await run(program, [...limits, "/proc/self/limits"])).stdout).toMatch(/^Max core file size +0 +0 /m);
  expect(args).toContain("--disable-sigusr1");
});

test("tests and measurements start the product as the image does", async () => {
  const args = await entryPoint();
  expect(nodeFlags).toEqual(args.slice(args.indexOf("/usr/bin/node") + 1, -1));
  const dockerfile = await readFile(join(root, "Dockerfile"), "utf8");
  const env = [...dockerfile.matchAll(/^ENV PATH=\S+ (.*)$/gm)].flatMap(([, pairs = ""]) => pairs.split(" "));
  const flat = Object.entries(imageEnv).map(([name, value]) => `${name}=${value}`);
  expect([...flat, "NODE_OPTIONS=--max-old-space-size-percentage=58"]).toEqual(env);
});

test("the Dockerfile's build stage copies all that the build needs", async () => {
  const folder = await mkdtemp(join(tmpdir(), "image-build-"));
  try {
    const dockerfile = await readFile(join(root, "Dockerfile"), "utf8");
    const [, stage = ""] = dockerfile.split(/^FROM /m);
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
