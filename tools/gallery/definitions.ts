import { kinds } from "../../src/api/kinds.ts";
import type { KubeRequest } from "../../src/kube/transport.ts";
import { eventually, type Cluster, type KubeObject } from "../harness/cluster.ts";

interface Definition extends KubeObject {
  readonly spec: {
    readonly versions: readonly {
      readonly selectableFields: readonly object[];
      readonly schema: { readonly openAPIV3Schema: { readonly properties: object } };
    }[];
  };
}

/**
 * Does `work` while the API server takes anything for a `spec` of ours, as if our rules had not been thought of yet; puts
 * the rules in force again afterwards.
 */
export async function withoutRules(cluster: Cluster, namespace: string, work: () => Promise<unknown>): Promise<void> {
  const originals: Definition[] = [];
  for (const { plural } of kinds) {
    originals.push((await cluster.send({ method: "GET", path: pathOf(plural) })) as Definition);
  }
  const replaceAll = async (versionsOf: (definition: Definition) => Definition["spec"]["versions"]): Promise<void> => {
    for (const definition of originals) {
      await cluster.send({
        method: "PATCH",
        path: `${definitions}/${definition.metadata.name}`,
        contentType: "application/merge-patch+json",
        body: { spec: { versions: versionsOf(definition) } },
      });
    }
  };
  await replaceAll(({ spec }) => spec.versions.map(withAnySpec));
  await untilTaken(cluster, namespace, true);
  try {
    await work();
  } finally {
    await replaceAll(({ spec }) => spec.versions);
    await untilTaken(cluster, namespace, false);
  }
}

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const pathOf = (plural: string): string => `${definitions}/${plural}.ontap-iscsi.dev`;

type Version = Definition["spec"]["versions"][number];

function withAnySpec(version: Version): Version {
  const { openAPIV3Schema } = version.schema;
  const properties = { ...openAPIV3Schema.properties, spec: { "x-kubernetes-preserve-unknown-fields": true } };
  // A field that can be selected by has to be one that the schema knows.
  return { ...version, selectableFields: [], schema: { openAPIV3Schema: { ...openAPIV3Schema, properties } } };
}

/** The API server takes new definitions a moment after it has accepted them. */
async function untilTaken(cluster: Cluster, namespace: string, taken: boolean): Promise<void> {
  const never = new AbortController().signal;
  for (const { kind, plural } of kinds) {
    const attempt: KubeRequest = {
      method: "POST",
      path: `/apis/ontap-iscsi.dev/v1alpha1/namespaces/${namespace}/${plural}`,
      query: { dryRun: "All" },
      body: { apiVersion: "ontap-iscsi.dev/v1alpha1", kind, metadata: { name: "attempt" }, spec: "anything" },
    };
    await eventually(
      async () => ((await cluster.transport.send(attempt, never)).ok === taken ? true : undefined),
      `an invalid ${kind} is ${taken ? "accepted" : "refused"}`,
    );
  }
}
