import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { startSimulator, type Simulator } from "../../../src/simulator/start.ts";
import { systemClock } from "../../../src/std/clock.ts";

/** Runs NetApp's own clients against a fresh simulator each; the README says what has to be installed. */

const [python] = process.argv.slice(2);
if (python === undefined) {
  process.stderr.write("usage: node test/simulator/netapp-clients/run.ts VENV/bin/python\n");
  process.exit(2);
}
const here = import.meta.dirname;
const administrator = { user: "admin", password: "netapp1!" };

/** Gives the client a simulator, its environment and arguments; resolves to the client's exit code. */
async function runClient(
  commandOf: (place: { host: string; port: string; caFile: string }) => readonly [string, ...string[]],
): Promise<number> {
  const simulator = await startSimulator(
    { svms: [{ name: "svm1" }, { name: "svm2" }, { name: "svm3", iscsi: false }], logins: [administrator] },
    { clock: systemClock },
  );
  const folder = await mkdtemp(join(tmpdir(), "netapp-clients-"));
  try {
    const caFile = join(folder, "ca.pem");
    await writeFile(caFile, simulator.caPem);
    const { hostname: host, port } = new URL(simulator.url);
    const [command, ...args] = commandOf({ host, port, caFile });
    const child = spawn(command, args, {
      cwd: here,
      stdio: "inherit",
      timeout: 300_000,
      // Both clients use Python's requests, where this variable goes before the library's own setting.
      env: { ...process.env, REQUESTS_CA_BUNDLE: caFile, ANSIBLE_PYTHON_INTERPRETER: python },
    });
    return await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code) => resolve(code ?? 1));
    });
  } finally {
    await reportRequests(simulator);
    await simulator.stop();
    await rm(folder, { recursive: true });
  }
}

async function reportRequests({ sideDoor }: Simulator): Promise<void> {
  const totals = new Map<string, number>();
  for (const { method, status, code = "", count } of await sideDoor.requestCounts()) {
    const kind = `${method} ${status} ${code}`.trimEnd();
    totals.set(kind, (totals.get(kind) ?? 0) + count);
  }
  const lines = [...totals].map(([kind, count]) => `  ${kind}: ${count}`).toSorted();
  process.stdout.write(`requests by method, status and code:\n${lines.join("\n")}\n\n`);
}

const { user, password } = administrator;
const ansiblePlaybook = join(dirname(python), "ansible-playbook");
const results = [
  await runClient(({ host, port, caFile }) => [python, "python_client.py", host, port, caFile, user, password]),
  await runClient(({ host, port }) => {
    const variables = { ontap_host: host, ontap_port: port, ontap_user: user, ontap_password: password };
    return [ansiblePlaybook, "-i", "localhost,", "-c", "local", "playbook.yml", "-e", JSON.stringify(variables)];
  }),
];
process.exitCode = results.every((code) => code === 0) ? 0 : 1;
