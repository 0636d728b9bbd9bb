import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

/** The pages that people read are true of the tree: what they name exists. */

const root = resolve(import.meta.dirname, "../..");
const leftOut = new Set(["node_modules", ".git", "dist", "build"]);

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !leftOut.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [relative(root, path)];
    });

const files = filesBelow(root);
const folders = new Set(files.flatMap((file) => foldersOf(file)));
const pages = files.filter((file) => /^(?:docs\/)?[^/]+\.md$/.test(file));
const textOf = (file: string): string => readFileSync(join(root, file), "utf8");

function foldersOf(file: string): readonly string[] {
  const parts = file.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** Whether a file or folder ends with this path, as pages shorten what the reader knows to be below `src/` or a folder. */
function exists(path: string): boolean {
  const wanted = path.replace(/\/$/, "");
  const ends = (name: string): boolean => name === wanted || name.endsWith(`/${wanted}`);
  return files.some(ends) || [...folders].some(ends);
}

/** What stands in backticks and looks like a place in this tree: a source file, or a path below one of its folders. */
function placesIn(page: string): readonly string[] {
  const below = /^(?:src|test|tools|docs|deploy|charts|crds|bench)\/[\w./-]*$/;
  const source = /^[\w./-]+\.(?:test\.ts|ts)$/;
  return [...page.matchAll(/`([^`\s]+)`/g)]
    .map(([, code = ""]) => code)
    .filter((code) => below.test(code) || source.test(code));
}

/** GitHub's name of the place that a heading makes. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number} _-]/gu, "")
    .replaceAll(" ", "-");

const anchorsIn = (page: string): readonly string[] =>
  [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));

describe.each(pages)("%s", (page) => {
  const text = textOf(page);

  test("names files and folders that exist", () => {
    expect(placesIn(text).filter((path) => !exists(path))).toEqual([]);
  });

  test("links to what exists", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)];
    const broken = links.filter(([, path = "", anchor]) => {
      const target = path === "" ? page : relative(root, resolve(root, dirname(page), path));
      if (!exists(target)) return true;
      return anchor !== undefined && !anchorsIn(textOf(target)).includes(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  test("names commands that exist", () => {
    const { scripts } = JSON.parse(textOf("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
    const targets = new Set([...textOf("Makefile").matchAll(/^([\w-]+):/gm)].map(([, target]) => target));
    const made = [...text.matchAll(/(?:`|^)make ([a-z][\w-]*)/gm)].map(([, target = ""]) => target);
    const run = [...text.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, script = ""]) => script);
    expect(made.filter((target) => !targets.has(target))).toEqual([]);
    expect(run.filter((script) => scripts[script] === undefined)).toEqual([]);
  });
});
