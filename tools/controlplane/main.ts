/** `npm run control-plane`: finds or builds the programs, and prints their folder, fit for `KUBEBUILDER_ASSETS`. */
import { findBinaries } from "./binaries.ts";
import { createProgress } from "./progress.ts";

try {
  const { folder } = await findBinaries({ env: process.env, progress: createProgress(process.stderr) });
  console.log(folder);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
