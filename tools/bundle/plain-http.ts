import type { Plugin } from "esbuild";

/**
 * `node:http` by `require`. Imported as an ES module, it is asked for all its exports at once, and one of them makes Node load
 * the whole undici that it has built in, beside ours: 13 MB of memory and 70 ms of every start.
 */
export const plainHttp: Plugin = {
  name: "plain-http",
  setup(build) {
    build.onResolve({ filter: /^(node:)?http$/ }, ({ kind, namespace }) =>
      kind === "import-statement" && namespace !== "plain-http"
        ? { path: "node:http", namespace: "plain-http" }
        : { path: "node:http", external: true },
    );
    build.onLoad({ filter: /.*/, namespace: "plain-http" }, () => ({
      contents: `module.exports = require("node:http");`,
      loader: "js",
    }));
  },
};
