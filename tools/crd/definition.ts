import { apiGroup, apiVersion, pendingStatus } from "../../src/api/fields.ts";
import type { Kind } from "../../src/api/kinds.ts";
import { structuralSchema } from "./structural.ts";

/**
 * A definition that goes takes all its objects along, and with them what they manage on arrays: no tool deletes it because it
 * is no longer in Git or because the rest is uninstalled.
 */
const kept = {
  "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
  "kustomize.toolkit.fluxcd.io/prune": "disabled",
};

/** The CustomResourceDefinition of one of our kinds, as a plain object. */
export function definitionOf(kind: Kind): object {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${kind.plural}.${apiGroup}`,
      labels: { "app.kubernetes.io/name": "ontap-iscsi-operator", "app.kubernetes.io/component": "crd" },
      annotations: kept,
    },
    spec: {
      group: apiGroup,
      scope: "Namespaced",
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        shortNames: [kind.shortName],
        categories: ["ontap"],
      },
      versions: [
        {
          name: apiVersion,
          served: true,
          storage: true,
          subresources: { status: {} },
          // The API server drops a priority of zero, which GitOps tools would show as a difference for ever.
          additionalPrinterColumns: kind.columns.map(({ wide, ...column }) =>
            wide ? { ...column, priority: 1 } : column,
          ),
          selectableFields: kind.selectableFields.map((jsonPath) => ({ jsonPath })),
          schema: {
            openAPIV3Schema: {
              type: "object",
              description: kind.description,
              required: ["spec"],
              properties: {
                apiVersion: { type: "string", description: objectWords.apiVersion },
                kind: { type: "string", description: objectWords.kind },
                // The API server allows nothing else here, and describes metadata itself.
                metadata: { type: "object" },
                spec: structuralSchema(kind.spec),
                status: { ...structuralSchema(kind.status), default: pendingStatus },
              },
            },
          },
        },
      ],
    },
  };
}

/** What Kubernetes says of the fields that every object has. */
const objectWords = {
  apiVersion: "apiVersion is the versioned schema of this representation of the object.",
  kind: "kind is the REST resource that this object represents.",
} as const;
