import type { Plugin } from "esbuild";

/**
 * Files of libraries that are loaded with them and never used by us, by what they are for. To use one is a defect that says so.
 * An idle operator is 3 MB smaller without.
 */
const leftOut: readonly { readonly file: RegExp; readonly what: string }[] = [
  { file: /\/undici\/lib\/dispatcher\/client-h2\.js$/, what: "undici's HTTP/2: transports set allowH2 to false" },
  { file: /\/thread-stream\/index\.js$/, what: "pino's transports: the log goes to standard output" },
  { file: /\/sonic-boom\/index\.js$/, what: "pino's destinations: cli/line-sink.ts writes the log" },
];

export const leaveOut: Plugin = {
  name: "leave-out",
  setup(build) {
    for (const { file, what } of leftOut) {
      const message = JSON.stringify(`left out of the bundle: ${what}`);
      build.onLoad({ filter: file }, () => ({
        contents: `module.exports = function () { throw new Error(${message}); };`,
      }));
    }
  },
};
