import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/** What SECURITY.md promises of the packages that the product is built from. */

interface LockedPackage {
  readonly dev?: boolean;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly license?: string;
}

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read("package.json")) as Readonly<
  Record<"dependencies" | "devDependencies" | "optionalDependencies", Readonly<Record<string, string>>>
>;
const { packages } = JSON.parse(read("package-lock.json")) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const locked = Object.entries(packages).filter(([path]) => path !== "");
const shipped = locked.filter(([, { dev }]) => dev !== true);
const namesOf = (some: readonly (readonly [string, LockedPackage])[]): readonly string[] => some.map(([path]) => path);

/** Licences under which a bank may use what we ship, without asking. */
const allowed = new Set(["Apache-2.0", "ISC", "MIT", "PSF-2.0", "Unlicense", "0BSD", "BSD-2-Clause", "BSD-3-Clause"]);

describe("a package that we ship", () => {
  test("runs no code when it is installed", () => {
    expect(namesOf(shipped.filter(([, { hasInstallScript }]) => hasInstallScript === true))).toEqual([]);
  });

  test("has a licence that needs no permission", () => {
    expect(namesOf(shipped.filter(([, { license = "" }]) => !allowed.has(license)))).toEqual([]);
  });

  test("is one of few that DESIGN.md has a reason for, or comes with them", () => {
    const design = read("DESIGN.md");
    const direct = Object.keys(dependencies);
    expect(direct).toHaveLength(5);
    expect(direct.filter((name) => !design.includes(name))).toEqual([]);
  });
});

describe("every package", () => {
  test("is pinned: one version, and the SHA-512 of its archive", () => {
    const versions = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(namesOf(locked.filter(([, { integrity = "" }]) => !integrity.startsWith("sha512-")))).toEqual([]);
  });
});
