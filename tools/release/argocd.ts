import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { apiGroup } from "../../src/api/fields.ts";
import { kinds } from "../../src/api/kinds.ts";

/** Argo CD's scripts for our kinds, in the layout of its own repository. */
export const customizations = new URL(`../../deploy/argocd/resource_customizations/${apiGroup}/`, import.meta.url)
  .pathname;

/**
 * The same scripts as entries of the ConfigMap argocd-cm, for an Argo CD that does not ship them: a patch to merge, since that
 * ConfigMap holds the rest of Argo CD's settings.
 */
export function argocdConfigText(): string {
  const entries = kinds.flatMap(({ kind }) => {
    const read = (file: string): string => readFileSync(join(customizations, kind, file), "utf8");
    const actions = readdirSync(join(customizations, kind, "actions"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== "testdata")
      .map(({ name }) => name)
      .toSorted();
    const scripts = {
      "discovery.lua": read("actions/discovery.lua"),
      definitions: actions.map((name) => ({ name, "action.lua": read(`actions/${name}/action.lua`) })),
    };
    return [
      [`resource.customizations.health.${apiGroup}_${kind}`, read("health.lua")],
      [`resource.customizations.actions.${apiGroup}_${kind}`, stringify(scripts, { lineWidth: 0 })],
    ] as const;
  });
  const config = { metadata: { name: "argocd-cm", namespace: "argocd" }, data: Object.fromEntries(entries) };
  const introduction =
    "# For Argo CD releases without health and actions of our kinds:\n" +
    "#   kubectl patch configmap argocd-cm -n argocd --patch-file deploy/argocd/argocd-cm.yaml\n";
  return introduction + stringify(config, { lineWidth: 0 });
}
