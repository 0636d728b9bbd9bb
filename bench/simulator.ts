import { fork } from "node:child_process";
import { once } from "node:events";

import { Pool } from "undici";

import { startSimulator } from "../src/simulator/start.ts";
import { systemClock } from "../src/std/clock.ts";

/**
 * How many requests a second the ONTAP simulator answers over keep-alive TLS: `node bench/simulator.ts`. The load comes
 * from a second process; "per CPU second" is what one core of the simulator's process can do, whatever else runs.
 */

const secondsPerRun = 5;
const connections = 8;
const administrator = { user: "admin", password: "netapp1!" };
const initiator = "iqn.1992-08.com.netapp:bench";

interface Load {
  readonly url: string;
  readonly caPem: string;
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
}

async function measure(): Promise<void> {
  const simulator = await startSimulator({ svms: [{ name: "svm1" }], logins: [administrator] }, { clock: systemClock });
  const [svm] = await simulator.sideDoor.svms();
  await simulator.sideDoor.act({ do: "put-credential", svm: "svm1", initiator });
  const instance = `/api/protocols/san/iscsi/credentials/${svm?.uuid}/${initiator}`;
  const chap = { inbound: { user: "host1", password: "inbound-secret" } };
  const runs = [
    { name: "GET one credential", method: "GET", path: instance, body: null },
    {
      name: "PATCH one credential",
      method: "PATCH",
      path: instance,
      body: JSON.stringify({ authentication_type: "chap", chap }),
    },
  ];
  for (const { name, ...run } of runs) {
    const load = fork(import.meta.filename, ["load"]);
    const usageBefore = process.cpuUsage();
    load.send({ url: simulator.url, caPem: simulator.caPem, ...run } satisfies Load);
    const [count] = (await once(load, "message")) as [number];
    const { user, system } = process.cpuUsage(usageBefore);
    const cpuSeconds = (user + system) / 1e6;
    const rates = [count / secondsPerRun, count / cpuSeconds].map((rate) => Math.round(rate));
    console.log(`${name}: ${rates[0]} a second, ${rates[1]} per CPU second`);
    load.disconnect();
  }
  await simulator.stop();
}

/** The other process: as many requests as it can, then how many were answered with 200. */
async function generateLoad({ url, caPem, method, path, body }: Load): Promise<number> {
  const pool = new Pool(url, { connections, connect: { ca: caPem } });
  const basic = Buffer.from(`${administrator.user}:${administrator.password}`).toString("base64");
  const end = performance.now() + secondsPerRun * 1000;
  let count = 0;
  const worker = async () => {
    while (performance.now() < end) {
      const response = await pool.request({ method, path, body, headers: { authorization: `Basic ${basic}` } });
      await response.body.dump();
      if (response.statusCode === 200) count += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  await pool.destroy();
  return count;
}

if (process.argv[2] === "load") {
  process.once("message", (load) => void generateLoad(load as Load).then((count) => process.send?.(count)));
} else {
  await measure();
}
