import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startControlPlane, type ControlPlane } from "../../tools/controlplane/start.ts";
import { install } from "../../tools/harness/install.ts";
import { version } from "../../src/version.ts";
import { type Registry, startRegistry } from "./registry.ts";
import { buildahProblem, buildBase, type Buildah, openBuildah } from "./buildah.ts";

/**
 * The image, built by its Dockerfile and run as a pod runs it: its own root file system, read-only, as a user without rights,
 * against a real API server.
 */

const root = new URL("../../", import.meta.url).pathname;
const execute = promisify(execFile);
const problem = await buildahProblem();
const untested = problem === undefined ? "" : ` (not tested: ${problem})`;

let buildah: Buildah;
let registry: Registry;
let files: string;
let image: Image;

interface Image {
  readonly OCIv1: {
    readonly config: {
      readonly User: string;
      readonly Env: readonly string[];
      readonly Entrypoint: readonly string[];
      readonly Cmd: readonly string[];
      readonly Labels: Readonly<Record<string, string>>;
    };
    readonly rootfs: { readonly diff_ids: readonly string[] };
  };
}

describe.skipIf(problem !== undefined)(`the image${untested}`, () => {
  beforeAll(async () => {
    registry = await startRegistry();
    buildah = await openBuildah();
    await buildBase(buildah, "localhost/base");
    const ca = process.env["NODE_EXTRA_CA_CERTS"];
    const { stdout: npmRegistry } = await execute("npm", ["config", "get", "registry"]);
    const options = { isolation: "chroot", timestamp: "0", tag: "localhost/product" };
    const buildArgs = {
      BASE_IMAGE: "localhost/base",
      NPM_REGISTRY: npmRegistry.trim(),
      VERSION: version,
      REVISION: "abc",
    };
    const secrets = ca === undefined ? [] : [`--secret=id=npm-ca,src=${ca}`];
    await buildah.run(
      "build",
      ...Object.entries(options).map(([name, value]) => `--${name}=${value}`),
      ...Object.entries(buildArgs).map(([name, value]) => `--build-arg=${name}=${value}`),
      ...secrets,
      root,
    );
    image = JSON.parse(await buildah.run("inspect", "--type", "image", "localhost/product")) as Image;
    files = await buildah.run("mount", await buildah.run("from", "--pull-never", "localhost/product"));
  });
  afterAll(async () => {
    await registry.stop();
    await buildah.remove();
  });

  test("says what it is, and runs as a user without rights", () => {
    const { config, rootfs } = image.OCIv1;
    expect(config.User).toBe("1000:1000");
    expect(config.Cmd).toEqual(["run"]);
    expect(config.Labels).toMatchObject({
      "org.opencontainers.image.title": "ontap-iscsi-operator",
      "org.opencontainers.image.licenses": "Apache-2.0",
      "org.opencontainers.image.version": version,
      "org.opencontainers.image.revision": "abc",
    });
    expect(rootfs.diff_ids).toHaveLength(1);
    // The heap follows the pod's memory limit, and a manifest may say otherwise.
    expect(config.Env).toContain("NODE_OPTIONS=--max-old-space-size-percentage=58");
  });

  test("holds two programs, what they load, the bundle with its licences and bill of materials, and nothing with which to look around", async () => {
    expect((await readdir(join(files, "usr/bin"))).toSorted()).toEqual(["node", "prlimit"]);
    const all = await readdir(files, { recursive: true });
    expect(all.filter((file) => /(^|\/)(sh|bash|dash|busybox|npm|apt|node_modules)$/.test(file))).toEqual([]);
    expect(all).toContain("app/ontap-iscsi-operator.mjs");
    expect(all).toContain("usr/share/licenses/ontap-iscsi-operator/LICENSE");
    const told = async (file: string): Promise<string> => readFile(join(files, "app", file), "utf8");
    expect(await told("THIRD_PARTY_NOTICES.txt")).toContain("undici");
    const bill = JSON.parse(await told("sbom.cdx.json")) as { readonly metadata: object; readonly components: object };
    expect(bill.metadata).toMatchObject({ component: { name: "ontap-iscsi-operator", version } });
    expect(bill.components).toContainEqual(expect.objectContaining({ name: "undici" }));
    const { stdout } = await execute("du", ["--summarize", "--bytes", files]);
    expect(Number.parseInt(stdout, 10)).toBeLessThan(150e6);
  });

  test("comes back from a registry as it was pushed", async () => {
    const name = `${registry.address}/storage/ontap-iscsi-operator:${version}`;
    await buildah.run("push", "--tls-verify=false", "localhost/product", `docker://${name}`);
    await buildah.run("pull", "--tls-verify=false", name);
    const pulled = JSON.parse(await buildah.run("inspect", "--type", "image", name)) as Image;
    expect(pulled.OCIv1).toEqual(image.OCIv1);
  });

  describe("runs", () => {
    let controlPlane: ControlPlane;
    beforeAll(async () => {
      controlPlane = await startControlPlane();
      await install(controlPlane.kubectl);
    });
    afterAll(() => controlPlane.stop());

    test.each([
      { as: "the user that it names", user: "1000:1000" },
      { as: "any user, as OpenShift has it", user: "1000660000:0" },
    ])("as $as, from a root that cannot be written, until SIGTERM", async ({ user }) => {
      const pod = await controlPlane.podEnvironment("ontap-iscsi-operator", "ontap-iscsi-operator");
      const container = await startContainer(user, pod);
      const url = await container.line(/"address":"([^"]+)"/);
      await container.line(/"msg":"reconciling"/);
      const ready = await fetch(`http://${url}/readyz?verbose`);
      expect(`${ready.status} ${await ready.text()}`).toMatch(/^200 /);

      const status = await readFile(`/proc/${container.pid}/status`, "utf8");
      expect(status).toMatch(new RegExp(`^Uid:\t${user.split(":")[0]}\t`, "m"));
      expect(await readFile(`/proc/${container.pid}/limits`, "utf8")).toMatch(/^Max core file size +0 +0 /m);
      await expect(writeFile(`/proc/${container.pid}/root/app/written`, "")).rejects.toThrow("EROFS");
      expect(await container.stop()).toBe(0);
    });

    test("and explains, without a cluster", async () => {
      const { stdout } = await execute("chroot", [files, ...image.OCIv1.config.Entrypoint, "explain", "5374147"]);
      expect(stdout).toContain("5374147");
    });
  });
});

interface Container {
  readonly pid: number;
  line(pattern: RegExp): Promise<string>;
  stop(): Promise<number | null>;
}

/** Starts the image's own command in its own root file system, bound read-only in a mount namespace of its own. */
async function startContainer(user: string, pod: Readonly<Record<string, string>>): Promise<Container> {
  const account = pod["ONTAP_ISCSI_SERVICE_ACCOUNT_FOLDER"] ?? "";
  const mountpoint = await mkdtemp(join(tmpdir(), "root-"));
  onTestFinished(() => rm(mountpoint, { recursive: true, force: true }));
  const inside = "/run/secrets/kubernetes.io/serviceaccount";
  await mkdir(join(files, inside), { recursive: true });
  const { Env, Entrypoint, Cmd } = image.OCIv1.config;
  const { KUBERNETES_SERVICE_HOST = "", KUBERNETES_SERVICE_PORT = "" } = pod;
  const variables = {
    POD_NAME: "a-pod",
    LISTEN: "127.0.0.1:0",
    ONTAP_ISCSI_SERVICE_ACCOUNT_FOLDER: inside,
    KUBERNETES_SERVICE_HOST,
    KUBERNETES_SERVICE_PORT,
  };
  const env = [...Env, ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)];
  const script = `
    set -e
    mount --bind "$1" "$2"
    mount --bind "$3" "$2$4"
    mount -o remount,bind,ro "$2"
    chmod -R a+rX "$3"
    root=$2 user=$5
    shift 5
    exec env -i "$@" "$(command -v chroot)" --userspec="$user" --groups= "$root" ${[...Entrypoint, ...Cmd].map((word) => `'${word}'`).join(" ")}`;
  const child: ChildProcess = spawn(
    "unshare",
    ["--mount", "--propagation", "private", "sh", "-c", script, "sh", files, mountpoint, account, inside, user, ...env],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const closed = once(child, "close");
  return {
    // Everything is exec'd: the process is the operator itself.
    pid: child.pid ?? 0,
    async line(pattern) {
      for (;;) {
        const found = pattern.exec(output);
        if (found !== null) return found[1] ?? found[0];
        if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${output}`);
        await Promise.race([once(child.stdout ?? child, "data"), closed]);
      }
    },
    async stop() {
      child.kill("SIGTERM");
      await closed;
      return child.exitCode;
    },
  };
}
