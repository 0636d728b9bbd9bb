import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** Definitions of other projects' kinds that our pages and manifests use, in the Go modules that publish them. */
interface Source {
  readonly module: string;
  /** What Go's checksum database says of the module; another content is refused. */
  readonly sum: string;
  readonly file: string;
}

const sources: readonly Source[] = [
  {
    module: "github.com/fluxcd/kustomize-controller@v1.9.6",
    sum: "h1:XB+G3A0mky0j5uVHZWv4oSlS2RvZBoNIUhstIvY0JKE=",
    file: "config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml",
  },
  {
    module: "github.com/fluxcd/helm-controller@v1.6.0",
    sum: "h1:jlS5X11SG26gspubB5aLrdVSCm0q0tA4ULsY+vwSkL0=",
    file: "config/crd/bases/helm.toolkit.fluxcd.io_helmreleases.yaml",
  },
  {
    module: "github.com/argoproj/argo-cd/v3@v3.5.7",
    sum: "h1:Xm1BF+I5OgDKUG3SDK49vn2/Y5AMyaNVko+/JT08gj0=",
    file: "manifests/crds/application-crd.yaml",
  },
  {
    module: "github.com/external-secrets/external-secrets@v0.16.2",
    sum: "h1:iNY+gIgSyL5higXTfnz+hdPCaiB/43UiHLqE7HBpj68=",
    file: "config/crds/bases/external-secrets.io_externalsecrets.yaml",
  },
  {
    module: "github.com/bitnami-labs/sealed-secrets@v0.40.0",
    sum: "h1:rvCP35JL8ZV5LNA2SrwNR6iLyoM3ulrSFWN0lBtYEYI=",
    file: "helm/sealed-secrets/crds/bitnami.com_sealedsecrets.yaml",
  },
  ...["podmonitors", "prometheusrules"].map((plural) => ({
    module: "github.com/prometheus-operator/prometheus-operator@v0.85.0",
    sum: "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
    file: `example/prometheus-operator-crd/monitoring.coreos.com_${plural}.yaml`,
  })),
];

/** The kinds that Flux's controllers watch for what to apply. */
const fluxSources = ["buckets", "externalartifacts", "gitrepositories", "ocirepositories"].map((plural): Source => ({
  module: "github.com/fluxcd/source-controller@v1.9.0",
  sum: "h1:5msg2yyjVYDULZos+2ve8MZzcSqTpusiXmrOeBhc9yY=",
  file: `config/crd/bases/source.toolkit.fluxcd.io_${plural}.yaml`,
}));

/** The files with the definitions of Flux's sources. */
export const fluxSourceDefinitions = (): Promise<readonly string[]> => Promise.all(fluxSources.map(fileOf));

/** The files with the definitions, from Go's module cache, which is filled the first time. */
export async function foreignDefinitions(): Promise<readonly string[]> {
  const files: string[] = [];
  for (const source of sources) files.push(await fileOf(source));
  return files;
}

async function fileOf({ module, sum, file }: Source): Promise<string> {
  const { stdout } = await promisify(execFile)("go", ["mod", "download", "-json", module], {
    cwd: import.meta.dirname,
    env: { ...process.env, GOWORK: "off", GOFLAGS: "-mod=mod" },
  });
  const downloaded = JSON.parse(stdout) as { readonly Dir: string; readonly Sum: string };
  if (downloaded.Sum !== sum) throw new Error(`${module} has checksum ${downloaded.Sum}, not ${sum}`);
  return join(downloaded.Dir, file);
}
