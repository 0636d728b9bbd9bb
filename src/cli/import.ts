import { parseArgs } from "node:util";
import { systemClock as clock } from "../std/clock.ts";
import { atDesk } from "./desk.ts";
import { manifestsOf } from "./import-manifests.ts";
import type { CommandIo } from "./io.ts";
import { namespacesIn } from "./namespace-list.ts";
import { credentialsOn, declaredIn, openConnected } from "./read-array.ts";
import { usageErrorOf } from "./usage.ts";
import { yamlText } from "./yaml-text.ts";

export const importHelp = `ontap-iscsi-operator import CONNECTION [-n NAMESPACE] [--into NAMESPACE] [--svm NAME]...

Prints manifests of the iSCSI credentials that an array holds and no object declares yet, to be read, put into Git and applied. It
asks the array through an OntapConnection and its login Secret, and changes nothing anywhere.

Each IscsiCredential has mode Plan, so that nothing is written, and deletionPolicy Retain, so that nothing is lost. ONTAP never
shows passwords: those of the Secrets are empty, and the operator writes nothing until a person filled them in. Then set mode
to Enforce, one object at a time: the passwords on the array become those of the Secret.

  -n, --namespace NAME   where the OntapConnection is; default that of the kubeconfig's context
  --into NAME            where the objects will be; default where the OntapConnection is
  --svm NAME             only this SVM; may be repeated
  --namespaces NAMES     where objects may declare them already, separated by commas; default the whole cluster
  -h, --help             this text`;

interface Wanted {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly into: string | undefined;
  readonly svms: readonly string[];
  readonly namespaces: readonly string[] | undefined;
}

/** Resolves to the exit code: 0, or 2 for a bad flag, and for a cluster or an array that refuses. */
export async function importCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const wanted = parseWanted(args);
  if (wanted === "help") {
    io.out(importHelp);
    return 0;
  }
  const complain = (message: string): void => io.err(`ontap-iscsi-operator import: ${message}`);
  if (typeof wanted === "string") {
    complain(wanted);
    return 2;
  }
  const { signal } = io;
  return atDesk({ env: process.env, clock, signal, complain }, async (desk) => {
    const namespace = wanted.namespace ?? desk.namespace;
    const connection = { name: wanted.name, namespace };
    const array = await openConnected(desk, connection, clock, signal);
    try {
      const declared = await declaredIn(desk, wanted.namespaces);
      const { found, unreadable } = await credentialsOn(array, wanted.svms, signal);
      for (const credential of unreadable) io.err(`left out ${credential}: this release cannot read all of its fields`);
      const undeclared = found.filter(({ svm, initiator }) => !declared.has(`${svm} ${initiator}`));
      const manifests = manifestsOf(undeclared, { connection, namespace: wanted.into ?? namespace });
      if (manifests.length === 0 && unreadable.length === 0)
        io.err("Every credential on the array is declared already.");
      else
        io.out(
          manifests
            .map((manifest) => yamlText(manifest))
            .join("---\n")
            .trimEnd(),
        );
      return 0;
    } finally {
      await array.close();
    }
  });
}

/** "help", a sentence about what is wrong with the arguments, or what is wanted. */
function parseWanted(args: readonly string[]): Wanted | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        namespace: { type: "string", short: "n" },
        into: { type: "string" },
        svm: { type: "string", multiple: true, default: [] },
        namespaces: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
      allowPositionals: true,
    });
    if (values.help === true) return "help";
    const [name, ...others] = positionals;
    if (name === undefined || others.length > 0) {
      return "give the name of one OntapConnection; see ontap-iscsi-operator import --help";
    }
    const { namespace, into, svm: svms } = values;
    return { name, namespace, into, svms, namespaces: namespacesIn(values.namespaces) };
  } catch (error) {
    return usageErrorOf("import", error);
  }
}
