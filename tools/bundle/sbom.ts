import { createHash } from "node:crypto";
import type { BundledPackage } from "./bundled-packages.ts";

/**
 * What is in the bundle, as CycloneDX 1.6 (cyclonedx.org/docs/1.6/json). Without a time, and numbered by its content, so that
 * the same sources make the same file.
 */
export function sbomOf(
  product: { readonly name: string; readonly version: string },
  packages: readonly BundledPackage[],
) {
  const root = purlOf(product);
  const purls = new Map(packages.map((each) => [each.name, purlOf(each)]));
  const known = (names: readonly string[]): readonly string[] =>
    names.flatMap((name) => purls.get(name) ?? []).toSorted();
  const content = {
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": root,
        name: product.name,
        version: product.version,
        licenses: [{ license: { id: "Apache-2.0" } }],
        purl: root,
      },
    },
    components: packages.map((each) => ({
      type: "library",
      "bom-ref": purlOf(each),
      name: each.name,
      version: each.version,
      hashes: [hashOf(each.integrity)],
      licenses: [isExpression(each.license) ? { expression: each.license } : { license: { id: each.license } }],
      purl: purlOf(each),
    })),
    dependencies: [
      // What another package brought is in reach through that one.
      { ref: root, dependsOn: known(packages.map(({ name }) => name)) },
      ...packages.map((each) => ({ ref: purlOf(each), dependsOn: known(each.dependencies) })),
    ],
  };
  return { bomFormat: "CycloneDX", specVersion: "1.6", serialNumber: serialOf(content), ...content } as const;
}

const purlOf = ({ name, version }: { readonly name: string; readonly version: string }): string =>
  `pkg:npm/${name.replace("@", "%40")}@${version}`;

const isExpression = (license: string): boolean => /[ ()]/.test(license);

/** npm's subresource integrity, `sha512-` and base64, as CycloneDX writes it. */
function hashOf(integrity: string): { readonly alg: string; readonly content: string } {
  const [algorithm = "", digest = ""] = integrity.split("-", 2);
  return { alg: algorithm.replace(/^sha/, "SHA-"), content: Buffer.from(digest, "base64").toString("hex") };
}

/** A UUID of version 8 (RFC 9562), made of the content. */
function serialOf(content: object): string {
  const hex = createHash("sha256").update(JSON.stringify(content)).digest("hex");
  const variant = (8 + (Number.parseInt(hex.slice(16, 17), 16) % 4)).toString(16);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`];
  return `urn:uuid:${[...parts, hex.slice(20, 32)].join("-")}`;
}
