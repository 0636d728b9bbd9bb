import { isBuiltin } from "node:module";
import type { Plugin } from "esbuild";

/**
 * Node's own modules by `require`. An `import` of one reads all its exports at once, and with them what Node loads only when it
 * is asked for: `node:http` brings a second undici with fetch and HTTP/2 for its WebSocket, `node:crypto` the web's
 * cryptography, `node:util` worker threads. An idle operator does without these 5 MB.
 */
export const builtinsByRequire: Plugin = {
  name: "builtins-by-require",
  setup(build) {
    build.onResolve({ filter: /^[a-z]/ }, ({ path, kind }) => {
      if (!isBuiltin(path)) return undefined;
      return kind === "require-call" ? { path, external: true } : { path, namespace: "builtin" };
    });
    build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};
