import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CacheOptions, programsFromCache } from "../controlplane/cache.ts";
import { keyOf, readPins, type Recipe, requiredVersion } from "../controlplane/recipe.ts";

/**
 * The programs, or what counts of them, with which people install, check and watch the operator, built from the Go modules that the folders beside
 * this file pin; each in a module of its own, since they disagree about their dependencies.
 */
interface Tool {
  /** The module whose version is the tool's. */
  readonly from: string;
  /** The package of the program, and what it is asked to know about itself. */
  readonly package: string;
  readonly stamp?: string;
  /** Build tags. */
  readonly tags?: string;
  /** For the person who waits: on two cores with nothing in Go's own cache. */
  readonly takes: string;
}

const tools = {
  helm: {
    from: "helm.sh/helm/v4",
    package: "helm.sh/helm/v4/cmd/helm",
    stamp: "helm.sh/helm/v4/internal/version.version",
    takes: "two minutes",
  },
  promtool: {
    from: "github.com/prometheus/prometheus",
    package: "github.com/prometheus/prometheus/cmd/promtool",
    // The clouds that Prometheus discovers targets in are a fifth of its packages and half of the time.
    tags: "remove_all_sd",
    takes: "two minutes",
  },
  kubeconform: {
    from: "github.com/yannh/kubeconform",
    package: "github.com/yannh/kubeconform/cmd/kubeconform",
    takes: "ten seconds",
  },
  registry: {
    from: "github.com/distribution/distribution/v3",
    package: ".",
    takes: "half a minute",
  },
  actionlint: {
    from: "github.com/rhysd/actionlint",
    package: "github.com/rhysd/actionlint/cmd/actionlint",
    takes: "ten seconds",
  },
  argocd: {
    from: "github.com/argoproj/argo-cd/v3",
    package: ".",
    takes: "four minutes",
  },
  "kustomize-controller": {
    from: "github.com/fluxcd/kustomize-controller",
    package: "github.com/fluxcd/kustomize-controller",
    takes: "five minutes",
  },
} as const satisfies Readonly<Record<string, Tool>>;

export type ToolName = keyof typeof tools;
export const toolNames = Object.keys(tools) as readonly ToolName[];

/** The path of a program; builds it the first time. Throws an error fit to be read if there is no way to have it. */
export async function findTool(name: ToolName, options: CacheOptions): Promise<string> {
  const found = await programsFromCache(await recipeOf(name), "ecosystem", options);
  if (found.ok) return join(found.value, name);
  const { folder, goProblem } = found.error;
  throw new Error(`There is no ${name}: ${folder} is not there, and it cannot be built: ${goProblem}`);
}

async function recipeOf(name: ToolName): Promise<Recipe> {
  const tool: Tool = tools[name];
  const module = join(import.meta.dirname, name);
  const { goMod, goSum } = await readPins(module);
  const version = requiredVersion(goMod, tool.from);
  const stamp = tool.stamp === undefined ? "" : ` -X ${tool.stamp}=${version}`;
  const own = tool.package === "." ? await readFile(join(module, "main.go"), "utf8") : "";
  const tags = tool.tags === undefined ? [] : [`-tags=${tool.tags}`];
  const flags = ["-mod=readonly", "-trimpath", ...tags, "-ldflags", `-s -w${stamp}`];
  return {
    what: `the tools of the trade (once, about ${tool.takes} on two cores)`,
    module,
    programs: { [name]: tool.package },
    flags,
    key: keyOf(`${name}-${version}`, goSum + own, flags),
  };
}
