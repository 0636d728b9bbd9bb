/** `npm run ecosystem`: builds what the tests of the ecosystem need, one after the other, and prints where it is. */
import { createProgress } from "../controlplane/progress.ts";
import { findTool, toolNames } from "./tools.ts";

try {
  const progress = createProgress(process.stderr);
  for (const name of toolNames) console.log(await findTool(name, { env: process.env, progress }));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
