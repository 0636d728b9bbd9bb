import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { openGallery } from "./gallery.ts";
import { titleOf } from "./scenario.ts";

/** Writes every state of every object of ours as YAML, for tools that judge objects: kstatus, Flux, Argo CD, Helm. */

const folder = new URL("../../build/status-gallery/", import.meta.url).pathname;

const gallery = await openGallery();
try {
  await rm(folder, { recursive: true, force: true });
  for (const { scenario, object } of gallery.exhibits) {
    const into = join(folder, scenario.kind.toLowerCase());
    await mkdir(into, { recursive: true });
    await writeFile(join(into, `${titleOf(scenario)}.yaml`), stringify(object, { lineWidth: 0 }));
  }
  console.log(`${gallery.exhibits.length} states in ${folder}`);
} finally {
  await gallery.stop();
}
