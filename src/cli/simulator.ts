import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import * as z from "zod";

import { parseScenario } from "../simulator/control/scenario.ts";
import { parseLatency } from "../simulator/faults/latency.ts";
import type { SvmOptions } from "../simulator/stage.ts";
import { startSimulator, type Simulator, type SimulatorOptions } from "../simulator/start.ts";
import { systemClock } from "../std/clock.ts";
import { err, ok, type Result } from "../std/result.ts";
import { endpoint } from "./endpoint.ts";
import { createFineTime } from "./fine-time.ts";
import type { CommandIo } from "./io.ts";
import { usageErrorOf } from "./usage.ts";

export const simulatorHelp = `ontap-iscsi-operator simulator --svm NAME --user NAME --password-file F --ca-out F [...]

Runs an ONTAP simulator for tests and trials: the iSCSI credentials of the ONTAP REST API over HTTPS. Prints
"listening on https://..." and runs until SIGTERM or SIGINT. docs/simulator.md says what it can do.

  --listen HOST:PORT         where; default 127.0.0.1:0, and port 0 takes a free one
  --svm NAME[=UUID][:no-iscsi]   an SVM, with an iSCSI service unless it says no; may be repeated
  --user NAME                the cluster administrator's name
  --password-file F          the file with the administrator's password; one line break at its end is dropped
  --ca-out F                 where to write the certificate that clients must trust
  --cert-name NAME           a name or address that the certificate has besides those of --listen; may be repeated
  --admin-listen HOST:PORT   opens the side door there, which tells secrets: loopback only, unless there is a token;
                             default closed
  --admin-token-file F       the file with the token that each request to the side door must carry
  --latency L                40ms, 10ms..80ms or log-normal:40ms:0.5; default 0ms
  --faults F                 a JSON file of faults, scripted actions and settings
  --seed N                   decides UUIDs and chance; default 1
  -h, --help                 this text`;

const svmPattern = /^([a-z0-9_.-]+?)(?:=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))?(:no-iscsi)?$/i;

const loopback = /^(127\.[0-9.]+|::1|localhost)$/;

/** The array is read as one, so that a message names the flag without an index. */
const svms = z.array(z.string(), { error: "is missing; name at least one SVM" }).transform((texts, context) => {
  const read = texts.map((text): SvmOptions => {
    const [, name, uuid, without] = svmPattern.exec(text) ?? [];
    if (name === undefined) context.addIssue(`"${text}" is not an SVM; write NAME, NAME=UUID or NAME:no-iscsi`);
    return { name: name ?? text, uuid, iscsi: without === undefined };
  });
  const twice = read.find(({ name }, index) => read.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) context.addIssue(`${twice.name} is named twice; leave one out`);
  return read;
});

const required = (fix: string) => z.string({ error: `is missing; ${fix}` }).min(1, `is empty; ${fix}`);

const flagsSchema = z
  .object({
    listen: endpoint.prefault("127.0.0.1:0"),
    svm: svms,
    user: required("give the administrator's name"),
    "password-file": required("give the file with the administrator's password"),
    "ca-out": required("give the file to write the CA certificate to"),
    "cert-name": z
      .array(z.string())
      .refine((names) => names.every((name) => /^[a-z0-9.:_-]+$/i.test(name)), {
        error: "is not a name or an address; write one such as ontap-simulator",
      })
      .default([]),
    "admin-listen": endpoint.optional(),
    "admin-token-file": z.string().optional(),
    latency: z
      .string()
      .prefault("0ms")
      .transform((text, context) => valueOf(parseLatency(text), context)),
    faults: z.string().optional(),
    seed: z.coerce.number({ error: "must be a whole number" }).int("must be a whole number").default(1),
  })
  .refine(
    ({ "admin-listen": at, "admin-token-file": token }) =>
      at === undefined || token !== undefined || loopback.test(at.host),
    {
      path: ["admin-listen"],
      error:
        "gives out secrets, so it must be a loopback address such as 127.0.0.1:8444, or be used with --admin-token-file",
    },
  );

type Flags = z.infer<typeof flagsSchema>;

/** Resolves to the exit code: 0 after a stop, 1 when it cannot listen, 2 for a bad flag or file. */
export async function simulatorCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const flags = parseFlags(args);
  if (flags === "help") {
    io.out(simulatorHelp);
    return 0;
  }
  const complain = (message: string) => io.err(`ontap-iscsi-operator simulator: ${message}`);
  if (typeof flags === "string") {
    complain(flags);
    return 2;
  }
  const options = await readFiles(flags);
  if (typeof options === "string") {
    complain(options);
    return 2;
  }
  // A benchmark subtracts the times of the request log from those of its own process.
  const clock = { ...systemClock, now: createFineTime() };
  const started = await startSimulator(options, { clock, onProblem: complain }).catch((error: unknown) => error);
  if (started instanceof Error) {
    complain(`cannot start: ${started.message}`);
    return 1;
  }
  const simulator = started as Simulator;
  try {
    await writeFile(flags["ca-out"], simulator.caPem);
  } catch (error) {
    complain(`--ca-out: cannot write it: ${String(error)}`);
    await simulator.stop();
    return 2;
  }
  io.out(`listening on ${simulator.url}`);
  if (simulator.sideDoorUrl !== undefined) io.out(`side door on ${simulator.sideDoorUrl}`);
  await aborted(io.signal);
  await simulator.stop();
  return 0;
}

/** "help", a sentence about the flag at fault, or the flags. */
function parseFlags(args: readonly string[]): Flags | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        listen: { type: "string" },
        svm: { type: "string", multiple: true },
        user: { type: "string" },
        "password-file": { type: "string" },
        "ca-out": { type: "string" },
        "cert-name": { type: "string", multiple: true },
        "admin-listen": { type: "string" },
        "admin-token-file": { type: "string" },
        latency: { type: "string" },
        faults: { type: "string" },
        seed: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    return values.help === true ? "help" : flagsSchema.parse(values);
  } catch (error) {
    return usageErrorOf("simulator", error);
  }
}

/** The simulator's options, with what stands in files; or a sentence about the file at fault. */
async function readFiles(flags: Flags): Promise<SimulatorOptions | string> {
  const password = await readText(flags["password-file"]);
  if (password === undefined) return `--password-file: cannot read ${flags["password-file"]}`;
  const token = await readToken(flags["admin-token-file"]);
  if (!token.ok) return `--admin-token-file: ${token.error}`;
  const scenarioText = flags.faults === undefined ? "{}" : await readText(flags.faults);
  if (scenarioText === undefined) return `--faults: cannot read ${flags.faults}`;
  const scenario = parseScenario(scenarioText);
  if (!scenario.ok) return `--faults: ${flags.faults}, ${scenario.error}`;
  return {
    ...scenario.value,
    listen: flags.listen,
    certificateNames: flags["cert-name"],
    sideDoor: flags["admin-listen"] && { ...flags["admin-listen"], token: token.value },
    svms: flags.svm,
    logins: [{ user: flags.user, password: withoutLineBreak(password) }],
    latency: scenario.value.latency ?? flags.latency,
    seed: flags.seed,
  };
}

/** The token of the side door; undefined if no file was named. */
async function readToken(path: string | undefined): Promise<Result<string | undefined, string>> {
  if (path === undefined) return ok(undefined);
  const text = await readText(path);
  if (text === undefined) return err(`cannot read ${path}`);
  const token = withoutLineBreak(text);
  return /^[!-~]+$/.test(token) ? ok(token) : err(`${path} must hold one line of printable ASCII without spaces`);
}

const withoutLineBreak = (text: string): string => text.replace(/\r?\n$/, "");

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}

function valueOf<T>(result: Result<T, string>, context: z.core.$RefinementCtx): T {
  if (result.ok) return result.value;
  context.addIssue(result.error);
  return z.NEVER;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
